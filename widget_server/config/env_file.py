"""A file of settings as systemd's `EnvironmentFile=` reads it, so that a command by hand means what the service means.

Accepts what `parse_env_file_internal` of systemd's src/basic/env-file.c accepts, and rejects what systemd would ignore
without a word, or what its versions read differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from widget_server.errors import ConfigurationError

_STATEMENT = re.compile(
    r"""[ \t\n\r]*+ (?P<start>) (?: \Z
    | [#;] (?P<comment>[^\n\r]*+)
    | (?P<name>[^=\n\r]*+) (?P<assigns>=
        (?P<quoted>(?: [ \t]*+ (?: '[^']*+' | "(?:[^"\\]|\\.)*+" ) )*+)
        [ \t]*+ (?P<plain>(?:[^\n\r\\]|\\.)*+) (?P<backslash>\\?)
      )? )""",
    re.VERBOSE | re.DOTALL,
)
"""Quotes count only before the first character outside of quotes; blanks between them are dropped."""
_QUOTED = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CHARACTER = re.compile(r"[^\\]|\\.", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LARGEST = 1024 * 1024


def read_env_file(file: Path) -> dict[str, str]:
    """The settings; of a name that comes twice the last. Raises `ConfigurationError`, which repeats no value."""
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            text = opened.read(_LARGEST)
    except OSError as error:
        raise ConfigurationError([f"{file}: cannot be read by this user"]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError([f"{file}: is not text in UTF-8, and systemd takes nothing of it"]) from error
    statements = list(_statements(text))
    problems = [
        f"{file}, line {text.count(chr(10), 0, found.start('start')) + 1}: {problem}"
        for found in statements
        if (problem := _problem(found))
    ]
    if problems:
        raise ConfigurationError(problems)
    return {found["name"].rstrip(): _value(found) for found in statements if found["assigns"]}


def _statements(text: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(text) and (found := _STATEMENT.match(text, position)):
        yield found
        position = found.end()


def _problem(found: re.Match[str]) -> str | None:
    if (found["comment"] or "").endswith("\\"):
        return "a comment ends with a backslash, which some versions of systemd take for a longer one"
    if found["name"] is None:
        return None
    if found["backslash"]:
        return "ends with a backslash"
    if found["plain"] and found["plain"][0] in "'\"":
        return "a quote is not closed"
    if not found["assigns"] or "\0" in found["assigns"] or not _NAME.fullmatch(found["name"].rstrip(" \t")):
        return "is no NAME=value (no export, no other character before or in the name)"
    return None


def _value(found: re.Match[str]) -> str:
    quoted = "".join(single or _ESCAPED.sub(_in_quotes, double) for single, double in _QUOTED.findall(found["quoted"]))
    plain = _CHARACTER.findall(found["plain"])
    while plain and plain[-1] in " \t":
        plain.pop()
    return quoted + "".join(character[-1] for character in plain if character not in ("\\\n", "\\\r"))


def _in_quotes(escaped: re.Match[str]) -> str:
    if escaped[1] == "\n":
        return ""
    return escaped[1] if escaped[1] in '"\\`$' else escaped[0]
