"""The page rule that the playground offers is read back as exactly what was chosen, for exactly that page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from widget_server.adapters.page_rules import load_page_rules
from widget_server.domain.display_options import LOCALES, MODES, THEMES, PageRule
from widget_server.services import snippet

ADDRESSES = st.one_of(st.text(max_size=60), st.text(alphabet="/*?[]!#\\ \"'.-a1가", max_size=20).map("/".__add__))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the file is written anew each time
@given(ADDRESSES, st.sampled_from(MODES), st.sampled_from(LOCALES), st.sampled_from(THEMES))
def test_a_copied_rule_does_what_was_chosen(tmp_path: Path, address: str, mode: str, locale: str, theme: str) -> None:
    path = snippet.page_path(address)
    file = tmp_path / "pages.toml"
    file.write_text(snippet.rule_toml(snippet.Page(path, PageRule(), mode, locale, theme)), "utf-8")
    mobile = "auto" if mode == "auto" else "redirect"
    assert load_page_rules(file).find(path) == PageRule(mode, mobile, locale, theme)
    if path != "/":
        assert load_page_rules(file).find("/elsewhere/" + "x" * 70) == PageRule()


def test_without_a_choice_the_rule_of_the_page_is_copied() -> None:
    rule = PageRule("tab", "popup", "en", "dark")
    copied = snippet.rule_toml(snippet.Page("/pricing", rule))
    assert copied.splitlines()[2:] == [
        'mode = "tab"', 'mode_mobile = "popup"', 'locale = "en"', 'theme = "dark"'
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/pricing", "/pricing"),
        ("pricing", "/pricing"),
        ("https://shop.kr/pricing?a=1#b", "/pricing"),
        ("/가격", "/%EA%B0%80%EA%B2%A9"),
        ("/%EA%B0%80", "/%EA%B0%80"),
        ("/a b", "/a%20b"),
        ("//shop.kr", "/"),
        ("https://[", "/"),
        ("\ud800", "/%3F"),
        ("", "/"),
    ],
)
def test_a_path_is_what_the_browser_sends_the_server(address: str, path: str) -> None:
    assert snippet.page_path(address) == path
