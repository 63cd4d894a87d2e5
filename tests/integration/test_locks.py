"""Nothing unpinned, nothing without a hash, and a package that was changed on its way is not installed (SC-02)."""

from __future__ import annotations

import configparser
import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lockfiles import NPM_LOCKS, PYTHON_LOCKS, ROOT, NotLocked, python_lock, read_npm, read_requirements

HASH = "--hash=sha256:" + "a" * 64


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_sc_02_every_python_package_has_one_version_and_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    assert len(python_lock(name)) == sum(not line.startswith((" ", "#")) for line in text.splitlines()) > 0


@pytest.mark.parametrize("name", NPM_LOCKS)
def test_sc_02_every_npm_package_has_one_version_and_an_integrity_value(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert len(read_npm(text)) == text.count('"node_modules/') > 0


@pytest.mark.parametrize(
    "line",
    [
        "flask",
        f"flask {HASH}",
        f"flask>=3.1 {HASH}",
        f"flask==3.* {HASH}",
        "flask==3.1.2",
        "flask==3.1.2 --hash=md5:" + "a" * 32,
        f"flask @ https://files.test/flask.whl {HASH}",
        "-e .",
        "git+https://git.test/flask",
        "--index-url elsewhere",
        "--extra-index-url=elsewhere",
        "--trusted-host elsewhere",
        f"flask==3.1.2 --index-url elsewhere {HASH}",
        f"flask==3.1.2 ; python_version > '3' {HASH} --no-verify",
    ],
)
def test_sc_02_any_other_line_of_a_lock_is_refused(line: str) -> None:
    with pytest.raises(NotLocked):
        read_requirements(line + "\n")


@pytest.mark.parametrize("entry", ['"version": "1.0.0"', '"integrity": "sha512-x", "version": "1.0.0"', '"link": true'])
def test_sc_02_an_npm_package_without_integrity_is_refused(entry: str) -> None:
    with pytest.raises(NotLocked):
        read_npm('{"lockfileVersion": 3, "packages": {"": {}, "node_modules/x": {' + entry + "}}}")


def test_sc_02_the_locks_hold_what_setup_cfg_asks_for() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    extras = dict(config["options.extras_require"])
    needed, bench = config["options"]["install_requires"], extras.pop("bench")
    locks = {"runtime": [needed], "production": [needed, extras["postgresql"], extras["redis"]]}
    for lock, texts in (locks | {"bench": [bench], "dev": list(extras.values())}).items():
        locked = {pin.name: pin.version for pin in python_lock(lock)}
        for wanted in requirements(texts):
            assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)]), wanted


def requirements(texts: list[str]) -> list[Requirement]:
    return [Requirement(line) for text in texts for line in text.splitlines() if line.strip()]


def test_sc_02_the_locks_agree_about_what_the_server_runs_with() -> None:
    """Name and version; a test tool may need a package on more systems than the server does."""
    runtime, production, dev = (
        {(pin.name, pin.version) for pin in python_lock(name)} for name in ("runtime", "production", "dev")
    )
    assert runtime <= production <= dev


def test_sc_02_every_installation_checks_the_hashes() -> None:
    """In everything that installs: pip with the locks' hashes or our own code without dependencies; npm by its lock."""
    scripts = [*ROOT.glob("tools/*.sh"), ROOT / "Makefile", ROOT / ".ci/run"]
    lines = [line for script in scripts for line in script.read_text("utf-8").splitlines()]
    installs = [line for line in lines if re.search(r"\bpip (install|wheel|download)\b", line)]
    assert installs
    assert [line for line in installs if "--require-hashes" not in line and "--no-deps" not in line] == []
    assert any("npm ci" in line for line in lines)
    assert not any(re.search(r"npm (install|i|add)\b|\bnpx\b", line) for line in lines)


def package(folder: Path) -> Path:
    """A small wheel."""
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "VALUE = 1\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return wheel


@pytest.mark.parametrize("changed", [False, True])
def test_sc_02_a_changed_package_is_not_installed(tmp_path: Path, changed: bool) -> None:
    wheel = package(tmp_path)
    lock = tmp_path / "lock.txt"
    lock.write_text(f"tiny==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n", "utf-8")
    if changed:
        wheel.write_bytes(wheel.read_bytes().replace(b"VALUE = 1", b"VALUE = 2"))
    pip = (sys.executable, "-m", "pip", "install", "-q", "--no-index", "--find-links", str(tmp_path))
    target = tmp_path / "installed"
    done = subprocess.run(
        [*pip, "--require-hashes", "--target", str(target), "-r", str(lock)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0, (target / "tiny.py").exists()) == (changed, not changed), done.stderr
    assert ("DO NOT MATCH THE HASHES" in done.stderr) is changed
