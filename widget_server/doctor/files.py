"""Files that hold secrets: nobody but the server's own user may read them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from widget_server.doctor.finding import Finding, ok, problem, skipped

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_env_file(file: Path | None) -> Iterator[Finding]:
    """The `.env` file the settings came from, if there is one."""
    if file is None:
        yield skipped("secret files", "no .env file here")
    else:
        yield check_private("secret files", ".env", file)


def check_signing_key(file: Path) -> Iterator[Finding]:
    """The file of WIDGET_SIGNING_KEY_FILE. It is not made here; that its folder exists, the settings have checked."""
    if file.exists():
        yield check_private("signing key", "WIDGET_SIGNING_KEY_FILE", file)
    else:
        yield skipped("signing key", "the file is not there yet", "The first start makes it.")


def check_private(name: str, title: str, file: Path) -> Finding:
    """Whether the file is readable for this user, and for no other."""
    try:
        with file.open("rb"):
            mode = file.stat().st_mode
    except OSError:
        return problem(name, f"{title} is not a file that this user can read", "Run this as the server's own user.")
    if mode & _OTHERS:
        return problem(name, f"{title} is open to other users (mode {stat.S_IMODE(mode):o})", "chmod 600 it.")
    return ok(name, f"only this user can read {title}")
