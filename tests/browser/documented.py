"""A shop whose pages a test writes: what the documents show is served as it stands there, and has to work."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, Response, request
from flask.testing import FlaskClient

from tests.support.app_fixture import environment, simulator
from tools.wsgi_server import serving
from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.config import read_settings
from widget_server.domain.subresource_integrity import integrity, versioned_path
from widget_server.web.assets import widget

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLE_SERVER, EXAMPLE_ORDER = "https://pay.shop.kr", "order_15XqwcM1f"
LISTEN = """
window.heard = [];
for (const name of ['open', 'ready', 'blocked', 'return', 'pending', 'result', 'close', 'error'])
  document.addEventListener('steppay:' + name, ({ detail }) => {
    const { verdict, code, reason } = detail || {};
    window.heard.push([name, verdict || code, reason].filter(Boolean).join(' '));
  });
"""


def code_block(document: str, language: str, number: int = 1) -> str:
    """The text of a document's n-th block in this language."""
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / document).read_text("utf-8"), re.DOTALL)[number - 1]


@dataclass
class Shop:
    """`url` is allowed to call the widget server, `other_url` is not; both show the same page."""

    url: str
    other_url: str
    server_url: str
    steppay: FlaskClient
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def order(self, code: str = EXAMPLE_ORDER) -> str:
        self.steppay.put(f"/simulator/orders/{code}/answer", json={})
        return code

    def show(self, body: str, *, tag: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        """A page of these words, with the script tag unless another is given. Documented addresses become real ones."""
        written = (tag if tag is not None else self.tag()) + body
        written = re.sub(r"widget-…\.js", versioned_path(widget(self.server_url)).rpartition("/")[2], written)
        written = written.replace("sha384-…", integrity(widget(self.server_url))).replace(
            EXAMPLE_SERVER, self.server_url
        )
        listen = '<script src="/listen.js"></script><link rel="icon" href="/icon">'
        self.html = f'<!doctype html><html lang="ko"><meta charset="utf-8"><title>shop</title>{listen}{written}</html>'
        self.headers = headers or {}

    def tag(self) -> str:
        return f'<script defer src="{self.server_url}/v1/widget.js" data-steppay-checkout></script>'

    def answer(self) -> Response:
        if request.path == "/listen.js":
            return Response(LISTEN, mimetype="text/javascript")
        if request.path == "/my-backend/order":
            return Response(EXAMPLE_ORDER, mimetype="text/plain")
        return Response(self.html, headers=dict(self.headers))


@contextmanager
def open_documented_shop(free_port: Callable[[], int], folder: Path) -> Iterator[Shop]:
    ports = [free_port() for _ in range(4)]
    shop_url, other_url = (f"http://{name}.localhost:{ports[n]}" for n, name in enumerate(("shop", "other")))
    rules = folder / "pages.toml"
    rules.write_text('[[page]]\npath = "/pricing"\nmode = "iframe"\nmode_mobile = "iframe"\n', "utf-8")
    settings = read_settings(
        environment(f"http://127.0.0.1:{ports[3]}", folder / "widget.db")
        | {
            "WIDGET_PUBLIC_URL": f"http://widget.localhost:{ports[2]}",
            "WIDGET_ALLOWED_ORIGINS": shop_url,
            "WIDGET_PAGE_RULES_FILE": str(rules),
        }
    )
    upgrade(settings.database_url)
    steppay = simulator(f"http://pay.localhost:{ports[3]}")
    shop = Shop(shop_url, other_url, settings.public_url, steppay.test_client())
    pages = Flask("documented_shop", static_folder=None)
    pages.before_request(shop.answer)  # every address shows the page
    with ExitStack() as stack:
        for app, port in ((pages, ports[0]), (pages, ports[1]), (create_app(settings), ports[2]), (steppay, ports[3])):
            stack.enter_context(serving(app, port))
        yield shop
