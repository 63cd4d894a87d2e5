"""`widget-server keys`, and a start with a key file that is not safe (CF-05)."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.integration.test_cli import good, run
from tests.support.forged_tokens import encode
from widget_server.adapters.keys.signing_keys import load_or_create


def key_file(folder: Path) -> Path:
    return Path(good(folder)["WIDGET_SIGNING_KEY_FILE"])


def kids(folder: Path) -> list[str]:
    return [key.kid for key in load_or_create(key_file(folder), [])]


def keys(folder: Path, *arguments: str) -> str:
    done = run(folder, good(folder), "keys", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_key_is_published_then_signs_then_the_old_one_goes(tmp_path: Path) -> None:
    [old] = kids(tmp_path)
    new = keys(tmp_path, "add").split()[-1]
    assert kids(tmp_path) == [old, new]
    assert keys(tmp_path, "list") == f"{old}  signs, published\n{new}  published\n"
    keys(tmp_path, "activate", new)
    assert kids(tmp_path) == [new, old]
    keys(tmp_path, "remove", old)
    assert kids(tmp_path) == [new]
    assert stat.S_IMODE(key_file(tmp_path).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("command", "which"), [("remove", "signing"), ("remove", "-unknown"), ("activate", "-unknown")]
)
def test_a_change_that_would_break_verification_is_refused(tmp_path: Path, command: str, which: str) -> None:
    [only] = kids(tmp_path)
    done = run(tmp_path, good(tmp_path), "keys", command, only if which == "signing" else which)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert kids(tmp_path) == [only]


@pytest.mark.parametrize("arguments", [("serve", "--port", "0"), ("keys", "list"), ("keys", "add")])
@pytest.mark.parametrize("trouble", ["open", "malformed", "reused"])
def test_cf_05_an_unsafe_key_file_stops_the_start_without_a_value(
    tmp_path: Path, arguments: tuple[str, ...], trouble: str
) -> None:
    settings, file = good(tmp_path), key_file(tmp_path)
    [key] = load_or_create(file, [])
    secret = encode(key.private.private_bytes_raw())
    if trouble == "open":
        file.chmod(0o644)
    elif trouble == "malformed":
        file.write_text(json.dumps({"keys": [{"d": secret}]}), "utf-8")
    else:
        settings["STEPPAY_SECRET_TOKEN"] = secret
    before = file.read_bytes()
    done = run(tmp_path, settings, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "  - WIDGET_SIGNING_KEY_FILE: " in done.stderr
    assert secret not in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == before


def test_a_key_file_in_a_missing_folder_is_named(tmp_path: Path) -> None:
    """Exit code 1, for the folder may be mounted later."""
    done = run(tmp_path, {**good(tmp_path), "WIDGET_SIGNING_KEY_FILE": "/nowhere/canary/keys.json"}, "snippet")
    assert done.returncode == 1
    assert "  - WIDGET_SIGNING_KEY_FILE: " in done.stderr
    assert "canary" not in done.stderr
