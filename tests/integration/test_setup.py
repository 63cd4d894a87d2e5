"""What tools/setup.sh and tools/wheel.sh install. Nothing is fetched: `.venv/bin/python` only takes notes here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.wheel_building import ROOT, plain_environment

NOTES = """#!/bin/sh
echo "$*" >> "$(dirname "$0")/../../asked"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    for name in ("setup.cfg", "pyproject.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(NOTES, "utf-8")
    python.chmod(0o755)
    return tmp_path


def installed(checkout: Path, script: str, *arguments: str) -> set[str]:
    """The lock files that pip was given."""
    (checkout / "asked").unlink(missing_ok=True)
    command = ["sh", f"tools/{script}", *arguments]
    done = subprocess.run(command, cwd=checkout, env=plain_environment(checkout), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = (checkout / "asked").read_text("utf-8").splitlines()
    return {word for line in lines if "pip install" in line for word in line.split() if word.endswith(".txt")}


@pytest.mark.parametrize(
    ("what", "locks"),
    [("build", {"build"}), ("runtime", {"build", "runtime"}), ("dev", {"build", "dev"})],
)
def test_each_set_up_installs_its_own_lock_once(checkout: Path, what: str, locks: set[str]) -> None:
    assert installed(checkout, "setup.sh", what) == {f"requirements/{lock}.txt" for lock in locks}
    assert installed(checkout, "setup.sh", what) == set()
    with (checkout / f"requirements/{what}.txt").open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")
    assert f"requirements/{what}.txt" in installed(checkout, "setup.sh", what)


def test_a_wheel_needs_no_test_and_no_lint(checkout: Path) -> None:
    assert installed(checkout, "wheel.sh") == {"requirements/build.txt"}


def test_what_root_gets_is_said_where_it_is_started() -> None:
    help_lines = (ROOT / "Makefile").read_text("utf-8")
    pages = [(ROOT / name).read_text("utf-8") for name in ("README.md", "docs/commands.md")]
    for text in (help_lines, *pages):
        assert "BROWSERS=no" in text
        assert "root" in text


def test_the_environment_that_the_readme_makes_is_not_part_of_the_checkout() -> None:
    for name in ("README.md", "docs/quick-start.md"):
        assert "python3 -m venv venv" in (ROOT / name).read_text("utf-8")
    assert "venv/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
