"""StepPay's pay links, 302 from the API host to the hosted pay page, and the merchant's return URLs they carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
            code = known_order(store, id_or_code).code
        try:
            query = read_return_urls(request.args).as_fields()
        except BadReturnUrl:
            raise Problem(400, "INVALID_PARAMETER", "return URLs must be http or https") from None
        query |= {name: request.args[name] for name in _CARRIED if name in request.args}
        target = f"{public_url}/pay/{code}" + (f"?{urlencode(query)}" if query else "")
        return Response(status=302, headers={"Location": target})

    public.get("/orders/<id_or_code>/pay")(pay_link)
    private.get("/v1/orders/<id_or_code>/pay")(pay_link)
    return public


class BadReturnUrl(ValueError):
    """A return URL that is not an absolute http or https URL."""


@dataclass(frozen=True, slots=True)
class ReturnUrls:
    """The three URLs of one visit to the pay page, as given; None where none was given."""

    success: str | None
    error: str | None
    cancel: str | None

    def as_fields(self) -> dict[str, str]:
        """The query or form fields that carry the URLs on."""
        pairs = {"successUrl": self.success, "errorUrl": self.error, "cancelUrl": self.cancel}
        return {name: url for name, url in pairs.items() if url}


def read_return_urls(fields: Mapping[str, str]) -> ReturnUrls:
    """Read successUrl, errorUrl, cancelUrl. Raises BadReturnUrl."""
    return ReturnUrls(*(_checked(fields.get(name)) for name in ("successUrl", "errorUrl", "cancelUrl")))


def _checked(url: str | None) -> str | None:
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadReturnUrl from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
        raise BadReturnUrl
    return url


def destination(urls: ReturnUrls, order: Order, returns_to: Destination) -> str | None:
    """Where the browser goes now, or None when the merchant named no URL for this outcome, or the shopper is gone."""
    if returns_to == "nowhere":
        return None
    if returns_to == "cancel":
        # StepPay's guide names cancelUrl but no parameters for it, so none are added.
        return urls.cancel
    url = urls.success if returns_to == "success" else urls.error
    return url and with_return_parameters(url, order, returns_to)


def with_return_parameters(url: str, order: Order, status: str) -> str:
    """Append `order_id`, `order_code`, `status` to the query, before any fragment."""
    base, hash_sign, fragment = url.partition("#")
    joint = "&" if "?" in base else "?"
    return f"{base}{joint}order_id={order.id}&order_code={order.code}&status={status}{hash_sign}{fragment}"
