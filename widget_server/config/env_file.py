"""A file of settings as systemd's `EnvironmentFile=` reads it, so that a command by hand means what the service means.

Follows `parse_env_file_internal` of systemd's src/basic/env-file.c state by state. What systemd would pass over without
a word, or read otherwise in another version, is refused here.
"""

import re
from pathlib import Path

from widget_server.errors import ConfigurationError

_BLANK, _LINE_END, _COMMENT = " \t\n\r", "\n\r", "#;"
_UNESCAPED_IN_QUOTES = '"\\`$'
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
    reader = _Reader(text)
    reader.read()
    if reader.problems:
        raise ConfigurationError([f"{file}, line {number}: {problem}" for number, problem in reader.problems])
    return reader.found


class _Reader:
    """One pass over the characters; each method begins where the one before stopped."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1
        self.found: dict[str, str] = {}
        self.problems: list[tuple[int, str]] = []

    def read(self) -> None:
        while (character := self._next()) is not None:
            if character in _COMMENT:
                self._skip_comment()
            elif character not in _BLANK:
                self._assignment(character)

    def _next(self) -> str | None:
        character = self._text[self._at : self._at + 1]
        self._at += 1
        self._line += character == "\n"
        return character or None

    def _problem(self, sentence: str, line: int) -> None:
        self.problems.append((line, sentence))

    def _skip_comment(self) -> None:
        line, before = self._line, ""
        while (character := self._next()) is not None and character not in _LINE_END:
            before = character
        if before == "\\":
            self._problem("a comment ends with a backslash, which some versions of systemd take for a longer one", line)

    def _assignment(self, first: str) -> None:
        line, name = self._line, first
        while (character := self._next()) not in (None, "=", *_LINE_END):
            name += str(character)
        value = self._value(line) if character == "=" else None
        if value is None or "\0" in value or not _NAME.fullmatch(name.rstrip(_BLANK)):
            self._problem("is no NAME=value (no export, no other character before or in the name)", line)
        else:
            self.found[name.rstrip(_BLANK)] = value

    def _value(self, line: int) -> str:
        """Up to the end of the line that no quote and no backslash takes along. Between quotes blanks are dropped."""
        value, blank_from, is_plain = "", None, False
        while (character := self._next()) is not None:
            if character == "\\":
                is_plain, blank_from = True, None
                value += self._escaped(line)
            elif character in _LINE_END:
                break
            elif not is_plain and character in "'\"":
                value += self._quoted(character, line)
            elif is_plain or character not in _BLANK:
                is_blank = character in _BLANK
                blank_from = (len(value) if blank_from is None else blank_from) if is_blank else None
                is_plain = True
                value += character
        return value if blank_from is None else value[:blank_from]

    def _escaped(self, line: int) -> str:
        character = self._next()
        if character is None:
            self._problem("ends with a backslash", line)
        return "" if character is None or character in _LINE_END else character

    def _quoted(self, quote: str, line: int) -> str:
        value = ""
        while (character := self._next()) != quote:
            if character is None:
                self._problem("a quote is not closed", line)
                return value
            value += self._escaped_in_quotes() if (quote, character) == ('"', "\\") else character
        return value

    def _escaped_in_quotes(self) -> str:
        character = self._next()
        if character is None or character == "\n":
            return ""
        return character if character in _UNESCAPED_IN_QUOTES else f"\\{character}"
