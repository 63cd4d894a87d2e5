"""`/orders`: what the shop's backend received; `/orders/CODE`: what the widget server saw of one order, live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, render_template

from widget_server.demo.shop.backend import BackendUnavailable, WidgetApi
from widget_server.demo.shop.order_updates import OrderUpdates
from widget_server.domain.model import ORDER_CODE


@dataclass(frozen=True)
class Seen:
    """One line of what the widget server saw. `seconds`: since the pay page was first opened, None before that.
    `receipt`: StepPay's state of the receipt, at the newest verdict alone."""

    facts: Mapping[str, Any]
    seconds: float | None
    receipt: str | None = None


def order_routes(updates: OrderUpdates, widget_api: WidgetApi | None) -> Blueprint:
    """A real shop shows an order to its own shopper and support staff alone; the demo has one shopper."""
    routes = Blueprint("orders", __name__)

    def ask(code: str) -> tuple[Mapping[str, Any] | None, Sequence[Seen]]:
        """The widget server's record of the order, and its lines."""
        if widget_api is None or not ORDER_CODE.fullmatch(code):
            abort(404)
        record = widget_api.order(code)
        return record, seen_lines(record) if record else ()

    @routes.get("/orders")
    def orders() -> str:
        return render_template("shop/orders.html", orders=updates.latest(), tests=updates.tests())

    @routes.get("/orders/<code>")
    def order(code: str) -> str:
        record, lines = ask(code)
        if record is None:
            abort(404)
        return render_template(
            "shop/order.html",
            code=code,
            record=record,
            lines=lines,
            sale=updates.sale(code),
            received=updates.has(code),
        )

    @routes.get("/orders/<code>/timeline")
    def timeline(code: str) -> str:
        """The part of a page that its script asks for again and again; it is no error that there is nothing yet."""
        try:
            _record, lines = ask(code)
        except BackendUnavailable:
            return render_template("shop/seen.html", code=code, lines=(), is_silent=True)
        return render_template("shop/seen.html", code=code, lines=lines)

    return routes


def seen_lines(record: Mapping[str, Any]) -> list[Seen]:
    """The timeline of `GET /v1/orders/{code}?timeline=1`, with the seconds since the first click."""
    entries = record["timeline"]
    opened = next((_moment(entry) for entry in entries if entry["kind"] == "opened"), None)
    newest = next((entry for entry in reversed(entries) if entry["kind"] == "verdict"), None)
    receipt = (record["verdict"] or {}).get("paymentStatus")
    return [
        Seen(
            entry,
            (_moment(entry) - opened).total_seconds() if opened and _moment(entry) >= opened else None,
            receipt if entry is newest else None,
        )
        for entry in entries
    ]


def _moment(entry: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["at"])
