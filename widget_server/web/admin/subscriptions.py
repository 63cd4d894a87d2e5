"""`/admin/subscriptions`: the list, what StepPay last said of one, and a new question."""

import logging

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from widget_server.errors import SubscriptionNotFound, UpstreamError
from widget_server.services.order_views import Cursor
from widget_server.services.subscriptions import SubscriptionService
from widget_server.web.admin.deps import AdminDeps
from widget_server.web.admin.pagination import list_values
from widget_server.web.admin.rendering import page, see_other

log = logging.getLogger("widget_server.admin")
_LIST = "/admin/subscriptions"
_MOST_DIGITS = 18


def admin_subscriptions_blueprint(deps: AdminDeps, service: SubscriptionService) -> Blueprint:
    blueprint = Blueprint("admin_subscriptions", __name__)

    @blueprint.get(_LIST)
    def subscriptions() -> Response:
        values = list_values(deps.overview.subscriptions, lambda line: Cursor(line.known_since, str(line.id)))
        return page("subscriptions.html", deps.clock(), 200, **values)

    @blueprint.get(f"{_LIST}/<subscription_id>")
    def subscription(subscription_id: str) -> Response:
        found = deps.overview.subscription(_number(subscription_id))
        if found is None:
            raise NotFound
        return page("subscription.html", deps.clock(), found=found, line=found.line)

    @blueprint.post(f"{_LIST}/<subscription_id>/check")
    def check(subscription_id: str) -> Response:
        number = _number(subscription_id)
        if deps.overview.subscription(number) is None:
            raise NotFound
        log.info("operator_checks subscription=%d", number)
        return see_other(f"{_LIST}/{number}?checked={_outcome(number, service)}")

    return blueprint


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise NotFound
    return int(text)


def _outcome(number: int, service: SubscriptionService) -> str:
    """The page has a sentence for each."""
    try:
        service.check(number)
    except SubscriptionNotFound:
        return "not_found"
    except UpstreamError:
        return "unanswered"
    return "answered"
