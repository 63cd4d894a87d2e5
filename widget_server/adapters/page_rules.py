"""The page rules file: which mode, language and theme a page's checkout has.

The format is TOML; paths match as in `.gitignore`, the first matching entry wins.
"""

import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from widget_server.adapters.followed_file import FollowedFile
from widget_server.domain.display_options import PAGE_OPTIONS, PageRule
from widget_server.domain.page_pattern import LONGEST, PagePattern
from widget_server.errors import ConfigurationError

_LONGEST_SHOWN = 60
_HOME = "/__home__"
"""Stands for "/", which names no file: in `.gitignore` neither "/" nor "/*" would ever match a home page."""


class PageRules:
    """The rules in their order. `find` always answers: with the default where no entry matches."""

    def __init__(self, default: PageRule, entries: list[tuple[PagePattern, PageRule]]) -> None:
        self._default = default
        self._entries = entries

    def find(self, path: str) -> PageRule:
        file = _as_file(path)
        return next((rule for pattern, rule in self._entries if pattern.matches(file)), self._default)


class FollowedPageRules:
    """The rules of a file that may change. Raises `ConfigurationError` at the start."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = FollowedFile("page_rules", file, load_page_rules, clock)

    def find(self, path: str) -> PageRule:
        return self._file.content().find(path)


def follow_page_rules(file: Path | None) -> PageRules | FollowedPageRules:
    """As `load_page_rules`, for a process that outlives a change of the file."""
    return FollowedPageRules(file) if file else load_page_rules(None)


def load_page_rules(file: Path | None) -> PageRules:
    """Read the file; None gives the defaults. Raises `ConfigurationError` with every problem of the file."""
    if file is None:
        return PageRules(PageRule(), [])
    try:
        content = tomllib.loads(file.read_text("utf-8-sig"))  # Windows' editors begin a file with a byte order mark
    except (OSError, ValueError) as error:
        raise ConfigurationError(["WIDGET_PAGE_RULES_FILE: is not a readable TOML file in UTF-8"]) from error
    if not _has_shape(content):
        raise ConfigurationError(
            ["WIDGET_PAGE_RULES_FILE: may hold one table [default] and any number of [[page]], nothing else"]
        )
    problems: list[str] = []
    default = _rule(PageRule(), content.get("default", {}), "[default]", problems)
    pages = content.get("page", [])
    entries = [_entry(default, page, number, problems) for number, page in enumerate(pages, start=1)]
    if problems:
        raise ConfigurationError(problems)
    return PageRules(default, entries)


def _has_shape(content: Mapping[str, object]) -> bool:
    pages = content.get("page", [])
    return (
        content.keys() <= {"default", "page"}
        and isinstance(content.get("default", {}), dict)
        and isinstance(pages, list)
        and all(isinstance(page, dict) for page in pages)
    )


def _entry(
    default: PageRule, page: Mapping[str, object], number: int, problems: list[str]
) -> tuple[PagePattern, PageRule]:
    where = f"[[page]] number {number}"
    path = page.get("path")
    if not isinstance(path, str) or not path.startswith("/"):
        problems.append(f'WIDGET_PAGE_RULES_FILE: {where} needs a path that starts with "/"')
        path = "/"
    settings = {name: value for name, value in page.items() if name != "path"}
    return _pattern(path, where, problems), _rule(default, settings, where, problems)


def _as_file(path: str) -> str:
    return _HOME if path == "/" else path


def _pattern(path: str, where: str, problems: list[str]) -> PagePattern:
    try:
        return PagePattern(_as_file(path))
    except ValueError:
        problems.append(
            f"WIDGET_PAGE_RULES_FILE: {where} path is not a pattern as in .gitignore of at most {LONGEST} characters"
        )
        return PagePattern(_HOME)


def _rule(base: PageRule, settings: Mapping[str, object], where: str, problems: list[str]) -> PageRule:
    chosen: dict[str, str] = {}
    for name, value in settings.items():
        if name not in PAGE_OPTIONS:
            known = ", ".join(PAGE_OPTIONS)
            problems.append(f"WIDGET_PAGE_RULES_FILE: {where} has the unknown setting {_shown(name)}; known: {known}")
        elif value not in PAGE_OPTIONS[name].choices:
            choices = ", ".join(PAGE_OPTIONS[name].choices)
            problems.append(f"WIDGET_PAGE_RULES_FILE: {where} {name} must be one of {choices}, not {_shown(value)}")
        else:
            chosen[name] = str(value)
    return replace(base, **chosen)


def _shown(value: object) -> str:
    """A page rule is no secret, and the value helps to find its line in the file."""
    text = ascii(value)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."
