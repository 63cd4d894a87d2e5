"""The pages that sell: a product each, the subscriptions, and the orders of the widget server's playground."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from widget_server.demo.shop.backend import StepPayApi, WidgetApi
from widget_server.demo.shop.catalogue import BEANS, PLANS, SHELF, Product
from widget_server.demo.shop.language import page_language
from widget_server.demo.shop.order_updates import OrderUpdates
from widget_server.domain.model import ORDER_CODE

MODES = {
    "iframe": ("이 화면에서", "On this page"),
    "tab": ("새 탭에서", "In a new tab"),
    "redirect": ("이동해서", "By redirect"),
}
"""How the pay page may open; the first is chosen at first."""
_CHOICES = ("path", "mode", "locale", "theme", "lang", "container", "accent", "radius", "screen")
Sell = Callable[[Product, int], str]


def seller(steppay: StepPayApi, widget_api: WidgetApi | None, updates: OrderUpdates) -> Sell:
    """Gives the code of a new order whose price is bound to what the page shows."""

    def sell(product: Product, quantity: int = 1) -> str:
        code = steppay.create_order(product, quantity)
        if widget_api:
            widget_api.bind(code, product.price_krw * quantity)
        updates.add_sale(code, product, quantity)
        return code

    return sell


def selling_pages(sell: Sell, widget_url: str) -> Blueprint:
    """Each way to open the pay page has an order of its own: an order that is being paid is not opened twice."""
    routes = Blueprint("pages", __name__)

    def show(product: Product) -> str:
        given, quantity = request.args.get("order", ""), _quantity(product)
        known = given if ORDER_CODE.fullmatch(given) else None
        mode = request.args.get("mode")
        return render_template(
            "shop/product.html",
            product=product,
            others=[one for one in SHELF if one is not product],
            quantity=quantity,
            mode=mode if mode in MODES else next(iter(MODES)),
            codes={mode: known or sell(product, quantity) for mode in MODES},
        )

    @routes.get("/")
    def home() -> str:
        return show(BEANS)

    @routes.get("/products/<key>")
    def product(key: str) -> str:
        return show(next((one for one in SHELF if one.key == key), None) or abort(404))

    @routes.get("/pricing")
    def pricing() -> str:
        return render_template("shop/pricing.html", plans=[(plan, sell(plan, 1)) for plan in PLANS])

    @routes.get("/playground")
    def playground() -> Response:
        """Only a shop's backend may create the orders that the widget server's playground pays."""
        choices = {"lang": page_language(), **{name: request.args[name] for name in _CHOICES if name in request.args}}
        return redirect(f"{widget_url}/playground?{urlencode(choices | {'order': sell(BEANS, 1)})}")

    return routes


def _quantity(product: Product) -> int:
    """That of the address, as far as the product allows it."""
    given = request.args.get("quantity", "")
    return int(given) if given in map(str, range(1, product.most + 1)) else 1
