"""A merchant's own test suite, run as a merchant runs it: pytest in a folder of its own, with the installed package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

from tests.support.wheel_building import plain_environment

PLUGIN = () if entry_points(group="pytest11", name="steppay") else ("-p", "widget_server.testing.plugin")
"""An environment that was installed before the entry point was there does not know it."""
OURS = ("schemathesis", "anyio", "hypothesispytest", "xdist", "xdist.looponfail", "timeout")
"""Plugins of this environment that no shop has installed for us. They take four fifths of a start."""


def run_suite(folder: Path, files: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """`files`: texts by name. No configuration of this project reaches it, and a warning is an error."""
    for name, text in {"pytest.ini": "[pytest]\nfilterwarnings = error\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    without = [part for name in OURS for part in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGIN, *without, *options]
    return subprocess.run(
        command, cwd=folder, env=plain_environment(folder), capture_output=True, text=True, timeout=300, check=False
    )
