"""A shop, the widget server and StepPay as unfriendly as real ones: each may send COOP, and the shop a strict CSP.

The shop's page knows nothing but the widget's tag and one button. What the widget reports is written down in the
shop's own storage, so that it is counted over reloads, closed windows and redirects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, request

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Page, View
from tests.browser.shopper import RECORDER
from tests.support.app_fixture import environment, simulator
from tools.wsgi_server import serving
from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.config import Settings, read_settings
from widget_server.demo.run import Demo
from widget_server.services import snippet
from widget_server.web.assets import widget

COOP = {"Cross-Origin-Opener-Policy": "same-origin"}
LISTEN_PATH = "/listen.js"
"""On the widget server's origin: a policy that names only this origin shall need no exception for the tests."""

PAGE = """<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>shop</title>
<link rel="stylesheet" href="/shop.css"><script src="{server}{listen}"></script>{tag}
</head><body><main><h1>shop</h1>
<a id="pay" href="{server}/v1/pay/{order}" data-steppay-order="{order}" data-mode="{mode}">pay</a>
</main></body></html>"""

LISTEN = """
{ // a page that is written anew runs it twice
  const memory = localStorage;
  const wishes = new URLSearchParams(location.search);
  window.noted = (kind) => JSON.parse(memory.getItem(kind) || '[]');
  const note = (kind, what) => {
    memory.setItem(kind, JSON.stringify([...noted(kind), what]));
    document.documentElement.setAttribute('data-' + kind, '');
  };
  for (const kind of ['reports', 'violations'])
    if (noted(kind).length) document.documentElement.setAttribute('data-' + kind, '');
  addEventListener('steppay:result', ({ detail }) => note('reports', detail.verdict + ' ' + detail.orderCode));
  addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) =>
    note('violations', [effectiveDirective, blockedURI, sourceFile, lineNumber].join(' ')));
  if (wishes.get('blocker') === 'always') window.open = () => null;
  if (wishes.get('storage') === 'denied')
    for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
  if (wishes.get('blocker') === 'once')
    addEventListener('load', () => StepPayCheckout.open({ order: wishes.get('order'), mode: wishes.get('mode') }));
}
"""


@dataclass(frozen=True)
class HostileSite(RunningDemo):
    """`coop`: who sends Cross-Origin-Opener-Policy now, of shop, pay and return. `policy`: the shop's, now."""

    settings: Settings
    coop: set[str] = field(default_factory=set)
    policy: list[str] = field(default_factory=list)

    def reset(self) -> None:
        self.coop.clear()
        self.policy.clear()

    def page(self, order_code: str, mode: str, **wishes: str) -> str:
        """The address of the shop's page for one order. `wishes`: see LISTEN."""
        return f"{self.urls.shop_url}/?{urlencode({'order': order_code, 'mode': mode, **wishes})}"


def reports(page: View) -> list[str]:
    """Each verdict with its order, as often as the widget has reported it to any page of the shop."""
    return noted(page, "reports")


def violations(page: View) -> list[str]:
    return noted(page, "violations")


def noted(page: View, kind: str) -> list[str]:
    found: list[str] = page.js(f"return noted('{kind}')")
    return found


def has_reported(page: Page) -> bool:
    return page.has("html[data-reports]")


def hostile_shop(site: HostileSite) -> Flask:
    app = Flask("hostile_shop", static_folder=None)

    @app.get("/")
    @app.get("/<path:_anywhere>")
    def home(_anywhere: str = "") -> str:
        server = site.settings.public_url
        order, mode = request.args.get("order", ""), request.args.get("mode", "redirect")
        tag = snippet.tag(server, widget(server))
        return PAGE.format(server=server, listen=LISTEN_PATH, tag=tag, order=order, mode=mode)

    @app.get("/shop.css")
    def style() -> Response:
        return Response("body { font: 16px sans-serif; min-height: 200vh }", mimetype="text/css")

    @app.get("/favicon.ico")
    def icon() -> tuple[str, int]:
        return "", 204

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.update(COOP if "shop" in site.coop else {})
        if site.policy:
            response.headers["Content-Security-Policy"] = "; ".join(site.policy)
        return response

    return app


class InFront:
    """What may stand before a server: it adds COOP to one kind of page, and serves the tests' script."""

    def __init__(self, app: Flask, site: HostileSite, party: str, pages: str) -> None:
        self._inner = app.wsgi_app
        self._hostile = lambda path: party in site.coop and path.startswith(pages)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == LISTEN_PATH:
            return Response(RECORDER + LISTEN, mimetype="text/javascript")(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            added = list(COOP.items()) if self._hostile(path) else []
            return start_response(status, headers + added, *rest)

        return self._inner(environ, start)


@contextmanager
def hostile_site(
    ports: tuple[int, int, int],
    folder: Path,
    shop_app: Callable[[HostileSite], Flask] = hostile_shop,
    urls: Demo | None = None,
    api_key: str = "",
    more: Mapping[str, str] | None = None,
) -> Iterator[HostileSite]:
    """`urls`: what browsers use, where that is not the shop's, the server's and StepPay's own ports. `more`:
    settings."""
    shop_port, server_port, pay_port = ports
    urls = urls or Demo(
        *(f"http://{name}.localhost:{port}" for name, port in zip(("shop", "widget", "pay"), ports, strict=True)),
        brand_url="",
        admin_url="",
        admin_key="",
    )
    environ = environment(f"http://127.0.0.1:{pay_port}", folder / "widget.db", api_key) | {
        "WIDGET_PUBLIC_URL": urls.server_url,
        "WIDGET_ALLOWED_ORIGINS": urls.shop_url,
        **(more or {}),
    }
    site = HostileSite(urls, f"http://127.0.0.1:{pay_port}", read_settings(environ))
    upgrade(site.settings.database_url)
    steppay = simulator(urls.simulator_url)
    steppay.wsgi_app = InFront(steppay, site, "pay", "/pay/")  # type: ignore[method-assign]
    server = create_app(site.settings)
    server.wsgi_app = InFront(server, site, "return", "/v1/return/")  # type: ignore[method-assign]
    with ExitStack() as stack:
        for app, port in ((steppay, pay_port), (server, server_port), (shop_app(site), shop_port)):
            stack.enter_context(serving(app, port))
        yield site
