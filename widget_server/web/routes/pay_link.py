"""`GET /v1/pay/{orderCode}`: the target of a plain link, for people. Whatever is wrong, they read a page and can go on.

Payment needs no database: while ours is away, the link leads on to StepPay's pay page all the same.
"""

import logging
from collections.abc import Mapping

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from widget_server.config import origin_of
from widget_server.domain.checkout import MODES
from widget_server.domain.model import ORDER_CODE
from widget_server.domain.opening import may_pay_another_way
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.domain.shop_page import is_short_and_plain
from widget_server.errors import StorageError, WidgetServerError
from widget_server.services.checkouts import BaseUrls, CheckoutRequest, new_checkout, pay_page
from widget_server.services.reopening import find_obstacle
from widget_server.web.deps import Deps
from widget_server.web.middleware.guard import spend
from widget_server.web.openapi.operations import Operation, Parameter, ResponseSpec, describe
from widget_server.web.openapi.parameters import ORDER_CODE_PARAMETER
from widget_server.web.problems import problem_for_http
from widget_server.web.shopper_pages import (
    PAY_PATH,
    notice_page,
    page_answer,
    page_headers,
    pay_link,
    verdict_page,
    way_to_shop,
)
from widget_server.web.translations import browser_language, language

log = logging.getLogger("widget_server.pay_link")

_PUNCTUATION = ".,;:!?)]}>\"'。，、」』”’…"
_PAY = Operation(
    "Pay without JavaScript",
    "The target of a plain link: opens a checkout and goes on to StepPay's pay page. An order that is paid, refunded "
    "or awaits a deposit gets a page with its verdict instead. Errors are pages for people, too. While the server's "
    "database is away the link leads on to StepPay without a checkout. `HEAD` opens nothing.",
    tag="Checkout",
    parameters=(
        ORDER_CODE_PARAMETER,
        Parameter(
            "mode",
            f"One of `{'`, `'.join(MODES)}`; anything else is `redirect`.",
            {"type": "string"},
            "redirect",
            "query",
        ),
        Parameter(
            "return",
            "The shop's page to go back to afterwards, of an origin of `WIDGET_ALLOWED_ORIGINS`; else the page that "
            "the browser names, or the shop's first page.",
            {"type": "string"},  # one that is not allowed is passed over, so no format is promised to be checked
            "https://shop.kr/cart",
            "query",
        ),
        Parameter("again", "`1`: pay another way although a deposit is awaited.", {"type": "string"}, "1", "query"),
    ),
    responses=(
        ResponseSpec(302, "On to StepPay's pay page.", headers=("Location",)),
        page_answer(200, "Nothing to pay: the order's verdict."),
        page_answer(404, "This is no order code."),
        page_answer(429, "Too many requests from this address.", "Retry-After"),
    ),
)


def pay_link_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("pay_link", __name__)
    headers = page_headers(deps.settings)

    @blueprint.get(f"{PAY_PATH}/<order_code>")
    @describe(_PAY)
    def pay_without_script(order_code: str) -> Response:
        return _open(order_code, deps)

    @blueprint.errorhandler(WidgetServerError)
    def show_busy(error: WidgetServerError) -> Response:
        response = notice_page(error.status, "busy", _back(deps), deps.settings, again_url="")
        response.headers["Retry-After"] = str(error.retry_after_seconds or 5)
        return response

    @blueprint.app_errorhandler(NotFound)
    def not_found(error: NotFound) -> Response:
        """Also for what no route matches: `/v1/pay/`, a slash too many."""
        is_ours = f"{request.path}/".startswith(f"{PAY_PATH}/")
        return protect(_no_order("", deps)) if is_ours else problem_for_http(error)

    @blueprint.after_request
    def protect(response: Response) -> Response:
        if response.mimetype == "text/html" and "Location" not in response.headers:
            response.headers.update(headers)
        return response

    return blueprint


def _open(order_code: str, deps: Deps) -> Response:
    if not ORDER_CODE.fullmatch(order_code):
        return _no_order(order_code, deps)
    spend(RateLimitBucket.OPEN, order_code=order_code)
    opening = _opening(order_code, deps)
    if request.method == "HEAD":
        return _go(opening, deps, stored=False)
    try:
        obstacle = find_obstacle(order_code, deps.checkouts, deps)
        if obstacle and not (request.args.get("again") == "1" and may_pay_another_way(obstacle)):
            return _verdict(obstacle, deps)
        return _go(opening, deps, stored=True)
    except StorageError:
        log.error("checkout_not_recorded order=%s recorded=false", order_code)
        return _go(opening, deps, stored=False)


def _opening(order_code: str, deps: Deps) -> CheckoutRequest:
    mode = request.args.get("mode", "redirect")
    mode = mode if mode in MODES else "redirect"
    return CheckoutRequest(order_code, mode, _referer_origin(deps), browser_language(request), page=_page(deps))


def _go(opening: CheckoutRequest, deps: Deps, *, stored: bool) -> Response:
    checkout = new_checkout(opening, deps.clock, deps.new_checkout_id)
    if stored:
        deps.checkouts.add(checkout)
    addresses = BaseUrls(deps.settings.public_url, deps.settings.steppay_api_url)
    return Response(status=302, headers={"Location": pay_page(checkout, opening, addresses)})


def _verdict(verdict: Mapping[str, object], deps: Deps) -> Response:
    code = str(verdict["orderCode"])
    waits = may_pay_another_way(verdict)
    return verdict_page(
        verdict,
        language(request),
        deps.settings,
        shop_url=_back(deps),
        refresh_url=None if verdict["final"] or waits else _own_url(code, deps),
        other_way_url=_own_url(code, deps, again="1") if waits else None,
    )


def _path_to(order_code: str, deps: Deps) -> str:
    return pay_link(order_code, deps.settings)


def _own_url(order_code: str, deps: Deps, **query: str) -> str:
    return pay_link(order_code, deps.settings, _page(deps), **query)


def _no_order(order_code: str, deps: Deps) -> Response:
    """A link in a sentence often takes the sentence's full stop with it."""
    meant = order_code.rstrip(_PUNCTUATION)
    again = _path_to(meant, deps) if ORDER_CODE.fullmatch(meant) else ""
    return notice_page(404, "no_order", _back(deps), deps.settings, again_url=again)


def _back(deps: Deps) -> str:
    return way_to_shop(_referer_origin(deps), _page(deps), deps.settings)


def _page(deps: Deps) -> str | None:
    """The shop's page: what the link says, else where it was followed. Most browsers send other sites the origin alone,
    which is no page."""
    given = (request.args.get("return", ""), request.headers.get("Referer", ""))
    return next((url for url in given if _is_page(url, deps)), None)


def _is_page(url: str, deps: Deps) -> bool:
    origin = origin_of(url) if is_short_and_plain(url) else None
    return origin in deps.settings.allowed_origins and url not in (origin, f"{origin}/")


def _referer_origin(deps: Deps) -> str | None:
    origin = origin_of(request.headers.get("Referer", ""))
    return origin if origin in deps.settings.allowed_origins else None
