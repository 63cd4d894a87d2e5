"""StepPay's pay links: 302 from the API host to the hosted pay page."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, request

from widget_server.demo.simulator.order_api import known_order
from widget_server.demo.simulator.responses import Problem
from widget_server.demo.simulator.return_urls import BadReturnUrl, read_return_urls
from widget_server.demo.simulator.store import Store

# `coop` is ours, not StepPay's: it lets a browser test set the header (see pay_page.py).
_CARRIED = ("lang", "coop")


def public_link_routes(store: Store, public_url: str) -> Blueprint:
    """`GET /api/public/orders/{idOrCode}/pay`: no token, 302 or 404 or 400 for a bad return URL."""
    routes = Blueprint("public_link", __name__, url_prefix="/api/public")
    _add_link(routes, "/orders/<id_or_code>/pay", store, public_url)
    return routes


def add_private_link(routes: Blueprint, store: Store, public_url: str) -> None:
    """`GET /api/v1/orders/{idOrCode}/pay`: the same, under the token check of `routes`."""
    _add_link(routes, "/v1/orders/<id_or_code>/pay", store, public_url)


def _add_link(routes: Blueprint, rule: str, store: Store, public_url: str) -> None:
    @routes.get(rule, endpoint="pay_link")
    def pay_link(id_or_code: str) -> Response:
        with store.lock:
            code = known_order(store, id_or_code).code
        query = urlencode(_checked_query())
        return Response(status=302, headers={"Location": f"{public_url}/pay/{code}" + (query and f"?{query}")})


def _checked_query() -> dict[str, str]:
    try:
        urls = read_return_urls(request.args).as_fields()
    except BadReturnUrl:
        raise Problem(400, "INVALID_PARAMETER", "return URLs must be http or https") from None
    return urls | {name: request.args[name] for name in _CARRIED if name in request.args}
