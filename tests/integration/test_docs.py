"""The documents name nothing that does not exist: links, settings, routes, events, commands, texts, attributes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.integration.test_snippet import ScriptTags
from tests.support.app_fixture import World
from tests.test_repository_rules import our_files
from widget_server.cli import main
from widget_server.config.reading import NAMES
from widget_server.domain.verdict_reasons import REASONS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(name for name in our_files() if name.endswith(".md"))
GUIDES = [name for name in DOCUMENTS if name.startswith("docs/") and "/decisions/" not in name]
TRANSLATED = {
    f"docs/ko/{page.rpartition('/')[2]}": f"docs/{page}"
    for page in (
        *("quick-start.md", "recipes/rehearse.md", "widget/modes.md", "troubleshooting.md"),
        *("verdict.md", "backend.md", "deliveries.md", "merchant-api.md"),
        *("operations/small-shop.md", "operations/admin.md"),
    )
}
"""The English page of each Korean one."""
NOT_OURS = {"STEPPAY_BASE_URL"}
"""An attack of the table tries it."""
FOLDERS = ("bench", "deploy", "docs", "static", "templates", "tests", "tools", "widget_server")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
ROUTE = re.compile(r"/(?:v1/[a-z]+|docs|playground|healthz|readyz|openapi\.json|\.well-known/[a-z.]+)")
UNCLEAR = re.compile(
    r"\b(nobody|somebody|someone|whoever|anybody|anyone|lull|journeys?|(?:is|are|be|was) told|beside it|ways? back|"
    r"for the eyes|fulfils?|colours?|behaviours?|catalogue|centre|honoured|licence|re-checks?|operator's page)\b",
    re.IGNORECASE,
)
"""Actors without a name, private words, British spelling, and second words for one thing (docs/glossary.md)."""
FENCE = re.compile(r"```.*?```", re.DOTALL)


@cache
def text_of(name: str) -> str:
    return our_files()[name]


@cache
def widget_source() -> str:
    return "".join(text for name, text in our_files().items() if name.startswith("static/js/src/"))


def current(name: str) -> str:
    """The text without the old names of the changelog's tables of renames."""
    return re.sub(r"^\|[^|]*\|", "|", text_of(name), flags=re.MULTILINE) if name == "CHANGELOG.md" else text_of(name)


def anchors(name: str) -> set[str]:
    """The fragments of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(name)), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_relative_link_leads_somewhere(name: str) -> None:
    for link in LINK.findall(FENCE.sub("", text_of(name))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), link
        if fragment:
            assert fragment in anchors(str(target.resolve().relative_to(ROOT))), link


def headings(name: str) -> list[str]:
    return re.findall(r"^#+(?= )", FENCE.sub("", text_of(name)), re.MULTILINE)


def samples(name: str) -> list[str]:
    """The blocks to copy, without what a translation may say in its own words: placeholders, notes of a command."""
    free = re.compile(r"(?<==)<[^<>\n]*>$|(?<=[\w\"])   # .*$", re.MULTILINE)
    return [free.sub("", block) for block in FENCE.findall(text_of(name))]


@pytest.mark.parametrize(("korean", "english"), TRANSLATED.items())
def test_a_korean_page_has_the_headings_and_the_samples_of_the_english_one(korean: str, english: str) -> None:
    """A sample that is made stricter in English must not stay lax in Korean."""
    assert headings(korean) == headings(english)
    assert samples(korean) == samples(english)
    assert f"[English](../{english.removeprefix('docs/')})" in text_of(korean)


def test_every_page_for_merchants_is_there_in_korean() -> None:
    assert set(TRANSLATED) == {name for name in DOCUMENTS if name.startswith("docs/ko/")}
    listed = re.findall(r"\(([^)]+)\)[^|]*\| \[[^\]]*\]\((ko/[^)]+)\) \|$", text_of("docs/README.md"), re.MULTILINE)
    assert {name for _, name in listed} == {name.removeprefix("docs/") for name in TRANSLATED}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_names_its_actors_and_has_one_word_for_one_thing(name: str) -> None:
    assert [match[0] for match in UNCLEAR.finditer(current(name))] == []


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


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_setting_that_is_named_exists(name: str) -> None:
    settings = set(NAMES)
    named = set(re.findall(r"\b(?:WIDGET|STEPPAY)_[A-Z_]+[A-Z0-9]\b", current(name))) - NOT_OURS
    assert named - settings == set()


@pytest.mark.parametrize("name", [*GUIDES, "README.md", "SECURITY.md"])
def test_every_route_that_is_named_exists(world: World, name: str) -> None:
    rules = [rule.rule for rule in world.app.url_map.iter_rules()]
    named = set(re.findall(rf"(?<=[`\s\"(])(?:https://pay\.shop\.kr)?({ROUTE.pattern})\b", text_of(name)))
    assert {route for route in named if not any(rule.startswith(route) for rule in rules)} == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_of_ours_that_is_named_is_there(name: str) -> None:
    named = set(re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*(?:\.\w+|/))`", text_of(name)))
    assert {file for file in named if not (ROOT / file).exists()} == set()


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if "/decisions/" not in name])
def test_every_source_file_that_is_named_by_its_end_is_there(name: str) -> None:
    """`store/ledger.py` is one of widget_server/adapters/store/. A decision may name what later ones removed."""
    named = set(re.findall(r"`([\w-]+(?:/[\w-]+)*\.(?:py|mjs|sh|html))`", text_of(name)))
    assert {file for file in named if not any(f"/{path}".endswith(f"/{file}") for path in our_files())} == set()


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


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_event_that_is_named_is_fired(name: str) -> None:
    named = set(re.findall(r"steppay:([a-z]+)", text_of(name))) - {"pending"}  # also the name of a store: fired too
    assert {event for event in named if not re.search(rf"_emit\('{event}'", widget_source())} == set()


def test_every_event_of_the_types_is_documented() -> None:
    events = set(re.findall(r"'(steppay:[a-z]+)':", text_of("static/js/widget.d.ts")))
    assert events == set(re.findall(r"^\| `(steppay:[a-z]+)`", text_of("docs/widget/events.md"), re.MULTILINE))


def test_every_text_key_of_the_types_is_documented_and_no_other() -> None:
    types = text_of("static/js/widget.d.ts")
    keys = set(re.findall(r"\| '(\w+)'", types[types.index("export type TextKey") :].split(";", 1)[0]))
    keys |= set(re.findall(r"\| '(\w+)'", types[types.index("export type VerdictName") :].split(";", 1)[0])) - {
        "pending"
    }
    table = text_of("docs/widget/texts-and-theme.md").partition("## Locale")[0]
    cells = {key for row in re.findall(r"^\|([^|]+)\|", table, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    assert cells == keys


def test_every_part_that_is_named_exists() -> None:
    line = re.search(r"^Parts: (.*?)\.", text_of("docs/widget/texts-and-theme.md"), re.MULTILINE)
    assert line
    for part in re.findall(r"`(\w+)`", line[1]):
        assert re.search(rf"(el\('\w+', '|show\(\s*')({part})\b", widget_source()), part


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_is_named_exists(name: str) -> None:
    for words in re.findall(r"widget-server ([a-z]+(?:-[a-z]+)*)((?: --[a-z-]+)*)", current(name)):
        command = main.commands.get(words[0])
        assert command, words[0]
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(words[1].split()) <= options


@pytest.mark.parametrize("name", DOCUMENTS)
def test_sc_01_every_script_tag_to_paste_carries_integrity(name: str) -> None:
    """Tags without an address are a page's own script."""
    blocks = "".join(re.findall(r"```html\n(.*?)```", text_of(name), re.DOTALL))
    for tag in ScriptTags(blocks).found:
        assert "src" not in tag or {"integrity", "crossorigin", "data-steppay-checkout"} <= tag.keys(), tag


@pytest.mark.parametrize("name", GUIDES)
def test_every_attribute_that_is_named_is_read(name: str) -> None:
    read = {"data-steppay-checkout", "data-steppay-order", "data-mode", "data-container", "data-locale", "data-theme"}
    assert set(re.findall(r"data-[a-z-]*[a-z]", text_of(name))) <= read
