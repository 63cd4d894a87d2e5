"""A page with last release's pinned tag still sells after the upgrade: two releases, with the real commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from flask import Flask, Response, request

from tests.browser.engines import Engine, Page
from tests.browser.hostile import LISTEN
from tests.browser.shopper import choose, in_engines, pay_page, wait_for
from tests.support.app_fixture import TOKEN, simulator
from tests.support.wheel_building import copy_checkout, plain_environment, run
from tools.widget_builds import BUILDS
from tools.wsgi_server import serving
from widget_server.web.builds import MANIFEST, read_manifest

SECONDS = 60
WITHDRAWN = "A test of the withdrawal."
PAGE = """<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>shop</title>
<script>{listen}</script>{tag}</head><body>
<a id="pay" href="{server}/v1/pay/{order}" data-steppay-order="{order}" data-mode="iframe">pay</a></body></html>"""
RUNS = "return typeof StepPayCheckout === 'object'"


@dataclass
class Release:
    """A checkout as one release has it."""

    folder: Path
    version: str

    def command(self, *arguments: str, **settings: str) -> str:
        return run(sys.executable, "-m", *arguments, cwd=self.folder, **settings)

    def keep(self, change: Callable[[bytes], bytes]) -> None:
        """What a maintainer does: a version, a built widget, and the one command."""
        package, widget = self.folder / "widget_server" / "__init__.py", self.folder / "static" / "js" / "widget.js"
        text = package.read_text("utf-8")
        before = text.partition('__version__ = "')[2].partition('"')[0]
        package.write_text(text.replace(f'"{before}"', f'"{self.version}"'), "utf-8")
        widget.write_bytes(change(widget.read_bytes()))
        assert f"kept widget-{self.version}.js" in self.command("tools.widget_builds", "keep")


@dataclass
class Installation:
    """One public URL, settings and database, whichever release runs. `tag`: what the shop's page carries."""

    url: str
    shop: str
    port: int
    folder: Path
    settings: dict[str, str]
    tag: str = ""
    orders: list[str] = field(default_factory=list)

    def printed_tag(self, release: Release) -> str:
        return release.command("widget_server.cli", "snippet", **self.settings).splitlines()[0]

    @contextmanager
    def running(self, release: Release) -> Iterator[Path]:
        """Gives the file of the log."""
        command = [sys.executable, "-m", "widget_server.cli", "serve", "--port", str(self.port), "--no-jobs"]
        environ = {**plain_environment(self.folder), **self.settings}
        log = self.folder / f"{release.version}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=release.folder, env=environ, stdout=out, stderr=out, start_new_session=True
            )
        try:
            end = time.monotonic() + SECONDS
            while not answers(f"http://127.0.0.1:{self.port}/healthz"):
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < end, log.read_text("utf-8")
                time.sleep(0.05)
            yield log
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(SECONDS)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=SECONDS).ok
    except requests.ConnectionError:
        return False


@pytest.fixture
def releases(tmp_path: Path) -> tuple[Release, Release]:
    """The last release, whose widget is the newest kept build, and the next one, whose widget is another."""
    last, following = Release(tmp_path / "last", "8.0.0"), Release(tmp_path / "next", "9.0.0")
    newest = (BUILDS / read_manifest(BUILDS)[-1].file).read_bytes()
    for release in (last, following):
        copy_checkout(release.folder)
        for file in (release.folder / "static" / "js" / "builds").iterdir():
            file.unlink()
        (release.folder / "static" / "js" / "builds" / MANIFEST).write_text("[]", "utf-8")
    last.keep(lambda _current: newest)
    for file in (last.folder / "static" / "js" / "builds").iterdir():
        (following.folder / "static" / "js" / "builds" / file.name).write_bytes(file.read_bytes())
    following.keep(lambda current: current.rstrip(b";\n"))  # another file, within the budget whatever is left of it
    return last, following


@pytest.fixture
def shop(free_port: Callable[[], int], tmp_path: Path) -> Iterator[Installation]:
    port, shop_port, pay_port = free_port(), free_port(), free_port()
    url, shop_url = f"http://widget.localhost:{port}", f"http://shop.localhost:{shop_port}"
    settings = {
        "WIDGET_ENV": "sandbox",
        "STEPPAY_SECRET_TOKEN": TOKEN,
        "STEPPAY_API_URL": f"http://127.0.0.1:{pay_port}",
        "WIDGET_PUBLIC_URL": url,
        "WIDGET_ALLOWED_ORIGINS": shop_url,
        "WIDGET_DATABASE_URL": f"sqlite:///{tmp_path / 'widget.db'}",
        "WIDGET_SIGNING_KEY_FILE": str(tmp_path / "keys.json"),
    }
    installation = Installation(url, shop_url, port, tmp_path, settings)
    steppay = simulator(f"http://pay.localhost:{pay_port}")
    for number in range(4):
        order = f"order_upgrade_{number}"
        steppay.test_client().put(f"/simulator/orders/{order}/answer", json={})
        installation.orders.append(order)
    with serving(steppay, pay_port), serving(shop_app(installation), shop_port):
        yield installation


def shop_app(shop: Installation) -> Flask:
    app = Flask("shop_with_a_tag", static_folder=None)

    @app.get("/")
    def page() -> Response:
        html = PAGE.format(listen=LISTEN, tag=shop.tag, server=shop.url, order=request.args["order"])
        return Response(html, mimetype="text/html")

    app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    return app


def sells(shop: Installation, page: Page) -> None:
    """A payment in a frame: only the widget opens one."""
    order = shop.orders.pop()
    page.goto(f"{shop.shop}/?order={order}")
    wait_for(page, lambda: page.js(RUNS), "the widget")
    page.click("#pay")
    choose(pay_page(page, "iframe"), "paid")
    wait_for(page, lambda: page.js("return noted('reports')")[-1:] == [f"paid {order}"], "the verdict")


@in_engines("chromium")
def test_a_page_with_the_last_releases_pinned_tag_still_sells_until_that_build_is_withdrawn(
    releases: tuple[Release, Release], shop: Installation, engine: Engine, page: Page
) -> None:
    last, following = releases
    with shop.running(last):
        shop.tag = shop.printed_tag(last)
        assert 'integrity="sha384-' in shop.tag
        sells(shop, page)
    with shop.running(following):
        assert shop.printed_tag(following) != shop.tag
        sells(shop, page)
        old, shop.tag = shop.tag, requests.get(f"http://127.0.0.1:{shop.port}/v1/tag", timeout=SECONDS).json()["html"]
        assert shop.tag == shop.printed_tag(following)
        sells(shop, page)
    shop.tag = old
    following.command("tools.widget_builds", "withdraw", last.version, WITHDRAWN)
    with shop.running(following) as log:
        gone = requests.get(address(old).replace("widget.localhost", "127.0.0.1"), timeout=SECONDS)
        assert (gone.status_code, WITHDRAWN in gone.json()["detail"]) == (404, True)
        (line,) = [line for line in log.read_text("utf-8").splitlines() if "widget_build_withdrawn" in line]
        assert all(word in line for word in (WITHDRAWN, address(old)[-19:-3])), "with the digest that pages name"
        pays_by_the_plain_link(shop, engine)


def address(tag: str) -> str:
    return tag.partition('src="')[2].partition('"')[0]


def pays_by_the_plain_link(shop: Installation, engine: Engine) -> None:
    """With a fresh profile: the first one's cache may keep the withdrawn build for a year."""
    page = engine.new_page()
    try:
        page.goto(f"{shop.shop}/?order={shop.orders.pop()}")
        assert not page.js(RUNS)
        page.click("#pay")
        choose(page, "paid")
        wait_for(page, lambda: page.has('main[data-kind="paid"]'), "the verdict's own page")
    finally:
        page.end()
