"""Page rules: the first entry that matches wins, paths match as in `.gitignore`, every mistake is named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from widget_server.adapters.page_rules import load_page_rules
from widget_server.domain.display_options import PageRule
from widget_server.errors import ConfigurationError

RULES = """\
[default]
mode = "tab"
theme = "dark"

[[page]]
path = "/pricing/enterprise"
mode = "redirect"

[[page]]
path = "/pricing*"
mode = "iframe"
mode_mobile = "popup"

[[page]]
path = "/blog/**/buy"
locale = "en"

[[page]]
path = "/shop/"
mode = "auto"
"""


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    file = tmp_path / "pages.toml"
    file.write_text(RULES, "utf-8")
    return file


@pytest.mark.parametrize(
    ("path", "mode", "locale"),
    [
        ("/", "tab", "auto"),
        ("/pricing", "iframe", "auto"),
        ("/pricing-2027", "iframe", "auto"),
        ("/pricing/annual", "iframe", "auto"),
        ("/pricing/enterprise", "redirect", "auto"),
        ("/old/pricing", "tab", "auto"),
        ("/blog/buy", "tab", "en"),
        ("/blog/2026/11/buy", "tab", "en"),
        ("/blog/2026/11/bought", "tab", "auto"),
        ("/shop/coffee", "auto", "auto"),
        ("/shopping", "tab", "auto"),
        ("/가격", "tab", "auto"),
        ("/../../etc/passwd", "tab", "auto"),
        ("//pricing", "tab", "auto"),
        ("/" + "a/" * 400, "tab", "auto"),
        ("/\x00", "tab", "auto"),
    ],
)
def test_the_first_matching_entry_wins(rules_file: Path, path: str, mode: str, locale: str) -> None:
    rule = load_page_rules(rules_file).find(path)
    assert (rule.mode, rule.locale) == (mode, locale)


def test_an_entry_keeps_the_default_for_what_it_does_not_say(rules_file: Path) -> None:
    assert load_page_rules(rules_file).find("/pricing") == PageRule("iframe", "popup", "auto", "dark")


def test_without_a_file_every_page_redirects() -> None:
    assert load_page_rules(None).find("/anything") == PageRule("redirect", "redirect", "auto", "auto")


@pytest.mark.parametrize("pattern", ["/", "/*", "/**"])
def test_the_home_page_can_have_a_rule(tmp_path: Path, pattern: str) -> None:
    file = tmp_path / "pages.toml"
    file.write_text(f"[[page]]\npath = '{pattern}'\nmode = 'tab'\n", "utf-8")
    assert load_page_rules(file).find("/").mode == "tab"
    assert load_page_rules(file).find("/deep").mode == ("redirect" if pattern == "/" else "tab")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("mode = ", ["readable TOML"]),
        ("[default]\nmode = 'side'\ntheme = 'x'\n", ["mode must be one of", ", not 'side'", "theme must", ", not 'x'"]),
        ("[default]\nmode = 1\n", ["[default] mode must"]),
        ("[default]\nmode = ['tab']\n", ["[default] mode must"]),
        ("[default]\nmood = 'canary'\n", ["unknown setting 'mood'", "known: mode, "]),
        (f"[default]\nmode = '{'x' * 99}'\n", ["x..."]),
        ("[[page]]\nmode = 'tab'\n", ["number 1 needs a path"]),
        ("[[page]]\npath = 'canary'\n[[page]]\npath = 7\n", ["number 1 needs a path", "number 2 needs a path"]),
        ("[[page]]\npath = '/canary'\nmode = 'popup!'\n", ["number 1 mode must"]),
        ("[[page]]\npath = '/canary\\'\n", ["number 1 path is not a pattern"]),
        ("default = 'canary'\n", ["nothing else"]),
        ("page = 'canary'\n", ["nothing else"]),
        ("page = ['canary']\n", ["nothing else"]),
        ("[page]\npath = '/canary'\n", ["nothing else"]),
        ("[defaults]\nmode = 'tab'\n", ["nothing else"]),
    ],
)
def test_every_mistake_is_named_and_only_what_chooses_is_repeated(
    tmp_path: Path, content: str, words: list[str]
) -> None:
    file = tmp_path / "pages.toml"
    file.write_text(content, "utf-8")
    with pytest.raises(ConfigurationError) as fault:
        load_page_rules(file)
    for word in words:
        assert word in str(fault.value)
    assert "canary" not in str(fault.value)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pages.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        load_page_rules(file)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "pages.toml"
    file.write_bytes(b"\xef\xbb\xbf[default]\r\nmode = 'tab'\r\n")
    assert load_page_rules(file).find("/").mode == "tab"
