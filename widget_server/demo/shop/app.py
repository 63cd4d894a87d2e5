"""The demo shop's pages."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from widget_server.demo.files import file_routes
from widget_server.demo.shop.backend import BackendUnavailable, StepPayApi, WidgetApi
from widget_server.demo.shop.catalogue import BEANS, PLANS, Product
from widget_server.demo.shop.members import Members, member_routes
from widget_server.demo.shop.order_updates import OrderUpdates, webhook_routes
from widget_server.domain.model import ORDER_CODE
from widget_server.domain.order_record import CAUSE_NAMES
from widget_server.domain.verdict_kinds import KINDS

_DISPLAY_MODES = ("redirect", "tab", "iframe")
_CHOICES = ("path", "mode", "locale", "theme", "lang")
_FILES = (
    *("css/shop.css", "js/shop.js", "js/shop-live.js", "img/mark.svg", "img/shop-logo.svg", "img/shop-beans.svg"),
)


def create_shop(
    *,
    steppay_api_url: str,
    secret_token: str,
    widget_url: str,
    widget_api: WidgetApi | None = None,
    public_url: str,
    templates_dir: Path,
    static_dir: Path,
    messages_secret: str | None = None,
    portal_url: str | None = None,
    brand_url: str | None = None,
) -> Flask:
    """The shop as a WSGI application. `widget_url` and `public_url` are origins as browsers see them.

    `widget_api` None: the widget server has no API key, and no price is bound. `messages_secret` None: the widget
    server sends no webhooks. `portal_url`: the simulated StepPay's own page, where there is one.
    `brand_url`: the static page that sells by offers.
    """
    app = Flask("shop", template_folder=str(templates_dir), static_folder=None)
    steppay = StepPayApi(steppay_api_url, secret_token)
    updates = OrderUpdates(steppay.bought)
    sell = _seller(steppay, widget_api, updates)
    _add_pages(app, sell)
    if messages_secret:
        app.register_blueprint(webhook_routes(updates, messages_secret))
    if widget_api:
        app.register_blueprint(member_routes(Members(updates, widget_api), steppay, simulated=bool(portal_url)))
    _add_playground_orders(app, sell, widget_url)
    app.register_blueprint(file_routes(static_dir, _FILES))

    @app.get("/orders")
    def orders() -> str:
        return render_template("shop/orders.html", orders=updates.latest(), tests=updates.tests())

    @app.context_processor
    def shared() -> dict[str, object]:
        return {
            "widget_url": widget_url,
            "public_url": public_url,
            "portal_url": portal_url,
            "brand_url": brand_url,
            "lang": _lang(),
            "won": won,
            "kinds": KINDS,
            "causes": CAUSE_NAMES,
        }

    @app.errorhandler(404)
    def missing(_error: Exception) -> tuple[str, int]:
        return render_template("shop/missing.html"), 404

    @app.errorhandler(BackendUnavailable)
    def unavailable(_error: Exception) -> tuple[str, int]:
        return render_template("shop/unavailable.html"), 502

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _policy(widget_url)
        response.headers["X-Content-Type-Options"] = "nosniff"
        # Fresh orders on every load, yet the browser may keep the page as it was for Back (no-store forbids that).
        response.headers.setdefault("Cache-Control", "no-cache")
        response.vary.add("Accept-Language")
        return response

    return app


def _seller(steppay: StepPayApi, widget_api: WidgetApi | None, updates: OrderUpdates) -> Callable[[Product], str]:
    """Gives the code of a new order whose price is bound to what the page shows."""

    def sell(product: Product) -> str:
        code = steppay.create_order(product)
        if widget_api:
            widget_api.bind(code, product.price_krw)
        updates.add_sale(code, product)
        return code

    return sell


def _add_pages(app: Flask, sell: Callable[[Product], str]) -> None:
    @app.get("/")
    def home() -> str:
        given = request.args.get("order", "")
        known = given if ORDER_CODE.fullmatch(given) else None
        codes = {mode: known or sell(BEANS) for mode in _DISPLAY_MODES}
        return render_template("shop/home.html", product=BEANS, codes=codes)

    @app.get("/pricing")
    def pricing() -> str:
        return render_template("shop/pricing.html", plans=[(plan, sell(plan)) for plan in PLANS])

    @app.get("/healthz")
    def alive() -> dict[str, str]:
        return {"status": "ok"}


def _add_playground_orders(app: Flask, sell: Callable[[Product], str], widget_url: str) -> None:
    """The widget server's playground gets its test orders here: only a shop's backend may create orders."""

    @app.get("/playground")
    def playground() -> BaseResponse:
        choices = {"lang": _lang(), **{name: request.args[name] for name in _CHOICES if name in request.args}}
        return redirect(f"{widget_url}/playground?{urlencode(choices | {'order': sell(BEANS)})}")


def _lang() -> str:
    """That of the address, else the browser's; Korean when neither says English, as at the widget server."""
    wanted = request.args.get("lang") or request.accept_languages.best_match(("ko", "en"))
    return "en" if wanted == "en" else "ko"


def won(amount: int, lang: str) -> str:
    return f"{amount:,}원" if lang == "ko" else f"₩{amount:,}"


def _policy(widget_url: str) -> str:
    """As a real shop would send it. Frames: our return page, and StepPay's pay page wherever it is."""
    return (
        f"default-src 'none'; script-src 'self' {widget_url}; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' {widget_url}; frame-src {widget_url} http: https:; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
