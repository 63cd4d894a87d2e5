"""The documents as a site: what `make docs` builds is whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.docs_site.__main__ import build
from tools.docs_site.links import broken_links, outside_files
from tools.docs_site.pages import HOMES, ROOT, moved, places

KNOWN = {"docs/a.md": "a.md", "docs/deep/b.md": "deep/b.md", "docs/deep/c.webp": "deep/c.webp", "README.md": "index.md"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("documents") / "site"
    build(target)
    return target


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    assert broken_links(site) == []


def test_a_reader_asks_no_other_host(site: Path) -> None:
    assert outside_files(site) == []


def test_korean_words_stay_whole(site: Path) -> None:
    assert "keep-all" in (site / "site.css").read_text("utf-8")
    assert 'site.css"' in (site / "ko/quick-start/index.html").read_text("utf-8")


@pytest.mark.parametrize(("page", "lang", "search"), [("ko/offers", "ko", "검색"), ("offers", "en", "Search")])
def test_a_page_has_the_search_and_the_buttons_of_its_language(site: Path, page: str, lang: str, search: str) -> None:
    html = (site / page / "index.html").read_text("utf-8")
    assert f'<html lang="{lang}"' in html
    assert f'aria-label="{search}"' in html


def test_every_route_setting_and_error_is_in_the_reference(site: Path) -> None:
    assert "upstream_timeout" in (site / "errors/index.html").read_text("utf-8")
    assert "/v1/verify" in (site / "reference/api/index.html").read_text("utf-8")
    assert "STEPPAY_SECRET_TOKEN" in (site / "settings/index.html").read_text("utf-8")


def test_every_guide_is_in_the_navigation() -> None:
    listed = set(re.findall(r'= "([^"]+[.]md)"', (ROOT / "tools/docs_site/zensical.toml").read_text("utf-8")))
    guides = {place for name, place in places().items() if name.endswith(".md") and "/decisions/" not in name}
    assert guides - listed == set()


@pytest.mark.parametrize(
    ("name", "written", "there"),
    [
        ("docs/deep/b.md", "[x](../a.md#y)", "[x](../a.md#y)"),
        ("docs/a.md", "[x](../README.md)", "[x](index.md)"),
        ("README.md", "[x](docs/deep/b.md)", "[x](deep/b.md)"),
        ("README.md", "[the code](widget_server/app.py)", "the code (`widget_server/app.py`)"),
        ("README.md", '<img src="docs/deep/c.webp">', '<img src="deep/c.webp">'),
        ("README.md", "[x](https://example.com/)", "[x](https://example.com/)"),
        ("README.md", "```md\n[x](docs/a.md)\n```", "```md\n[x](docs/a.md)\n```"),
    ],
)
def test_a_link_leads_to_the_same_document_from_the_site(name: str, written: str, there: str) -> None:
    assert moved(written, name, KNOWN) == there


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="b.html">b</a> <a href="#no">c</a> <p id="yes"><a href="#yes">d</a>')
    assert broken_links(tmp_path) == ["a.html -> #no", "a.html -> b.html"]


def test_documents_with_a_home_of_their_own_exist() -> None:
    assert [name for name in HOMES if not (ROOT / name).is_file()] == []
