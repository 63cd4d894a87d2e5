"""Files that hold secrets: only the server's own user may read them."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from widget_server.config.secret_files import secret_file_paths
from widget_server.doctor.result import CheckResult, ok, problem, skipped

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_env_file(file: Path | None) -> Iterator[CheckResult]:
    """The `.env` file the settings came from, if there is one."""
    if file is None:
        yield skipped("secret files", "no .env file here")
    else:
        yield check_private("secret files", str(file), file)


def check_file_secrets(environ: Mapping[str, str]) -> Iterator[CheckResult]:
    """The files of the NAME_FILE settings; that they can be read and hold something, the settings have checked."""
    files = secret_file_paths(environ)
    found = [check_private("file secrets", name, file) for name, file in files.items() if not _is_mounted(file)]
    problems = [result for result in found if result.state == "problem"]
    yield from problems
    if not files:
        yield skipped("file secrets", "no setting names a file of a secret")
    elif not problems:
        yield ok("file secrets", f"read from files that no other account can read: {', '.join(files)}")


def _is_mounted(file: Path) -> bool:
    """systemd and container engines mount secrets here, for one service alone, with whatever mode they like."""
    return file.is_relative_to("/run/credentials") or file.is_relative_to("/run/secrets")


def check_signing_key(file: Path) -> Iterator[CheckResult]:
    """The file of WIDGET_SIGNING_KEY_FILE. It is not made here; that its folder exists, the settings have checked."""
    if file.exists():
        yield check_private("signing key", "WIDGET_SIGNING_KEY_FILE", file)
    else:
        yield skipped("signing key", "the file is not there yet", "The first start makes it.")


def check_private(name: str, title: str, file: Path) -> CheckResult:
    """Whether the file is readable for this user, and for no other."""
    try:
        with file.open("rb"):
            mode = file.stat().st_mode
    except OSError:
        return problem(name, f"{title} is not a file that this user can read", "Run this as the server's own user.")
    if mode & _OTHERS:
        return problem(name, f"{title} is open to other users (mode {stat.S_IMODE(mode):o})", "chmod 600 it.")
    return ok(name, f"only this user can read {title}")
