"""The demo shop's pages."""

from pathlib import Path

from flask import Flask, Response, render_template

from widget_server.demo.files import file_routes
from widget_server.demo.shop.backend import BackendUnavailable, StepPayApi, WidgetApi
from widget_server.demo.shop.catalogue import SHELF
from widget_server.demo.shop.language import page_language, won
from widget_server.demo.shop.members import Members, member_routes
from widget_server.demo.shop.order_pages import order_routes
from widget_server.demo.shop.order_updates import OrderUpdates, webhook_routes
from widget_server.demo.shop.pages import MODES, seller, selling_pages
from widget_server.domain.order_record import CAUSE_NAMES
from widget_server.domain.verdict_kinds import KINDS

_FILES = (
    "css/shop.css",
    "js/shop.js",
    "js/shop-live.js",
    "img/mark.svg",
    "img/shop-logo.svg",
    *(f"img/shop-{product.key}.svg" for product in SHELF),
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
    admin_url: str | None = None,
) -> Flask:
    """The shop as a WSGI application. `widget_url` and `public_url` are origins as browsers see them.

    `widget_api` None: the widget server has no API key, and no price is bound. `messages_secret` None: the widget
    server sends no webhooks. `portal_url`: the simulated StepPay's own page, where there is one.
    `brand_url`: the static page that sells by offers. `admin_url`: where operators look at orders.
    """
    app = Flask("shop", template_folder=str(templates_dir), static_folder=None)
    steppay = StepPayApi(steppay_api_url, secret_token)
    updates = OrderUpdates(steppay.bought)
    app.register_blueprint(selling_pages(seller(steppay, widget_api, updates), widget_url))
    app.register_blueprint(order_routes(updates, widget_api))
    if messages_secret:
        app.register_blueprint(webhook_routes(updates, messages_secret))
    if widget_api:
        app.register_blueprint(member_routes(Members(updates, widget_api), steppay, simulated=bool(portal_url)))
    app.register_blueprint(file_routes(static_dir, _FILES))

    @app.get("/healthz")
    def alive() -> dict[str, str]:
        return {"status": "ok"}

    @app.context_processor
    def shared() -> dict[str, object]:
        return {
            "widget_url": widget_url,
            "public_url": public_url,
            "portal_url": portal_url,
            "brand_url": brand_url,
            "admin_url": admin_url,
            "lang": page_language(),
            "won": won,
            "shelf": SHELF,
            "mode_names": MODES,
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


def _policy(widget_url: str) -> str:
    """As a real shop would send it. Frames: our return page, and StepPay's pay page wherever it is."""
    return (
        f"default-src 'none'; script-src 'self' {widget_url}; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' {widget_url}; frame-src {widget_url} http: https:; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
