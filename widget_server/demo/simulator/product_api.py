"""StepPay's calls about products and their prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, request

from widget_server.demo.simulator.catalogue import Product
from widget_server.demo.simulator.formats import moment_of
from widget_server.demo.simulator.lists import chosen, contains, page_of
from widget_server.demo.simulator.product_bodies import EXAMPLES, price_body, product_body, product_row
from widget_server.demo.simulator.responses import Problem, json_answer
from widget_server.demo.simulator.store import Store

_STATUSES = ("SALE", "OUT_OF_STOCK", "UNSOLD", "WAITING_APPROVAL", "REJECTED")
_ON_SALE = EXAMPLES["product"]["status"]
_CREATED = moment_of(EXAMPLES["product"]["createdAt"])
_NO_PRODUCT = Problem(404, "PRODUCT_NOT_FOUND", "no such product")


@dataclass(frozen=True, slots=True)
class _Priced:
    """One product with all of its prices; `Product` is one product at one price."""

    prices: Sequence[Product]
    created_at: datetime | None = _CREATED

    @property
    def id(self) -> int:
        return self.prices[0].id


def add_product_routes(routes: Blueprint, store: Store) -> None:
    """Add the four calls to `routes`."""

    @routes.get("/v1/products")
    def list_products() -> Response:
        keyword, status = request.args.get("keyword", ""), chosen("status", _STATUSES)
        with store.lock:
            found = [
                one
                for one in _products(store)
                if contains(keyword, one.prices[0].name)
                and status in (None, _ON_SALE)
                and not request.args.get("categoryId")
            ]
        return json_answer(page_of(found, lambda one: product_row(one.prices[0], list(map(price_body, one.prices)))))

    @routes.get("/v1/products/<code>")
    def read_product(code: str) -> Response:
        prices = _prices(store, code)
        return json_answer(product_body(prices[0]) | {"prices": list(map(price_body, prices))})

    @routes.get("/v1/products/<id_or_code>/prices")
    def list_prices(id_or_code: str) -> Response:
        return json_answer(list(map(price_body, _prices(store, id_or_code))))

    @routes.get("/v1/products/<id_or_code>/prices/<price>")
    def read_price(id_or_code: str, price: str) -> Response:
        for one in _prices(store, id_or_code):
            if price in (str(one.price_number), one.price_code):
                return json_answer(price_body(one))
        raise Problem(404, "PRICE_NOT_FOUND", "the product has no such price")


def _products(store: Store) -> list[_Priced]:
    by_code: dict[str, list[Product]] = {}
    for one in store.products:
        by_code.setdefault(one.code, []).append(one)
    return [_Priced(prices) for prices in by_code.values()]


def _prices(store: Store, id_or_code: str) -> list[Product]:
    """Raises Problem 404."""
    with store.lock:
        found = [one for one in store.products if id_or_code in (str(one.id), one.code)]
    if not found:
        raise _NO_PRODUCT
    return found
