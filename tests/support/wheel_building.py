"""Building the wheel from a copy of the checkout, as `make wheel` does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE", "requirements/runtime.txt")
FOLDERS = ("widget_server", "docs", "static", "templates", "tools")


def run(*command: str | Path, cwd: Path, umask: int = -1, **settings: str) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=plain_environment(cwd) | settings,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def plain_environment(home: Path) -> dict[str, str]:
    """No PYTHONPATH and no setting of this person's shell reaches the program."""
    kept = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    return {**kept, "HOME": str(home), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def copy_checkout(target: Path) -> Path:
    """A copy, because setuptools leaves build/ behind, whose old files would enter the next wheel."""
    (target / "requirements").mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(ROOT / name, target / name)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def build_wheel(source: Path, *, umask: int = -1, **settings: str) -> Path:
    """The wheel, in the same folder as its source. `settings`: environment variables."""
    pip = (sys.executable, "-m", "pip", "wheel", "-q", "--no-index", "--no-deps", "--no-build-isolation")
    run(*pip, "-w", source.parent, source, cwd=source.parent, umask=umask, **settings)
    return next(source.parent.glob("*.whl"))
