"""Patterns of page paths as in `.gitignore` (git-scm.com/docs/gitignore, "Pattern format"), matched in bounded time.

Any client may have a path matched. A backtracking regular expression needs as many steps as the path is long, to
the power of the pattern's stars; here they are at most the path's length times the pattern's (docs/decisions/0042).
"""

from collections.abc import Callable, Sequence

LONGEST = 512
_Character = Callable[[str], bool]
_DEEP = None
"""`**` between slashes: any number of parts, also none."""
_STAR = None
"""`*` within a part: any number of characters, also none."""


class PagePattern:
    """Matches a page, and everything below it. Raises `ValueError` for what is no pattern from the site's root."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST or not text.startswith("/"):
            raise ValueError(text)
        parts = text.rstrip(" ")[1:].split("/")
        self._below = False
        folder = parts[-1] == ""
        if folder:
            parts.pop()
        while parts[-1:] == ["**"]:
            parts.pop()
        if folder and not parts:
            parts = ["*"]  # `/**/`: whatever has something below it
        self._below = folder or text.rstrip(" ").endswith("/**")
        self._parts = [_DEEP if part == "**" else _Part(part) for part in parts]

    def matches(self, path: str) -> bool:
        """`path` starts with "/"."""
        found = path[1:].split("/")
        used = _match(self._parts, found, lambda part, name: part.matches(name))
        return used is not None and len(found) - used >= self._below


class _Part:
    """One name between slashes."""

    def __init__(self, text: str) -> None:
        self._characters: list[_Character | None] = []
        at = 0
        while at < len(text):
            character, at = _read(text, at)
            self._characters.append(character)
        if text and not text.strip("*"):  # git: a lone star is at least one character
            self._characters = [_any, _STAR]

    def matches(self, name: str) -> bool:
        """To the end: what is left over must be taken by a star, so look from both ends."""
        characters = self._characters
        if _STAR not in characters:
            return len(name) == len(characters) and _match(characters, name, _is) is not None
        last = len(characters) - characters[::-1].index(_STAR)
        tail = len(name) - (len(characters) - last)
        used = _match(characters[: last - 1], name, _is)
        return used is not None and used <= tail and _match(characters[last:], name[tail:], _is) is not None


def _match(wanted: Sequence[object], given: Sequence[str], fits: Callable[..., bool]) -> int | None:
    """How many of `given` the earliest match uses from the start; None without one. `None` in `wanted` is any number.

    Only the newest of these is ever tried again: that an earlier one took as little as possible leaves the most to all
    that follows.
    """
    at = used = 0
    again: tuple[int, int] | None = None
    while at < len(wanted):
        if wanted[at] is None:
            at += 1
            again = (at, used)
        elif used < len(given) and fits(wanted[at], given[used]):
            at, used = at + 1, used + 1
        elif again is not None and again[1] < len(given):
            again = (again[0], again[1] + 1)
            at, used = again
        else:
            return None
    return used


def _is(character: _Character, given: str) -> bool:
    return character(given)


def _any(_given: str) -> bool:
    return True


def _read(text: str, at: int) -> tuple[_Character | None, int]:
    """The character of the pattern at `at`, and where the next one begins."""
    sign = text[at]
    if sign == "*":
        return _STAR, at + 1
    if sign == "?":
        return _any, at + 1
    if sign == "[":
        return _read_set(text, at + 1)
    plain, at = _read_plain(text, at)
    return plain.__eq__, at


def _read_plain(text: str, at: int) -> tuple[str, int]:
    at += text[at] == "\\"
    if at >= len(text):
        raise ValueError(text)
    return text[at], at + 1


def _read_set(text: str, at: int) -> tuple[_Character, int]:
    """`[a-z_]`, `[!0-9]`; a bracket that comes first is a member."""
    negated = text[at : at + 1] in ("!", "^")
    at += negated
    ranges: list[tuple[str, str]] = []
    while at < len(text) and (text[at] != "]" or not ranges):
        low, at = _read_plain(text, at)
        is_range = text[at : at + 1] == "-" and text[at + 1 : at + 2] not in ("", "]")
        high, at = _read_plain(text, at + 1) if is_range else (low, at)
        ranges.append((low, high))
    if at >= len(text):
        raise ValueError(text)
    return lambda given: negated != any(low <= given <= high for low, high in ranges), at + 1
