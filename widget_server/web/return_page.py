"""`GET /v1/return/{attempt}`: where the shopper comes back in a tab or a frame. Verified here, shown without
JavaScript.

The page needs no cookie (a frame gets none), asks again by a `Refresh` header while StepPay does not know yet,
and only hints to the shop's page that it may look: the shop asks us, it never believes a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from widget_server.domain.attempt import ATTEMPT_ID, Attempt
from widget_server.domain.claims import completed
from widget_server.domain.model import Claim
from widget_server.domain.pay_url import MARKER, marker
from widget_server.domain.return_query import UnclearReturn, read_return
from widget_server.domain.verdict_body import verdict_body
from widget_server.errors import OrderNotFound, UpstreamFault, WidgetServerError
from widget_server.services.checkout import note_return, remember_answer
from widget_server.web.deps import Deps
from widget_server.web.limits import spend
from widget_server.web.messages import language
from widget_server.web.openapi.operations import Operation, Parameter, describe
from widget_server.web.openapi.parameters import ATTEMPT_PARAMETER
from widget_server.web.problems import unknown_verdict
from widget_server.web.route_table import Budget
from widget_server.web.shopper_pages import page_answer, page_headers, plain_page, shop_url, verdict_page

_REFRESH_SECONDS = (2, 3, 5, 8, 13, 20, 30, 30, 30)
"""About two and a half minutes in all, then only when the shopper asks."""


def _query(name: str, text: str, example: str) -> Parameter:
    return Parameter(name, text, {"type": "string"}, example, "query")


_COME_BACK = Operation(
    "The return page",
    "Where the shopper comes back from StepPay in a tab or a frame: a page for people that verifies on the server and "
    "says the verdict. Everything in the query is a claim.",
    tag="Checkout",
    parameters=(
        ATTEMPT_PARAMETER,
        _query("order_code", "StepPay's order code.", "order_15XqwcM1f"),
        _query("order_id", "StepPay's order number.", "183682"),
        _query("status", "`success`, `error` or `cancel`; anything else is no claim.", "success"),
        _query(MARKER, "Our own mark of the way that was taken.", "success.order_15XqwcM1f.q83vEjRWeJASNFZ4mrze8A"),
        _query("round", "How often the page has loaded itself again.", "1"),
    ),
    answers=(
        page_answer(200, "The verdict.", "Refresh"),
        page_answer(400, "The query names another order, or one thing twice. The page says nothing about a payment."),
        page_answer(404, "No such attempt, or StepPay knows no such order."),
        page_answer(429, "This address asks too often. The page says so and asks again.", "Refresh"),
        page_answer(503, "StepPay or the store cannot be asked now. The page says so and asks again.", "Refresh"),
    ),
)


@dataclass(frozen=True)
class _Answer:
    status: int
    verdict: dict[str, object]


def return_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("return_page", __name__)
    headers = page_headers(deps.settings.framing_origins)

    @blueprint.get("/v1/return/<attempt_id>")
    @describe(_COME_BACK)
    def come_back(attempt_id: str) -> Response:
        attempt = deps.attempts.find(attempt_id) if ATTEMPT_ID.fullmatch(attempt_id) else None
        spend(Budget.ASK, attempt=attempt)
        if attempt is None:
            return _neutral(404, None, deps)
        try:
            claim = read_return(request.query_string.decode("ascii", "replace"), attempt.order_code)
        except UnclearReturn:
            return _neutral(400, attempt, deps)
        noted = note_return(attempt, claim.status, deps.clock(), deps.attempts)
        claim = completed(claim, attempt.claim)
        answer = _ask(claim, deps)
        if noted and answer.status == 200:
            remember_answer(noted, answer.verdict, deps.attempts)
        return _show(answer, claim, attempt, deps)

    @blueprint.errorhandler(WidgetServerError)
    def cannot_look_up(error: WidgetServerError) -> Response:
        response = _neutral(error.status, None, deps, kind="unknown")
        wait = str(max(5, error.retry_after_seconds or 0))
        response.headers["Refresh"] = wait
        response.headers["Retry-After"] = wait
        return response

    @blueprint.after_request
    def protect(response: Response) -> Response:
        response.headers.update(headers)
        return response

    return blueprint


def _ask(claim: Claim, deps: Deps) -> _Answer:
    try:
        return _Answer(200, verdict_body(deps.verify(claim, "return")))
    except (UpstreamFault, OrderNotFound) as error:
        return _Answer(error.status, {**unknown_verdict(error), "orderCode": claim.order_code})


def _show(answer: _Answer, claim: Claim, attempt: Attempt, deps: Deps) -> Response:
    verdict = answer.verdict
    lang = language(request, attempt.locale)
    again = _ask_again(verdict)
    round_number = _round()
    refresh_url = _own_url(attempt, claim, round_number + 1) if again else None
    response = verdict_page(
        verdict,
        lang,
        answer.status,
        shop_url=shop_url(attempt.origin, deps.settings),
        hint={"attempt": attempt.id, "origin": attempt.origin} if attempt.origin else None,
        refresh_url=refresh_url,
        attempt_mode=attempt.mode,
    )
    if refresh_url and round_number < len(_REFRESH_SECONDS):
        response.headers["Refresh"] = f"{_REFRESH_SECONDS[round_number]}; url={refresh_url}"
    return response


def _ask_again(verdict: dict[str, object]) -> bool:
    """Unsure, or not paid although the shopper came back; a deposit or debit takes longer than anybody looks
    at a page."""
    waits = str(verdict["reason"]).startswith("awaiting_")
    return verdict["verdict"] in ("unknown", "pending") and not waits and verdict["reason"] != "order_not_found"


def _round() -> int:
    text = request.args.get("round", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _own_url(attempt: Attempt, claim: Claim, round_number: int) -> str:
    """Made from validated values only, never from the query as it came: it goes into a header."""
    told = {MARKER: marker(claim.status or "none", attempt.order_code, attempt.id), "round": str(round_number)}
    if claim.order_id is not None:
        told["order_id"] = str(claim.order_id)
    return f"/v1/return/{attempt.id}?{urlencode(told)}"


def _neutral(status: int, attempt: Attempt | None, deps: Deps, kind: str = "neutral") -> Response:
    origin, locale = (attempt.origin, attempt.locale) if attempt else (None, None)
    return plain_page(status, kind, shop_url(origin, deps.settings), locale)
