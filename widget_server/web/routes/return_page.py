"""`GET /v1/return/{checkout}`: where the shopper comes back in a tab or a frame. Verified here, shown without
JavaScript.

The page needs no cookie (a frame gets none). While StepPay does not know yet, it retries: in place by its script, by
loading itself without one. Its message only prompts the shop's page to call this server; the page believes no
message. Where the checkout is not in the store, because that is or was away, our own mark in the address names the
order.
"""

import logging
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from widget_server.domain.checkout import CHECKOUT_ID, Checkout
from widget_server.domain.claims import with_stored_status
from widget_server.domain.model import Claim
from widget_server.domain.opening import may_pay_again
from widget_server.domain.order_record import Cause
from widget_server.domain.pay_url import MARKER, marker
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.domain.return_query import AmbiguousReturn, marked_order, read_return
from widget_server.domain.shop_page import PAGE, decode_page, encode_page
from widget_server.domain.verdict_json import verdict_body
from widget_server.errors import OrderNotFound, StorageError, UpstreamError, WidgetServerError
from widget_server.services.checkouts import record_checkout_verdict, record_return
from widget_server.services.verification import verify_order
from widget_server.web.deps import Deps
from widget_server.web.middleware.guard import spend
from widget_server.web.openapi.operations import Operation, Parameter, describe
from widget_server.web.openapi.parameters import CHECKOUT_PARAMETER
from widget_server.web.problems import unknown_verdict
from widget_server.web.shopper_pages import notice_page, page_answer, page_headers, pay_link, verdict_page, way_to_shop
from widget_server.web.translations import language

log = logging.getLogger("widget_server.return_page")

_REFRESH_SECONDS = (2, 3, 5, 8, 13, 20, 30, 30, 30)
"""About two and a half minutes in all, then only when the shopper presses the button."""


def _query(name: str, text: str, example: str) -> Parameter:
    return Parameter(name, text, {"type": "string"}, example, "query")


_COME_BACK = Operation(
    "The return page",
    "Where the shopper comes back from StepPay in a tab or a frame: a page for people that verifies on the server and "
    "says the verdict. Everything in the query is a claim.",
    tag="Checkout",
    parameters=(
        CHECKOUT_PARAMETER,
        _query("order_code", "StepPay's order code.", "order_15XqwcM1f"),
        _query("order_id", "StepPay's order number.", "183682"),
        _query("status", "`success`, `error` or `cancel`; anything else is no claim.", "success"),
        _query(MARKER, "Our own mark of the way that was taken.", "success.order_15XqwcM1f.q83vEjRWeJASNFZ4mrze8A"),
        _query(
            PAGE,
            "The shop's page to go back to, in base64url. Only of an allowed origin.",
            "aHR0cHM6Ly9zaG9wLmtyL2NhcnQ",
        ),
        _query("round", "How often the page has loaded itself again.", "1"),
    ),
    responses=(
        page_answer(200, "The verdict."),
        page_answer(400, "The query names another order, or one thing twice. The page says nothing about a payment."),
        page_answer(404, "No such checkout, or StepPay knows no such order."),
        page_answer(429, "Too many requests from this address. The page says so and retries."),
        page_answer(503, "StepPay or the store does not answer now. The page says so and retries."),
    ),
)


def return_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("return_page", __name__)
    headers = page_headers(deps.settings)

    @blueprint.get("/v1/return/<checkout_id>")
    @describe(_COME_BACK)
    def come_back(checkout_id: str) -> Response:
        query = request.query_string.decode("ascii", "replace")
        checkout, stored = _find(checkout_id, query, deps)
        spend(RateLimitBucket.ASK, checkout=checkout if stored else None)
        if checkout is None:
            return _unidentified(404, None, deps)
        try:
            claim = read_return(query, checkout.order_code)
        except AmbiguousReturn:
            return _unidentified(400, checkout, deps)
        noted = record_return(checkout, claim.status, deps.clock(), deps.checkouts) if stored else None
        claim = with_stored_status(claim, checkout.claim)
        status, verdict = _ask(claim, deps)
        if noted and status == 200:
            record_checkout_verdict(noted, verdict, deps.checkouts)
        return _show(status, verdict, claim, checkout, deps)

    @blueprint.errorhandler(WidgetServerError)
    def show_unavailable(error: WidgetServerError) -> Response:
        wait = max(5, error.retry_after_seconds or 0)
        response = notice_page(
            error.status,
            "unknown",
            way_to_shop(None, decode_page(request.args.get(PAGE)), deps.settings),
            deps.settings,
            again_url="",
            refresh_seconds=wait,
        )
        response.headers["Retry-After"] = str(wait)
        return response

    @blueprint.after_request
    def protect(response: Response) -> Response:
        response.headers.update(headers)
        return response

    return blueprint


def _find(checkout_id: str, query: str, deps: Deps) -> tuple[Checkout | None, bool]:
    """The checkout, and whether it is in the store. Raises `errors.StorageError` where nothing names the order."""
    if not CHECKOUT_ID.fullmatch(checkout_id):
        return None, False
    code = marked_order(query, checkout_id)
    try:
        checkout = deps.checkouts.find(checkout_id)
    except StorageError:
        if code is None:
            raise
        log.error("checkout_unreadable order=%s", code)
        checkout = None
    if checkout is not None or code is None:
        return checkout, True
    now = deps.clock()
    return Checkout(checkout_id, code, "redirect", None, None, now, now), False


def _ask(claim: Claim, deps: Deps) -> tuple[int, dict[str, object]]:
    """The page's status and its verdict."""
    try:
        return 200, verdict_body(verify_order(claim, Cause.RETURN, deps))
    except (UpstreamError, OrderNotFound) as error:
        return error.status, {**unknown_verdict(error), "orderCode": claim.order_code}


def _show(status: int, verdict: dict[str, object], claim: Claim, checkout: Checkout, deps: Deps) -> Response:
    lang, page = language(request, checkout.locale), decode_page(request.args.get(PAGE))
    again = waits_for_news(verdict)
    round_number = _round()
    refresh_url = _own_url(checkout, claim, deps, round_number + 1) if again else None
    reloads_by_itself = round_number < len(_REFRESH_SECONDS)
    # In a frame the widget around it offers the retry, and follows it.
    offers_retry = checkout.mode != "iframe" and may_pay_again(verdict) and not (refresh_url and reloads_by_itself)
    return verdict_page(
        verdict,
        lang,
        deps.settings,
        status,
        shop_url=way_to_shop(checkout.origin, page, deps.settings),
        hint={"checkout": checkout.id, "origin": checkout.origin} if checkout.origin else None,
        refresh_url=refresh_url,
        refresh_seconds=_REFRESH_SECONDS[round_number] if refresh_url and reloads_by_itself else None,
        stop_url=_own_url(checkout, claim, deps, len(_REFRESH_SECONDS)) if refresh_url and reloads_by_itself else None,
        retry_url=pay_link(checkout.order_code, deps.settings, page, mode=checkout.mode) if offers_retry else None,
        checkout_mode=checkout.mode,
    )


def waits_for_news(verdict: dict[str, object]) -> bool:
    """Unknown, or not paid although the shopper came back. A deposit or debit takes longer than a page stays open."""
    waits = str(verdict["reason"]).startswith("awaiting_")
    return verdict["verdict"] in ("unknown", "pending") and not waits and verdict["reason"] != "order_not_found"


def _round() -> int:
    text = request.args.get("round", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _own_url(checkout: Checkout, claim: Claim, deps: Deps, round_number: int) -> str:
    """Made from validated values only, never from the query as it came: it goes into a header."""
    query = {MARKER: marker(claim.status or "none", checkout.order_code, checkout.id), "round": str(round_number)}
    if claim.order_id is not None:
        query["order_id"] = str(claim.order_id)
    page = decode_page(request.args.get(PAGE))
    if page is not None:
        query[PAGE] = encode_page(page)
    return f"{deps.settings.base_path}/v1/return/{checkout.id}?{urlencode(query)}"


def _unidentified(status: int, checkout: Checkout | None, deps: Deps) -> Response:
    origin, locale = (checkout.origin, checkout.locale) if checkout else (None, None)
    back = way_to_shop(origin, decode_page(request.args.get(PAGE)), deps.settings)
    return notice_page(status, "unidentified", back, deps.settings, locale=locale)
