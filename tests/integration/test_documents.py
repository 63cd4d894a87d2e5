"""The documents of a running server: its own address and tag everywhere, and no link that leads nowhere."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import urljoin, urlsplit

import pytest

from tests.support.app_fixture import API_KEY, PUBLIC, TOKEN, World
from tests.test_repository_rules import ROOT
from widget_server.services.snippet import csp, tag
from widget_server.web.assets import widget
from widget_server.web.documents import document, replacements, served_names

BELOW = "https://other.example/pay/now"
NAMES = sorted(served_names())
LINK = re.compile(r"(?:```.*?```|`[^`\n]+`)|\[[^\]]*\]\(([^)\s]+)\)", re.DOTALL)
NOT_SERVED = {
    *("README.md", "architecture.md", "commands.md", "deploy-small-shop.md", "durability.md", "glossary.md"),
    "performance-notes.md",
}
"""For operators and maintainers."""
FOR_OPERATORS = {
    *("ko/admin.md", "ko/alerts.md", "ko/deploy.md", "ko/deploy-small-shop.md"),
    *("ko/durability.md", "ko/metrics.md", "ko/sub-path.md"),
}


@pytest.mark.parametrize("name", ["llms.txt", *NAMES])
@pytest.mark.parametrize("public_url", [PUBLIC, BELOW])
def test_no_placeholder_is_left(name: str, public_url: str) -> None:
    text = document(name, replacements(public_url, widget(public_url)))
    assert re.findall(r"(?<!admin\.)pay\.shop\.kr|widget-….js|sha384-…|widget-8f2c1d0e9b7a6543", text) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_something_that_is_served(world: World, name: str) -> None:
    text = world.client.get(f"/docs/{name}").text
    links = [link for link in LINK.findall(text) if name.endswith(".md") and link and not link.startswith("#")]
    for link in links:
        address = urljoin(f"{PUBLIC}/docs/{name}", link)
        assert not address.startswith(PUBLIC) or world.client.get(urlsplit(address).path).status_code == 200, link


def test_every_link_of_the_index_leads_to_something_that_is_served(world: World) -> None:
    index = world.client.get("/llms.txt")
    links = LINK.findall(index.text)
    own = [urlsplit(link).path for link in links if link]
    assert all(link.startswith(f"{PUBLIC}/") for link in links if link)
    assert {f"/docs/{name}" for name in NAMES} <= set(own)
    assert {path: world.client.get(path).status_code for path in own} == dict.fromkeys(own, 200)


def test_the_index_has_the_form_of_llmstxt_org(world: World) -> None:
    title, quote, *_rest = world.client.get("/llms.txt").text.split("\n\n")
    assert title.startswith("# ")
    assert quote.startswith("> ")
    sections = re.split(r"^## .+$", world.client.get("/llms.txt").text, flags=re.MULTILINE)[1:]
    lines = [line for section in sections for line in section.splitlines() if line]
    assert [line for line in lines if not re.fullmatch(r"- \[[^\]]+\]\(\S+\): \S.*", line)] == []


def test_the_tag_is_the_one_of_this_server(world: World) -> None:
    own = tag(PUBLIC, widget(PUBLIC))
    assert all(own in world.client.get(path).text for path in ("/llms.txt", "/docs/quick-start.md"))
    assert own.partition(" data-")[0] in world.client.get("/docs/recipes/static-page.md").text


def test_below_a_path_the_policy_ends_with_a_slash() -> None:
    filled = replacements(BELOW, widget(BELOW))
    sources = csp(BELOW, framed=True, plain_http=False)
    assert f"script-src {sources['script-src']};" in document("widget/csp.md", filled)
    assert f'"connect-src": "{sources["connect-src"]}"' in document("widget/tag.md", filled)
    assert f"{BELOW}/docs/quick-start.md" in document("llms.txt", filled)


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/llms.txt", "text/plain; charset=utf-8"),
        ("/docs/ko/quick-start.md", "text/markdown; charset=utf-8"),
        ("/docs/examples/fulfill_once.py", "text/plain; charset=utf-8"),
    ],
)
def test_a_document_is_kept_and_compressed_like_a_file(world: World, path: str, content_type: str) -> None:
    answer = world.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept-Encoding" in answer.headers["Vary"]
    again = world.client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "name",
    [
        "architecture.md",
        "decisions/README.md",
        "operations/deploy.md",
        "../setup.cfg",
        "%2e%2e/setup.cfg",
        "ko",
        "",
        "/",
    ],
)
def test_nothing_else_is_served(world: World, name: str) -> None:
    assert world.client.get(f"/docs/{name}").status_code in {301, 308, 404}
    assert "[metadata]" not in world.client.get(f"/docs/{name}").text


def test_no_secret_of_the_server_is_in_a_document(world: World) -> None:
    texts = [world.client.get(path).text for path in ("/llms.txt", *(f"/docs/{name}" for name in NAMES))]
    secrets = [TOKEN, API_KEY, str(world.settings.database_url)]
    assert [secret for secret in secrets for text in texts if secret in text] == []


def test_every_page_for_shop_developers_is_served() -> None:
    """A new page of these folders gets a line in `docs/llms.txt`."""
    docs = ROOT / "docs"
    pages = {
        path.relative_to(docs).as_posix()
        for folder in ("", "widget", "recipes", "ko", "ko/recipes")
        for path in (docs / folder).glob("*.md")
    }
    assert pages - NOT_SERVED - FOR_OPERATORS == {name for name in NAMES if posixpath.splitext(name)[1] == ".md"}
