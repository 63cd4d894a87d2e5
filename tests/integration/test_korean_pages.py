"""Each Korean page says what its English page says: a page that changes in one language only is found here."""

from __future__ import annotations

import posixpath
import re

import pytest

from tests.integration.test_docs import FENCE, GUIDES, LINK, text_of

KOREAN = [name for name in GUIDES if name.startswith("docs/ko/")]
INDEX = "docs/ko/README.md"
"""Written for Korean readers: its order is its own."""
ENGLISH_ONLY = {
    "docs/README.md": "docs/ko/README.md is the index in Korean",
    "docs/architecture.md": "for maintainers",
    "docs/commands.md": "for maintainers",
    "docs/performance-notes.md": "for maintainers",
    "docs/maintainers/": "for maintainers",
    "docs/security/": "for auditors, who read it with the code",
}
"""Pages without a Korean one, and why."""


def english(korean: str) -> str:
    """The page that the second paragraph of a Korean page links to."""
    link = re.search(r"^\[English\]\(([^)]+)\)\.", text_of(korean), re.MULTILINE)
    assert link, f"{korean} must begin with [English](…)."
    return posixpath.normpath(posixpath.join(posixpath.dirname(korean), link[1]))


def headings(name: str) -> list[str]:
    return re.findall(r"^#+(?= )", FENCE.sub("", text_of(name)), re.MULTILINE)


def samples(name: str) -> list[str]:
    """The blocks to copy, without what a translation may say in its own words: placeholders, notes of a command."""
    free = re.compile(r"(?<==)<[^<>\n]*>$|(?<=[\w\".])   # .*$", re.MULTILINE)
    return [free.sub("", block) for block in FENCE.findall(text_of(name))]


def words(text: str) -> set[str]:
    """What stands in `code` marks; a placeholder's words are free."""
    return {re.sub(r"<[^>]*>", "<>", " ".join(code.split())) for code in re.findall(r"`([^`]+)`", text)}


def rows(name: str) -> list[set[str]]:
    """The `code` of the first cell of each line of a table."""
    lines = [line for line in FENCE.sub("", text_of(name)).splitlines() if line.startswith("|")]
    return [words(line.split("|")[1]) for line in lines]


@pytest.mark.parametrize("korean", [name for name in KOREAN if name != INDEX])
def test_a_korean_page_says_what_the_english_one_says(korean: str) -> None:
    """Headings, samples, lines of tables, and each name of a setting, command or member. A sample that is made
    stricter in English must not stay lax in Korean."""
    page = english(korean)
    assert headings(korean) == headings(page)
    assert samples(korean) == samples(page)
    assert rows(korean) == rows(page)
    assert words(FENCE.sub("", text_of(page))) - words(FENCE.sub("", text_of(korean))) == set()


@pytest.mark.parametrize("page", ["settings", "errors"])
def test_a_korean_row_has_the_names_and_numbers_of_the_english_row(page: str) -> None:
    """The two tables have the same lines in the same order."""
    both = [re.findall(r"^\| `.*$", text_of(name), re.MULTILINE) for name in (f"docs/{page}.md", f"docs/ko/{page}.md")]
    for there, here in zip(*both, strict=True):
        assert words(there) - words(here) == set(), here
        assert set(re.findall(r"\d+", there)) - set(re.findall(r"\d+", here)) == set(), here


def test_every_other_page_is_there_in_korean() -> None:
    expected = {name for name in GUIDES if not name.startswith(("docs/ko/", *ENGLISH_ONLY))}
    assert {english(name) for name in KOREAN if name != INDEX} == expected


@pytest.mark.parametrize("index", ["docs/README.md", INDEX])
def test_an_index_lists_every_korean_page(index: str) -> None:
    folder = posixpath.dirname(index)
    listed = {
        posixpath.normpath(posixpath.join(folder, link.partition("#")[0])) for link in LINK.findall(text_of(index))
    }
    assert set(KOREAN) - listed - {INDEX} == set()
