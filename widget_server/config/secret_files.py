"""Secrets from files: a secret setting NAME may be given as NAME_FILE, as systemd's LoadCredential and the secrets of
containers want it. An environment is easily seen (`/proc`, `podman inspect`, a crash report); a file has an owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from widget_server.errors import NotThereYet

FILE_SETTINGS = (
    "STEPPAY_SECRET_TOKEN_FILE",
    "STEPPAY_WEBHOOK_SECRETS_FILE",
    "WIDGET_ADMIN_KEY_FILE",
    "WIDGET_API_KEY_FILE",
    "WIDGET_DATABASE_URL_FILE",
    "WIDGET_EGRESS_PROXY_FILE",
    "WIDGET_NOTIFY_SECRET_FILE",
    "WIDGET_METRICS_KEY_FILE",
    "WIDGET_RATE_LIMIT_STORE_FILE",
)
_LARGEST = 65536


def resolve_secret_files(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The same settings with each NAME_FILE's content as NAME, and what is wrong with the files: names, no values."""
    settings, problems = dict(environ), []
    for setting, file in secret_file_paths(environ).items():
        name = setting.removesuffix("_FILE")
        if environ.get(name, "").strip():
            problems.append(f"{setting}: {name} and {setting} are both set; keep one of them")
            continue
        content = _read(file)
        if content:
            settings[name] = content
        else:
            is_there = content is not None
            wrong = "names an empty file" if is_there else NotThereYet("names a file that cannot be read as UTF-8 text")
            problems.append(type(wrong)(f"{setting}: {wrong}"))
    return settings, problems


def passing_with_their_files(problems: Sequence[str], of_files: Sequence[str]) -> list[str]:
    """What is said about a setting whose file is not there yet may pass with it: that it is missing, for example."""
    late = [problem.partition("_FILE:")[0] for problem in of_files if isinstance(problem, NotThereYet)]
    return [NotThereYet(problem) if any(name in problem for name in late) else problem for problem in problems]


def secret_file_paths(environ: Mapping[str, str]) -> dict[str, Path]:
    """The files by the setting that names them."""
    return {name: Path(text) for name in FILE_SETTINGS if (text := environ.get(name, "").strip())}


def _read(file: Path) -> str | None:
    """Without the line's end and the byte order mark that editors add; None for what cannot be read as text."""
    try:
        with file.open(encoding="utf-8-sig") as opened:
            return opened.read(_LARGEST).rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return None
