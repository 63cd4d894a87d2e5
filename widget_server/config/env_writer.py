"""Writes a `.env` file that python-dotenv, systemd and a shell read alike."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp

from widget_server.errors import ConfigurationError

_PLAIN = re.compile(r"[A-Za-z0-9._+/=:,@%-]*")
_QUOTED = re.compile(r"""((?!\$\{)[^'\\])*""")
"""Between single quotes systemd keeps backslashes, python-dotenv drops them, and it replaces `${NAME}` even there."""
HEAD = "Settings of the widget server, made by `widget-server init`. Keep this file private, and back it up."


def write_env_file(file: Path, values: Mapping[str, str], *, replace: bool, head: str = HEAD) -> None:
    """Readable by this account alone. Raises `FileExistsError` for a file that is there, unless `replace`;
    `ConfigurationError` for a value that not every reader reads alike."""
    text = f"# {head}\n" + "".join(f"{name}={_written(name, value)}\n" for name, value in values.items())
    if not replace:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            opened.write(text)
        return
    descriptor, part = mkstemp(prefix=".env.", dir=file.parent)
    with open(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    Path(part).replace(file)


def _written(name: str, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    if not value.isprintable() or not _QUOTED.fullmatch(value):
        problem = "holds a quote, a backslash, ${ or a line break, which not every reader of .env reads alike"
        raise ConfigurationError([f"{name}: {problem}; set it in the environment, or {name}_FILE to a file of it"])
    return f"'{value}'"
