"""CF-05: the key that signs verdicts is made safely, and one that is not safe stops the start."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.forged_tokens import encode, fixed_key
from widget_server.adapters.keys.signing_keys import MAX_KEYS, SETTING, SigningKey, edit, load_or_create, new_key
from widget_server.errors import ConfigurationError

RANDOM = bytes((7 * n + 31) % 251 for n in range(32))


def entry(key: SigningKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": key.x, "d": encode(key.private.private_bytes_raw())}


GOOD = entry(fixed_key("ours"))


def written(folder: Path, *entries: object) -> Path:
    file = folder / "keys.json"
    file.write_text(json.dumps({"keys": entries}), "utf-8")
    file.chmod(0o600)
    return file


def problem(file: Path, *secrets: str) -> str:
    with pytest.raises(ConfigurationError) as fault:
        load_or_create(file, secrets)
    assert len(fault.value.problems) == 1
    assert fault.value.problems[0].startswith(f"{SETTING}: ")
    return fault.value.problems[0]


def test_the_first_start_makes_a_key_that_only_this_account_can_read(tmp_path: Path) -> None:
    file, before = tmp_path / "keys.json", os.umask(0)
    try:
        made = load_or_create(file, [])
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [key.kid for key in load_or_create(file, [])] == [key.kid for key in made]
    assert list(tmp_path.iterdir()) == [file]


def test_two_first_starts_make_different_keys(tmp_path: Path) -> None:
    assert load_or_create(tmp_path / "a.json", [])[0].kid != load_or_create(tmp_path / "b.json", [])[0].kid


STARTS = """
import sys
from pathlib import Path
from widget_server.adapters.keys.signing_keys import load_or_create
print("ready", flush=True)
sys.stdin.readline()
print(load_or_create(Path(sys.argv[1]), [])[0].kid)
"""


def test_many_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    file, command = tmp_path / "keys.json", [sys.executable, "-c", STARTS]
    starts = [
        subprocess.Popen([*command, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    for process in starts:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in starts:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = {process.communicate()[0].strip() for process in starts}
    assert told == {load_or_create(file, [])[0].kid}
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, winner, link = tmp_path / "keys.json", new_key(), os.link

    def another_process_first(source: str, target: Path) -> None:
        written(tmp_path, entry(winner))
        link(source, target)

    monkeypatch.setattr(os, "link", another_process_first)
    assert [key.kid for key in load_or_create(file, [])] == [winner.kid]
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o601, 0o660, 0o644, 0o666])
def test_cf_05_a_file_that_others_can_reach_stops_the_start(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path, entry(new_key()))
    file.chmod(mode)
    assert "other accounts" in problem(file)
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_this_account_alone_is_read(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path, entry(new_key()))
    file.chmod(mode)
    assert len(load_or_create(file, [])) == 1


def folder(path: Path) -> None:
    path.mkdir(mode=0o700)


def pipe(path: Path) -> None:
    os.mkfifo(path, 0o600)


def link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


def huge(path: Path) -> None:
    path.write_bytes(b" " * 70000)
    path.chmod(0o600)


@pytest.mark.parametrize("make", [folder, pipe, link_to_nothing, huge])
def test_cf_05_what_is_not_a_key_file_stops_the_start(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "keys.json")
    assert problem(tmp_path / "keys.json")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"canary",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": "canary"}',
        b"[" * 9999,
        json.dumps({"keys": [GOOD] * (MAX_KEYS + 1)}).encode(),
    ],
    ids=lambda content: content[:12].decode("latin-1"),
)
def test_cf_05_a_malformed_file_stops_the_start(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(content)
    file.chmod(0o600)
    assert "canary" not in problem(file)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        {},
        {**GOOD, "kty": "EC"},
        {**GOOD, "crv": "X25519"},
        {**GOOD, "d": None},
        {**GOOD, "d": ""},
        {**GOOD, "d": "canary!"},
        {**GOOD, "d": "\u0435" * 43},
        {**GOOD, "d": encode(RANDOM[:31])},
        {**GOOD, "d": encode(RANDOM + b"x")},
        {**GOOD, "d": encode(RANDOM)},
        {**GOOD, "x": entry(fixed_key("a stranger"))["x"]},
        {**GOOD, "x": None},
        {**GOOD, "d": encode(bytes(32))},
        {**GOOD, "d": encode(b"\xff" * 32)},
        {**GOOD, "d": encode(bytes(range(8)) * 4)},
        {**GOOD, "d": encode(b"correct horse battery staple 123")},
    ],
    ids=repr,
)
def test_cf_05_a_malformed_or_weak_key_stops_the_start(tmp_path: Path, bad: object) -> None:
    sentence = problem(written(tmp_path, GOOD, bad))
    assert "key number 2 " in sentence
    assert not any(value in sentence for value in ("canary", GOOD["d"], GOOD["x"]))


def test_cf_05_the_same_key_twice_stops_the_start(tmp_path: Path) -> None:
    assert "twice" in problem(written(tmp_path, GOOD, GOOD))


@pytest.mark.parametrize(
    "spelled",
    [
        encode,
        lambda raw: base64.b64encode(raw).decode(),
        lambda raw: "whsec_" + base64.b64encode(raw).decode(),
        lambda raw: raw.hex(),
        lambda raw: raw.hex().upper(),
    ],
    ids=["base64url", "base64", "whsec", "hex", "HEX"],
)
def test_cf_05_a_key_that_is_also_another_secret_stops_the_start(
    tmp_path: Path, spelled: Callable[[bytes], str]
) -> None:
    key = new_key()
    secret = spelled(key.private.private_bytes_raw())
    sentence = problem(written(tmp_path, entry(key)), "another-secret", secret)
    assert "another setting's secret" in sentence
    assert secret not in sentence


def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    assert "cannot be created" in problem(tmp_path / "missing" / "keys.json")


def test_nothing_of_the_private_part_is_shown(tmp_path: Path) -> None:
    key = new_key()
    secret = encode(key.private.private_bytes_raw())
    assert secret not in repr(key) + str(key) + json.dumps(key.public)
    assert set(key.public) == {"kty", "crv", "x", "kid", "use", "alg"}


def test_a_changed_file_is_whole_and_stays_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file, key = tmp_path / "keys.json", new_key()
    file.symlink_to(tmp_path / "real" / "keys.json")
    first = load_or_create(tmp_path / "real" / "keys.json", [])[0]
    edit(file, [], lambda keys: [*keys, key])
    assert [known.kid for known in load_or_create(file, [])] == [first.kid, key.kid]
    assert file.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "real").iterdir()] == ["keys.json"]


@pytest.mark.parametrize("count", [0, MAX_KEYS + 1])
def test_a_change_to_none_or_too_many_keys_changes_nothing(tmp_path: Path, count: int) -> None:
    file = tmp_path / "keys.json"
    before = load_or_create(file, [])
    with pytest.raises(ConfigurationError):
        edit(file, [], lambda _keys: [new_key() for _ in range(count)])
    assert [key.kid for key in load_or_create(file, [])] == [key.kid for key in before]
