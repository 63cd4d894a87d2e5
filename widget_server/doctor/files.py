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


def check_signing_key(text: str | None) -> Iterator[Finding]:
    """The file named by WIDGET_SIGNING_KEY_FILE."""
    name = "signing key"
    if not text:
        yield skipped(name, "WIDGET_SIGNING_KEY_FILE is not set")
    elif Path(text).exists():
        yield check_private(name, "WIDGET_SIGNING_KEY_FILE", Path(text))
    elif Path(text).parent.is_dir():
        yield skipped(name, "the file is not there yet", "The first start makes it.")
    else:
        yield problem(name, "the folder of WIDGET_SIGNING_KEY_FILE does not exist", "Make it, with mode 700.")


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
