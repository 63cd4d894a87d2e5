"""The address of StepPay's pay page, with three return URLs, each with a marker that names its claim.

StepPay's guide: `GET /api/public/orders/{orderCode}/pay` takes `successUrl`, `errorUrl` and `cancelUrl`. Which
parameters the cancel URL gets is not documented, so our own marker says "cancel" even when StepPay adds nothing.
It takes `lang` as well, without a list of values: it gets only the languages of this server.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from widget_server.domain.checkout import LOCALES

MARKER = "steppay_return"
CLAIMS = ("success", "error", "cancel")


@dataclass(frozen=True)
class ReturnUrls:
    """Absolute URLs without our marker, each under the name of its claim."""

    success: str
    error: str
    cancel: str


def pay_url_template(api_url: str) -> str:
    """With the literal text `{orderCode}`: what a page needs to open payment while this server is down."""
    return f"{api_url}/api/public/orders/{{orderCode}}/pay"


def pay_url(api_url: str, order_code: str, checkout_id: str, back: ReturnUrls, lang: str | None = None) -> str:
    """`order_code` must already be validated; it is quoted all the same. Without a `lang` of ours StepPay chooses."""
    urls = {
        f"{claim}Url": with_marker(getattr(back, claim), marker(claim, order_code, checkout_id)) for claim in CLAIMS
    }
    query = urlencode(urls | ({"lang": lang} if lang in LOCALES else {}))
    return pay_url_template(api_url).replace("{orderCode}", quote(order_code, safe="")) + "?" + query


def marker(claim: str, order_code: str, checkout_id: str) -> str:
    """`success.order_15XqwcM1f.<checkout>`: none of the three parts can hold a dot or needs quoting."""
    return f"{claim}.{order_code}.{checkout_id}"


def with_marker(url: str, value: str) -> str:
    """Our marker goes behind the existing query and before the fragment; every other byte of the shop's stays.

    `urlunsplit` would drop an empty query or fragment, which the page could not get back.
    """
    address, hash_sign, fragment = url.partition("#")
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{MARKER}={value}{hash_sign}{fragment}"
