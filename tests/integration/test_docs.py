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
from widget_server.extension.configuration import OWN_NAMES

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(name for name in our_files() if name.endswith(".md"))
GUIDES = [name for name in DOCUMENTS if name.startswith("docs/") and "/decisions/" not in name]
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


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_names_its_actors_and_has_one_word_for_one_thing(name: str) -> None:
    assert [match[0] for match in UNCLEAR.finditer(current(name))] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_setting_that_is_named_exists(name: str) -> None:
    settings = {*NAMES, *OWN_NAMES}
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
    line = re.search(r"^Parts: (.*?)\.", text_of("docs/widget/texts-and-theme.md"), re.MULTILINE | re.DOTALL)
    assert line
    for part in re.findall(r"`(\w+)`", line[1]):
        assert re.search(rf"(el\('\w+', '|show\(\s*'|way\(')({part})\b", widget_source()), part


@pytest.mark.parametrize("page", ["recipes/rehearse", "ko/rehearse", "troubleshooting", "ko/troubleshooting"])
def test_a_korean_label_that_a_page_quotes_is_on_a_screen(page: str) -> None:
    product = "".join(
        text
        for name, text in our_files().items()
        if name.startswith(("widget_server/", "templates/", "static/js/src/"))
    )
    quoted = re.findall(r"[\"‘]([^\"’\n]+)[\"’]", FENCE.sub("", text_of(f"docs/{page}.md")))
    assert [label for label in quoted if re.search("[가-힣]", label) and label not in product] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_is_named_exists(name: str) -> None:
    for words in re.findall(r"widget-server ([a-z]+(?:-[a-z]+)*)((?: --[a-z-]+)*)", current(name)):
        command = main.commands.get(words[0])
        assert command, words[0]
        options = {option for parameter in command.load().params for option in parameter.opts}
        assert set(words[1].split()) <= options


@pytest.mark.parametrize("name", DOCUMENTS)
def test_sc_01_every_script_tag_to_paste_carries_integrity(name: str) -> None:
    """Tags without an address are a page's own script."""
    blocks = "".join(re.findall(r"```html\n(.*?)```", text_of(name), re.DOTALL))
    for tag in ScriptTags(blocks).found:
        assert "src" not in tag or {"integrity", "crossorigin", "data-steppay-checkout"} <= tag.keys(), tag


@pytest.mark.parametrize("name", GUIDES)
def test_every_attribute_that_is_named_is_read(name: str) -> None:
    options = {"data-mode", "data-container", "data-locale", "data-theme", "data-success-url", "data-orders-url"}
    read = {"data-steppay-checkout", "data-steppay-order"} | options
    read |= {"data-steppay-offer", "data-name", "data-email", "data-phone", "data-quantity"}
    assert set(re.findall(r"data-[a-z-]*[a-z]", text_of(name))) <= read
