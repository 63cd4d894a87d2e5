"""CF-05: the file of a secret is read whole or refused with the reason, and written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from widget_server.adapters.keys.secret_file import SecretFile
from widget_server.errors import ConfigurationError

LARGEST = 65536


def secret_file(folder: Path) -> tuple[Path, SecretFile]:
    return folder / "secret", SecretFile(folder / "secret", "A_SETTING")


def problem(file: SecretFile) -> str:
    with pytest.raises(ConfigurationError) as fault:
        file.read()
    return "\n".join(fault.value.problems)


def test_a_file_is_read_to_its_last_byte(tmp_path: Path) -> None:
    path, file = secret_file(tmp_path)
    content = bytes(range(256)) * (LARGEST // 256)
    file.create(content)
    assert file.read() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_one_byte_too_large_is_refused(tmp_path: Path) -> None:
    _, file = secret_file(tmp_path)
    file.create(b" " * (LARGEST + 1))
    assert problem(file) == "A_SETTING: is far too large to be a file of keys"


def test_no_file_is_not_a_problem(tmp_path: Path) -> None:
    assert secret_file(tmp_path)[1].read() is None


@pytest.mark.parametrize("mode", [0o610, 0o601, 0o620, 0o602, 0o640, 0o604])
def test_each_right_of_another_account_is_refused(tmp_path: Path, mode: int) -> None:
    path, file = secret_file(tmp_path)
    file.create(b"x")
    path.chmod(mode)
    assert problem(file) == "A_SETTING: can be read or changed by other accounts of this machine; chmod 600 it"


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    path, file = secret_file(tmp_path)
    path.mkdir(mode=0o700)
    assert problem(file) == "A_SETTING: is not a file"


def test_a_name_that_leads_in_a_circle_is_refused(tmp_path: Path) -> None:
    path, file = secret_file(tmp_path)
    path.symlink_to(path)
    assert problem(file) == "A_SETTING: cannot be opened for reading"


def test_reading_leaves_nothing_open(tmp_path: Path) -> None:
    path, file = secret_file(tmp_path)
    file.create(b"x")
    before = len(os.listdir("/dev/fd"))
    file.read()
    path.chmod(0o644)
    problem(file)
    assert len(os.listdir("/dev/fd")) == before


def test_the_first_content_stays_and_the_second_leaves_nothing_behind(tmp_path: Path) -> None:
    path, file = secret_file(tmp_path)
    file.create(b"first")
    file.create(b"second")
    assert file.read() == b"first"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", ["create", "replace"])
def test_a_folder_that_is_not_there_is_named_as_the_reason(tmp_path: Path, write: str) -> None:
    file = SecretFile(tmp_path / "missing" / "secret", "A_SETTING")
    with pytest.raises(ConfigurationError) as fault:
        getattr(file, write)(b"x")
    assert list(fault.value.problems) == [f"A_SETTING: cannot be {write}d; may this account write to its folder?"]


@pytest.mark.parametrize(("write", "naming"), [("create", "link"), ("replace", "replace")])
def test_the_content_is_on_the_disk_before_the_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: str, naming: str
) -> None:
    """A loss of power in between leaves the old file or none, never half of one; and no temporary file is mistaken."""
    (tmp_path / "real").mkdir()
    path, (link, file) = tmp_path / "real" / "secret", secret_file(tmp_path)
    if write == "replace":  # it follows a link, so that the new file is on the old one's disk
        link.symlink_to(path)
    else:
        path = link
    steps: list[str] = []
    really_sync, really_name = os.fsync, getattr(os, naming)

    def sync(descriptor: int) -> None:
        steps.append(f"{os.fstat(descriptor).st_size} bytes on the disk")
        really_sync(descriptor)

    def name(source: str, target: Path) -> None:
        assert Path(source).parent == Path(target).parent == path.parent
        steps.append(f"named, from {Path(source).name[:5]}, mode {stat.S_IMODE(os.stat(source).st_mode):o}")
        really_name(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, naming, name)
    getattr(file, write)(b"content")
    assert steps == ["7 bytes on the disk", "named, from .new-, mode 600"]
    assert list(path.parent.glob("*secret*")) == [path]
    assert not list(tmp_path.rglob(".new-*"))
