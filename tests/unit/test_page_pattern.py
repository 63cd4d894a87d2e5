"""Page patterns match as `.gitignore` does, and in bounded time whatever the path is (AV-10)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from widget_server.domain.page_pattern import LONGEST, PagePattern

pathspec = pytest.importorskip("pathspec", reason="comes with mypy, in requirements/dev.txt")
PART = st.lists(st.sampled_from(["a", "b", "-", "*", "*", "?", "[ab]", "[a-c]", "[]b]", "\\*", "가"]), min_size=1).map(
    "".join
)
PATTERNS = st.lists(st.one_of(PART, st.just("**")), min_size=1, max_size=5).map(lambda parts: "/" + "/".join(parts))
NAMES = st.text(alphabet="ab-c*가", min_size=1, max_size=6)
PATHS = st.lists(NAMES, min_size=1, max_size=6).map(lambda names: "/" + "/".join(names))


@given(PATTERNS, st.sampled_from(["", "/"]), PATHS, st.sampled_from(["", "/"]))
@example("/pricing*", "", "/pricing-2027/annual", "")
@example("/blog/**/buy", "", "/blog/buy", "")
@example("/**/*", "/", "/a", "/")
def test_it_matches_what_git_matches(pattern: str, slash: str, path: str, end: str) -> None:
    pattern, path = pattern + slash, path + end
    expected = pathspec.GitIgnoreSpec.from_lines([pattern]).match_file(path)
    assert PagePattern(pattern).matches(path) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "right"),
    [
        ("/[!a]b", "/cb", True),
        ("/[^a]b", "/ab", False),
        ("/x[!a]y", "/x/y", False),
        ("/[\\]]", "/]", True),
        ("/**", "/", True),
    ],
)
def test_a_set_is_one_character_and_never_a_slash(pattern: str, path: str, right: bool) -> None:
    assert PagePattern(pattern).matches(path) is right


@pytest.mark.parametrize("text", ["pricing", "/a\\", "/[a", "/[", "/[]", "/a[!]b", "/" + "a" * LONGEST])
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text[1:])):
        PagePattern(text)


def steps(work: Callable[[], Any]) -> int:
    """Lines of Python that are executed: as good as time, and the same on a busy machine."""
    count = 0

    def watch(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


SLOW = [
    ("/*-*-*-buy", "-"),
    ("/p/*-*-*.html", "p/" + "-"),
    ("/**/a/**/a/**/b", "a/"),
    ("/*a*a*a*a*a*a*b", "a"),
    ("/**/*a*a/**/*a*a/**/b", "aa/"),
    ("/[a-z]*[a-z]*[a-z]*!", "a"),
    ("/?*?*?*?*!", "a"),
    ("/" + "*a" * 40 + "b", "a"),
    ("/" + "**/a/" * 40 + "b", "a/"),
]


@pytest.mark.parametrize(("pattern", "piece"), SLOW)
def test_av_10_twice_the_path_takes_twice_the_steps(pattern: str, piece: str) -> None:
    compiled = PagePattern(pattern)
    paths = ["/" + piece * (length // len(piece)) for length in (256, 512, 1024)]
    short, middle, long = (steps(lambda path=path: compiled.matches(path)) for path in paths)  # type: ignore[misc]
    assert long <= 2.2 * middle <= 2.2**2 * short + 200
    assert long < 40 * 1024 * 4
