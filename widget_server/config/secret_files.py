"""Secrets from files: a secret setting NAME may be given as NAME_FILE, as systemd's LoadCredential and the secrets of
containers need it. An environment is easily seen (`/proc`, `podman inspect`, a crash report); a file has an owner."""

from collections.abc import Mapping
from pathlib import Path

from widget_server.config.settings import SECRETS
from widget_server.errors import TransientProblem

FILE_SETTINGS = tuple(f"{name}_FILE" for name in SECRETS)
_LARGEST = 65536


def resolve_secret_files(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The same settings with each NAME_FILE's content as NAME, and what is wrong with the files: names, no values."""
    settings, problems = dict(environ), []
    for setting, file in secret_file_paths(environ).items():
        name = setting.removesuffix("_FILE")
        if environ.get(name, "").strip():
            problems.append(f"{setting}: {name} and {setting} are both set; keep one of them")
        elif content := _read(file):
            settings[name] = content
        elif content is None:
            problems.append(TransientProblem(f"{setting}: names a file that cannot be read as UTF-8 text"))
        else:
            problems.append(f"{setting}: names an empty file")
    return settings, problems


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
