"""Each kept build of the widget, loaded by the tag that a page pinned, sells against today's API (docs/decisions/0063).

A change of the API that breaks a released build fails here: old pages do not change.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request

from tests.browser.engines import Page
from tests.browser.hostile import LISTEN_PATH, PAGE, HostileSite, hostile_site, reports, violations
from tests.browser.shopper import MODES, choose, pay_page, wait_for
from widget_server.domain.subresource_integrity import versioned_path
from widget_server.services import snippet
from widget_server.web.assets import filled
from widget_server.web.builds import Build, builds_dir, read_manifest

KEPT = [build for build in read_manifest(builds_dir()) if not build.withdrawn]
CELLS = [
    *itertools.product(["chromium"], MODES, KEPT),
    *itertools.product(["firefox"], ["tab"], KEPT[-1:]),
    *itertools.product(["webkit"], ["iframe"], KEPT[-1:]),
]
"""What breaks a build is the API, which knows no engine: the other engines show that they run it."""


def pinned(site: HostileSite, build: Build) -> bytes:
    return filled((builds_dir() / build.file).read_bytes(), site.settings.public_url)


def shop_of_old_tags(site: HostileSite) -> Flask:
    app = Flask("old_tags", static_folder=None)
    builds = {build.version: build for build in KEPT}

    @app.get("/")
    def page() -> tuple[str, dict[str, str]]:
        server, wishes = site.settings.public_url, request.args
        tag = snippet.tag(server, pinned(site, builds[wishes["build"]]))
        html = PAGE.format(server=server, listen=LISTEN_PATH, tag=tag, order=wishes["order"], mode=wishes["mode"])
        own = ("default-src 'none'", "style-src 'self'", "img-src 'self'")
        policy = (*own, *snippet.csp_directives(server, framed=True, plain_http=True))
        return html, {"Content-Security-Policy": "; ".join(policy)}

    app.add_url_rule("/shop.css", "style", lambda: ("", {"Content-Type": "text/css"}))
    app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    return app


@pytest.fixture(scope="module")
def old_tags(free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileSite]:
    ports = (free_port(), free_port(), free_port())
    with hostile_site(ports, tmp_path_factory.mktemp("site"), shop_of_old_tags) as site:
        yield site


@pytest.mark.parametrize(("engine_name", "mode", "build"), CELLS, ids=lambda value: getattr(value, "version", value))
def test_a_page_with_the_tag_of_a_kept_build_still_sells(
    old_tags: HostileSite, page: Page, mode: str, build: Build
) -> None:
    old_tags.coop.update({"return"} if mode == "tab" else ())  # no window speaks to another: the poll alone tells
    expected = []
    for outcome in ("canceled", "paid"):
        order = old_tags.unpaid_order().code
        page.goto(old_tags.page(order, mode, build=build.version))
        wait_for(page, lambda: page.js("return typeof StepPayCheckout === 'object'"), "the pinned widget")
        page.click("#pay")
        choose(pay_page(page, mode), outcome)
        expected.append(f"{outcome} {order}")
        wait_for(page, lambda: reports(page)[-1:] == expected[-1:], f"the report of {outcome}")
    assert reports(page) == expected, "each outcome once"
    assert violations(page) == []
    assert versioned_path(pinned(old_tags, build)) in loaded(page)


def loaded(page: Page) -> list[str]:
    """The paths of the scripts of this page."""
    found: Any = page.js(
        "return performance.getEntriesByType('resource')"
        ".filter((entry) => entry.initiatorType === 'script').map((entry) => new URL(entry.name).pathname)"
    )
    return list(found)
