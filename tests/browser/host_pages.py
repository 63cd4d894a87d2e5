"""Shop pages as the field has them: frameworks that redraw, modals that stop clicks, copies of our file, frames.

One page for each kind under `/<kind>`; what the widget reports is written down as tests/browser/hostile.py does. React,
Vue's runtime, Turbo and htmx are the real ones, from `node_modules`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, request

from tests.browser.hostile import LISTEN_PATH, HostileSite
from widget_server.services import snippet
from widget_server.web.assets import widget

MODULES = Path(__file__).resolve().parents[2] / "node_modules"
LIBRARIES = {
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "vue.js": "@vue/runtime-dom/dist/runtime-dom.global.prod.js",
    "turbo.js": "@hotwired/turbo/dist/turbo.es2017-umd.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
}
NEEDS = {"react": "react.js", "vue": "vue.js", "turbo": "turbo.js", "htmx": "htmx.js"}
HEAD = '<meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,">'
# React writes and reads exactly this: one difference, and hydration fails.
REACT = """
const h = React.createElement;
const { server, order, mode } = window.shop;
const pay = { id: 'pay', href: server + '/v1/pay/' + order, 'data-steppay-order': order, 'data-mode': mode };
const body = h('body', null, h('main', null, h('a', pay, 'pay')));
const app = h('html', { lang: 'ko' }, h('head', null, h('title', null, 'shop')), body);
window.hydrationErrors = [];
const hydrate = () => {
  ReactDOM.hydrateRoot(document, app, { onRecoverableError: (error) => hydrationErrors.push(error.message) });
  requestIdleCallback(() => { window.hydrated = true; });
};
setTimeout(hydrate, +new URLSearchParams(location.search).get('late'));
"""
VUE = """
const { h, createApp, ref } = VueRuntimeDOM;
const { server, order, mode } = window.shop;
const times = ref(0);
setInterval(() => times.value++, 200);
createApp({ render: () => h('a', { id: 'pay', key: times.value, href: server + '/v1/pay/' + order,
  'data-steppay-order': order, 'data-mode': mode }, 'pay ' + times.value) }).mount('main');
"""
# A modal as many libraries draw one: a click inside it never reaches the document.
MODAL = "document.querySelector('main').addEventListener('click', (event) => event.stopPropagation());"
SHADOW = """
const [link] = document.querySelectorAll('#pay');
const host = link.parentNode.appendChild(document.createElement('shop-buttons'));
host.attachShadow({ mode: 'open' }).append(link);
"""
REOPEN = """
addEventListener('load', () => setTimeout(() => {
  const html = document.documentElement.outerHTML;
  document.open();
  document.write(html.replace(/<script>\\s*addEventListener[^]*?<\\/script>/, '<i id="again"></i>'));
  document.close();
}, 100));
"""


def button(site: HostileSite, order: str, mode: str) -> str:
    href = f"{site.settings.public_url}/v1/pay/{order}"
    return f'<a id="pay" href="{href}" data-steppay-order="{order}" data-mode="{mode}">pay</a>'


def shop_of_kinds(site: HostileSite) -> Flask:  # noqa: C901 - one short function for each kind of page
    app = Flask("host_pages", static_folder=None)

    def tag() -> str:
        return snippet.tag(site.settings.public_url, widget(site.settings.public_url))

    def listen() -> str:
        asked = {name: request.args.get(name, "") for name in ("order", "mode")}
        asked["server"] = site.settings.public_url
        return f"<script>window.shop = {asked}</script><script src='{asked['server']}{LISTEN_PATH}'></script>"

    def page(head: str = "", body: str = "", script: str = "", main: str | None = None) -> str:
        args = request.args
        shown = button(site, args.get("order", ""), args.get("mode", "redirect")) if main is None else main
        return (
            f'<!doctype html><html lang="ko"><head>{HEAD}{listen()}{head}</head>'
            f"<body><main>{shown}</main>{body}<script>{script}</script></body></html>"
        )

    def library(*names: str) -> str:
        return "".join(f'<script defer src="/lib/{name}"></script>' for name in names)

    def defer(script: str) -> str:
        """Runs behind the libraries, as a bundle does."""
        return f"<script>addEventListener('DOMContentLoaded', () => {{ {script} }})</script>"

    def react() -> str:
        """Nothing that React has not written stands in this document: the scripts go as they run."""
        args = request.args
        own = "<script>document.currentScript.remove()</script>"
        away = defer("document.querySelectorAll('head > :not(title)').forEach((node) => node.remove());" + REACT)
        return (
            f'<!doctype html><html lang="ko"><head><title>shop</title>{listen()}{library("react.js", "react-dom.js")}'
            f"{tag()}{away}{own}</head><body><main>{button(site, args['order'], args['mode'])}</main></body></html>"
        )

    def framed() -> str:
        inner = f"{site.urls.shop_url}/plain?{request.query_string.decode()}"
        return (
            f'<!doctype html><title>site</title><h1>site</h1><iframe id="shop" src="{inner}" width="900" height="600">'
        )

    def turbo() -> str:
        """A page whose link leads to the one with the button; Turbo swaps the body."""
        if request.args.get("step") == "2":
            return page(tag() + library("turbo.js"))
        following = f"/turbo?{request.query_string.decode()}&step=2"
        return page(tag() + library("turbo.js"), main=f'<a id="next" href="{following}">next</a>')

    def htmx() -> str:
        fragment = f"/fragment?{request.query_string.decode()}"
        return page(
            tag() + library("htmx.js"), main=f'<div id="next" hx-get="{fragment}" hx-trigger="click">next</div>'
        )

    kinds: dict[str, Callable[[], str]] = {
        "plain": lambda: page(tag()),
        "modal": lambda: page(tag(), script=MODAL),
        "shadow": lambda: page(tag(), script=SHADOW),
        "react": react,
        "vue": lambda: page(tag() + library("vue.js") + defer(VUE), main=""),
        "turbo": turbo,
        "htmx": htmx,
        "reopened": lambda: page(tag() + f"<script>{REOPEN}</script>"),
        "combined": lambda: page('<script defer src="/bundle.js"></script>'),
        "copied": lambda: page('<script defer src="/copy/widget.js" data-steppay-checkout></script>'),
        "raw copy": lambda: page('<script defer src="/raw/widget.js" data-steppay-checkout></script>'),
        "framed": framed,
        "strict": lambda: page(tag()).replace("<script", '<script nonce="abc"'),
        "strict without nonce": lambda: page(tag()).replace("<script>", '<script nonce="abc">'),
    }

    @app.get("/<kind>")
    def show(kind: str) -> Response:
        if kind not in kinds:
            return Response(status=404)
        response = Response(kinds[kind](), mimetype="text/html")
        if kind.startswith("strict"):
            response.headers["Content-Security-Policy"] = (
                f"script-src 'nonce-abc' 'strict-dynamic'; connect-src {site.settings.public_url}; frame-src http:"
            )
        return response

    @app.get("/favicon.ico")
    def icon() -> tuple[str, int]:
        return "", 204

    @app.get("/fragment")
    def fragment() -> str:
        return button(site, request.args["order"], request.args["mode"])

    @app.get("/lib/<name>")
    def lib(name: str) -> Response:
        return Response((MODULES / LIBRARIES[name]).read_bytes(), mimetype="text/javascript")

    @app.get("/bundle.js")
    def bundle() -> Response:
        served = widget(site.settings.public_url)
        return Response(b"window.theme = 1;\n" + served + b"\nwindow.slider = 1;", mimetype="text/javascript")

    @app.get("/copy/widget.js")
    def copy() -> Response:
        return Response(widget(site.settings.public_url), mimetype="text/javascript")

    @app.get("/raw/widget.js")
    def raw() -> Response:
        return Response(widget("{server}"), mimetype="text/javascript")

    return app
