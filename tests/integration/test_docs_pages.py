"""The documents as a whole: what is listed, short enough, and found from README.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.test_docs import DOCUMENTS, FENCE, GUIDES, LINK, ROOT, text_of
from tests.test_repository_rules import our_files
from widget_server.domain.verdict_reasons import REASONS


@pytest.mark.parametrize("name", GUIDES)
def test_every_guide_is_in_the_index(name: str) -> None:
    listed = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in LINK.findall(text_of("docs/README.md"))}
    assert (ROOT / name).resolve() in listed | {ROOT / "docs/README.md"}


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if re.match(r"docs/decisions/[0-9]{4}-", name)])
def test_a_decision_stays_on_one_page(name: str) -> None:
    """What was measured stands in docs/performance-notes.md."""
    assert len(text_of(name).encode()) <= 3072
    assert len(text_of(name).splitlines()) <= 45


def test_the_index_of_decisions_lists_each_record_with_its_title_and_status() -> None:
    records = [name for name in DOCUMENTS if re.match(r"docs/decisions/[0-9]{4}-", name)]
    rows = []
    for name in records:
        header = re.match(r"# ([0-9]+)\. (.+)\n\n- Date: 20[0-9]{2}-[0-9]{2}\n- Status: (.+)\n\n", text_of(name))
        assert header, name
        number, title, status = header.groups()
        assert Path(name).name.startswith(f"{int(number):04}-")
        rows.append((number, title, Path(name).name, status))
    listed = re.findall(
        r"^\| ([0-9]+) \| \[([^\]]+)\]\(([^)]+)\) \| [^|]+ \| (.+) \|$",
        text_of("docs/decisions/README.md"),
        re.MULTILINE,
    )
    assert listed == rows


def clicks_from_the_readme() -> dict[str, int]:
    """How many links lead from README.md to each file."""
    found, new = {"README.md": 0}, ["README.md"]
    while new:
        name = new.pop(0)
        links = LINK.findall(FENCE.sub("", text_of(name))) if name.endswith(".md") else []
        targets = [((ROOT / name).parent / link.partition("#")[0]).resolve() for link in links if ":" not in link]
        near = [str(target.relative_to(ROOT)) for target in targets if target.is_relative_to(ROOT)]
        for target in [target for target in near if target not in found and target in our_files()]:
            found[target] = found[name] + 1
            new.append(target)
    return found


def test_a_stranger_finds_everything_from_the_readme() -> None:
    """The rule of the verdict, the way of an order code, how to add a setting, and the fast check."""
    clicks = clicks_from_the_readme()
    assert clicks["widget_server/domain/rules.py"] <= 2
    assert clicks["docs/architecture.md"] == clicks["CONTRIBUTING.md"] == 1
    assert clicks["widget_server/config/settings.py"] <= 2
    assert "make check" in text_of("README.md")
    assert {name for name in GUIDES if clicks.get(name, 4) > 3} == set()


def test_the_readme_stays_on_one_page() -> None:
    assert len(text_of("README.md").encode()) <= 6144


def test_the_readme_has_the_same_table_of_verdicts_as_its_page() -> None:
    rows = re.findall(r"^\| `.*$", text_of("README.md"), re.MULTILINE)
    assert len(rows) == 8
    kinds = text_of("docs/verdict.md").partition("## Reasons")[0]
    assert rows == re.findall(r"^\| `.*$", kinds, re.MULTILINE)


@pytest.mark.parametrize(("name", "heading"), [("docs/verdict.md", "## Reasons"), ("docs/ko/verdict.md", "## 이유")])
def test_every_reason_is_documented_with_its_verdict_and_no_other(name: str, heading: str) -> None:
    rows = re.findall(r"^\| (`[^|]*) \| `(\w+)` \|", text_of(name).partition(heading)[2], re.MULTILINE)
    listed = {reason: kind for cell, kind in rows for reason in re.findall(r"`(\w+)`", cell)}
    assert listed == {reason: str(facts.kind) for reason, facts in REASONS.items()}


def test_every_file_in_the_diagrams_of_the_architecture_is_there() -> None:
    diagrams = "".join(FENCE.findall(text_of("docs/architecture.md")))
    named = set(re.findall(r"\b(?:[a-z_]+/)+(?:[a-z_]+\.py)?", diagrams)) - {"static/js/src/"}
    assert len(named) > 15
    assert {name for name in named if not (ROOT / "widget_server" / name).exists()} == set()


def test_the_security_page_names_the_tests_that_hold_its_promises_and_stays_short() -> None:
    page = text_of("SECURITY.md")
    assert len(set(re.findall(r"`(tests/[a-z_/]+\.py)`", page))) > 10
    assert len(page.splitlines()) < 120


def test_every_document_that_the_code_names_is_there() -> None:
    decisions = {Path(name).name[:4] for name in DOCUMENTS if name.startswith("docs/decisions/")}
    code = {
        name: text for name, text in our_files().items() if name.startswith(("widget_server/", "deploy/", "tools/"))
    }
    missing = [
        (name, found)
        for name, text in code.items()
        for found in re.findall(r"docs/[\w/-]+(?:\.md)?", text)
        if (found.endswith(".md") and found not in our_files())
        or (found.startswith("docs/decisions/0") and found[15:19] not in decisions)
    ]
    assert missing == []
