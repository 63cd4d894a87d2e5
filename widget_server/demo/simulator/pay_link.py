"""StepPay's pay links, 302 from the API host to the hosted pay page, and the merchant's return URLs they carry."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, request

from widget_server.demo.simulator.order_api import known_order
from widget_server.demo.simulator.records import Order
from widget_server.demo.simulator.responses import Problem
from widget_server.demo.simulator.scenarios import Destination
from widget_server.demo.simulator.store import Store

# `coop` is ours, not StepPay's: it lets a browser test set the header (see pay_page.py).
_CARRIED = ("lang", "coop")


def pay_link_routes(store: Store, public_url: str, private: Blueprint) -> Blueprint:
    """`GET /api/public/orders/{idOrCode}/pay`: no token, 302 or 404 or 400 for a bad return URL. On `private` the same
    as `/v1/orders/{idOrCode}/pay`, under its token check."""
    public = Blueprint("public_link", __name__, url_prefix="/api/public")

    def pay_link(id_or_code: str) -> Response:
        with store.lock:
            order = known_order(store, id_or_code)
            code, until = order.code, order.purchase_deadline
        if until and until <= store.real_clock():
            raise Problem(404, "ORDER_EXPIRED", "the purchaseDeadline of this order is over")
        query = read_return_urls(request.args)
        query |= {name: request.args[name] for name in _CARRIED if name in request.args}
        target = f"{public_url}/pay/{code}" + (f"?{urlencode(query)}" if query else "")
        return Response(status=302, headers={"Location": target})

    public.get("/orders/<id_or_code>/pay")(pay_link)
    private.get("/v1/orders/<id_or_code>/pay")(pay_link)
    return public


def read_return_urls(fields: Mapping[str, str]) -> dict[str, str]:
    """Those of successUrl, errorUrl and cancelUrl that are given. Raises Problem 400 for another than an absolute http
    or https URL."""
    given = {name: fields[name] for name in ("successUrl", "errorUrl", "cancelUrl") if fields.get(name)}
    if not all(map(_is_web_url, given.values())):
        raise Problem(400, "INVALID_PARAMETER", "return URLs must be http or https")
    return given


def _is_web_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url


def destination(urls: Mapping[str, str], order: Order, returns_to: Destination) -> str | None:
    """Where the browser goes now, or None when the merchant named no URL for this outcome, or the shopper is gone."""
    if returns_to == "nowhere":
        return None
    if returns_to == "cancel":
        # StepPay's guide names cancelUrl but no parameters for it, so none are added.
        return urls.get("cancelUrl")
    url = urls.get("successUrl" if returns_to == "success" else "errorUrl")
    return url and with_return_parameters(url, order, returns_to)


def with_return_parameters(url: str, order: Order, status: str) -> str:
    """Append `order_id`, `order_code`, `status` to the query, before any fragment."""
    base, hash_sign, fragment = url.partition("#")
    joint = "&" if "?" in base else "?"
    return f"{base}{joint}order_id={order.id}&order_code={order.code}&status={status}{hash_sign}{fragment}"
