"""The hosted pay page: plain HTML forms, no script, made to be framed."""

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, render_template, request

from widget_server.demo.simulator.outcomes import OUTCOMES
from widget_server.demo.simulator.pay_link import destination, read_return_urls
from widget_server.demo.simulator.payments import NotPossible
from widget_server.demo.simulator.records import Order
from widget_server.demo.simulator.responses import Problem
from widget_server.demo.simulator.scenarios import METHOD_SCENARIOS, Destination, offered, run
from widget_server.demo.simulator.store import Store

# form-action also governs the redirect that follows a form, which leads to any shop.
# There is no frame-ancestors: StepPay documents its pay page inside an iframe.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action *",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

# Shown on our own page when the merchant named no URL for this outcome: (kind, Korean, English).
_RESULTS: dict[Destination, tuple[str, str, str]] = {
    "success": ("good", "결제 절차가 끝났습니다", "The payment step is done"),
    "error": ("bad", "결제하지 못했습니다", "The payment did not go through"),
    "cancel": ("quiet", "결제가 취소되었습니다", "The payment was canceled"),
    "nowhere": ("good", "결제되었습니다", "Paid"),
}
_MISSING = ("lost", "주문을 찾을 수 없습니다", "There is no such order")
_BAD_LINK = ("bad", "결제 링크가 올바르지 않습니다", "A return URL is not an http or https address")
_REFUSED = ("bad", "요청을 처리하지 못했습니다", "This request was refused")
_ALREADY_PAID = ("good", "이미 결제된 주문입니다", "This order is already paid")


def pay_page_routes(store: Store, extra_headers: Mapping[str, str]) -> Blueprint:
    """`GET|POST /pay/{orderCode}?successUrl&errorUrl&cancelUrl&coop&lang`; POST `scenario` ends the visit."""
    routes = Blueprint("pay_page", __name__)

    @routes.route("/pay/<code>", methods=["GET", "POST"])
    def visit(code: str) -> Response:
        with store.lock:
            return _visit(store, code)

    @routes.after_request
    def add_headers(answer: Response) -> Response:
        answer.headers.update(_HEADERS)
        if request.values.get("coop") == "1":
            answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers.update(extra_headers)
        return answer

    return routes


def _visit(store: Store, code: str) -> Response:
    order = store.find_order(code)
    if order is None or order.code != code:
        return _result(404, _MISSING)
    try:
        urls = read_return_urls(request.values)
    except Problem:
        return _result(400, _BAD_LINK)
    if order.payment_date is not None and not order.fixed:
        return _result(200 if request.method == "GET" else 409, _ALREADY_PAID, order)
    return _form(order, urls) if request.method == "GET" else _finish(store, order, urls)


def _form(order: Order, urls: Mapping[str, str]) -> Response:
    carried = dict(urls) | ({"coop": "1"} if request.args.get("coop") == "1" else {})
    # StepPay does not say which languages it knows; one that we do not know must not break the link.
    carried |= {"lang": request.args["lang"]} if request.args.get("lang") in ("ko", "en") else {}
    fixed = OUTCOMES.get(order.fixed)
    others = [one for one in offered(order) if one.name not in ("paid", "canceled")] if fixed is None else []
    page = render_template("simulator/pay.html", order=order, carried=carried, others=others, fixed=fixed)
    return make_response(page)


def _finish(store: Store, order: Order, urls: Mapping[str, str]) -> Response:
    try:
        goes_to = (OUTCOMES[order.fixed] if order.fixed else run(store, order, _chosen(order))).returns_to
    except NotPossible:
        return _result(409, _RESULTS["error"], order)
    url = destination(urls, order, goes_to)
    if url is None:
        return _result(200, _RESULTS[goes_to], order, goes_to)
    return Response(status=303, headers={"Location": url})


def _chosen(order: Order) -> str:
    """The scenario of the pressed button; the pay button also heeds the chosen payment method."""
    name = request.form.get("scenario", "")
    if name == "paid" and order.has_receipt:
        return METHOD_SCENARIOS.get(request.form.get("paymentMethod", ""), name)
    return name


def error_page(status: int) -> Response:
    """For a person who followed a link that leads nowhere."""
    return _result(status, _MISSING if status == 404 else _BAD_LINK if status == 400 else _REFUSED)


def _result(
    status: int, words: tuple[str, str, str], order: Order | None = None, returns_to: Destination | None = None
) -> Response:
    kind, korean, english = words
    facts = {"order": order, "kind": kind, "korean": korean, "english": english, "returns_to": returns_to}
    return make_response(render_template("simulator/result.html", **facts), status)
