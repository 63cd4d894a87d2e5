"""`widget-server snippet`: what an operator pastes is exact, and pinned to what the server serves."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.app_fixture import PUBLIC, TOKEN, World, environment
from tests.support.offer_scenarios import write_offers
from widget_server.cli import main
from widget_server.domain.display_options import PageRule
from widget_server.services import snippet

ROOT = Path(__file__).resolve().parents[2]
RULES = """\
[default]
mode = "tab"
[[page]]
path = "/pricing"
mode = "iframe"
mode_mobile = "redirect"
"""
Snippet = Callable[..., list[str]]
DOCUMENTS = ("README.md", "docs/quick-start.md", "docs/ko/quick-start.md")


class ScriptTags(HTMLParser):
    """The attributes of each script tag in a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.found.append(dict(attrs))


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snippet:
    """Runs `snippet` with page rules; gives its lines."""
    monkeypatch.chdir(tmp_path)  # no .env file of a developer
    rules = tmp_path / "pages.toml"
    rules.write_text(RULES, "utf-8")
    env = environment("http://127.0.0.1:9", tmp_path / "widget.db") | {"WIDGET_PAGE_RULES_FILE": str(rules)}
    env["WIDGET_OFFERS_FILE"] = str(write_offers(tmp_path))

    def run(*arguments: str) -> list[str]:
        result = CliRunner().invoke(main, ["snippet", *arguments], env=env)
        assert result.exit_code == 0, result.output
        assert TOKEN not in result.output
        return result.output.splitlines()

    return run


def test_sc_01_the_printed_tag_names_the_served_bytes_and_their_hash(world: World, lines: Snippet) -> None:
    (tag,) = ScriptTags(lines()[0]).found
    assert re.fullmatch(re.escape(PUBLIC) + r"/v1/widget-[0-9a-f]{16}\.js", tag["src"] or "")
    answer = world.client.get((tag["src"] or "").removeprefix(PUBLIC), headers={"Origin": "https://shop.test"})
    assert answer.status_code == 200
    assert tag["integrity"] == "sha384-" + base64.b64encode(hashlib.sha384(answer.data).digest()).decode()
    assert tag["crossorigin"] == "anonymous"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "immutable" in answer.headers["Cache-Control"]
    assert {"defer", "data-steppay-checkout"} <= tag.keys()
    assert "data-mode" not in tag


def test_the_evergreen_tag_has_no_hash_that_an_upgrade_would_break(lines: Snippet) -> None:
    (tag,) = ScriptTags(lines("--evergreen")[0]).found
    assert tag == {"defer": None, "src": f"{PUBLIC}/v1/widget.js", "data-steppay-checkout": None}


@pytest.mark.parametrize(
    ("arguments", "mode", "framed"),
    [
        (("--page", "/pricing"), "Mode on /pricing: iframe (on phones redirect), from the page rules", True),
        (("--page", "https://shop.test/pricing?a=1"), "Mode on /pricing: iframe (on phones redirect)", True),
        (("--page", "about"), "Mode on /about: tab (on phones redirect), from the page rules", False),
        ((), "Mode on /: tab (on phones redirect), from the page rules", False),
        (("--page", "/pricing", "--mode", "popup"), "Mode on /pricing: popup, from data-mode in the tag", False),
        (("--mode", "auto"), "Mode on /: auto, from data-mode in the tag", True),
    ],
)
def test_the_mode_of_the_page_and_its_policy_are_printed(
    lines: Snippet, arguments: tuple[str, ...], mode: str, framed: bool
) -> None:
    printed = lines(*arguments)
    assert [line for line in printed if line.startswith(mode)]
    policy = [line.strip() for line in printed if line.startswith("  ")]
    assert policy[:2] == [f"script-src {PUBLIC};", f"connect-src {PUBLIC};"]
    assert bool(policy[2:]) is framed
    assert all(line.startswith("frame-src ") for line in policy[2:])
    assert "unsafe" not in "".join(policy)


def test_a_wished_mode_is_written_into_the_tag(lines: Snippet) -> None:
    (tag,) = ScriptTags(lines("--mode", "tab")[0]).found
    assert tag["data-mode"] == "tab"


@pytest.mark.parametrize(
    ("arguments", "choice"),
    [((), "This tag is pinned: it loads this exact file for ever"), (("--evergreen",), "This tag is evergreen: it")],
)
def test_the_choice_of_a_tag_is_explained_in_one_sentence(
    lines: Snippet, arguments: tuple[str, ...], choice: str
) -> None:
    (sentence,) = [line for line in lines(*arguments) if line.startswith("This tag is ")]
    assert sentence.startswith(choice)
    assert all(word in sentence for word in ("--evergreen", f"{PUBLIC}/v1/tag your server or build fetches"))


@pytest.mark.parametrize(
    ("evergreen", "released", "said"), [(False, False, True), (False, True, False), (True, False, False)]
)
def test_a_widget_between_two_releases_is_named_where_a_tag_pins_it(
    evergreen: bool, released: bool, said: bool
) -> None:
    page = snippet.Page("/", PageRule())
    notes = snippet.notes(PUBLIC, page, evergreen=evergreen, released=released)
    assert any("of no release" in line for line in notes) is said


def test_a_tag_of_no_kept_build_gets_404_that_no_cache_keeps_and_the_plain_link_pays(world: World) -> None:
    old = world.client.get("/v1/widget-0123456789abcdef.js")
    assert (old.status_code, old.headers["Cache-Control"]) == (404, "no-store")
    assert world.client.get("/v1/pay/order_plainlink").status_code == 302


@pytest.mark.parametrize("name", DOCUMENTS)
def test_sc_01_the_documents_show_no_tag_without_integrity(name: str) -> None:
    tags = ScriptTags((ROOT / name).read_text("utf-8")).found
    assert tags
    for tag in tags:
        assert {"integrity", "crossorigin", "data-steppay-checkout"} <= tag.keys(), tag
        assert "/v1/widget-" in (tag["src"] or "")


def test_an_offer_has_its_button_and_an_unknown_one_is_named(lines: Snippet) -> None:
    assert '<button type="button" data-steppay-offer="beans">결제하기</button>' in lines("--offer", "beans")
    with pytest.raises(AssertionError, match="has no offer tea; it has beans, trial, changed, gone"):
        lines("--offer", "tea")
