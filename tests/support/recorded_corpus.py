"""2,000 requests of every kind, the same in every run: routes, methods, bodies, headers, languages, callers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

from tests.support.app_fixture import ADMIN, ADMIN_KEY, API_KEY, METRICS_KEY, NOW, PUBLIC, SHOP, WEBHOOK_SECRET
from tests.support.job_helpers import event_body, signed
from tests.vectors import ONE_OF_EACH

COUNT = 2000
_HOUR = timedelta(hours=1)
_DOWN = ("error", 503)
ORDERS = {
    f"rec_{number:02d}_{vector['expect']['reason']}": (vector["order"], vector["receipt"])
    for number, vector in enumerate(ONE_OF_EACH)
    if vector["order"] not in _DOWN
} | {"rec_down": ("error", None), "rec_busy": (429, None), "rec_html": ({"raw": "<p>no", "status": 200}, None)}
"""What StepPay answers about each order. Few orders fail, so the circuit breaker stays closed."""
CODES = (*ORDERS, "rec_not_there")
_SETTLING = [code for code in ORDERS if code.endswith(("payment_complete", "refunded", "not_paid_yet"))]
BAD_CODES = (
    "abc",
    "183682",
    "order a",
    "order_é",
    "../customers/1",
    "x" * 65,
    "%2e%2e",
    "rec_paid%00",
    "rec.",
    "rec_a,",
)
ORIGINS = (None, None, SHOP, SHOP, "https://www.shop.test", PUBLIC)
BAD_ORIGINS = ("https://evil.tld", "null", "HTTPS://SHOP.TEST", f"{SHOP}, {SHOP}", f"{SHOP}/", "", "http://shop.test")
LANGUAGES = (None, "ko", "en-US,en;q=0.8", "ja,de;q=0.5", "ko;q=0,en", "*", "x" * 300, "한국어")
BEARERS = (None, f"Bearer {API_KEY}", f"bearer  {API_KEY}", f"Bearer {METRICS_KEY}", "Bearer x", f"Basic {API_KEY}")
JSON_TYPES = ("application/json", "application/json; charset=UTF-8", "Application/JSON")
OTHER_TYPES = ("", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=euc-kr", "a/b;=")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
STATUSES = (None, "success", "error", "cancel", "SUCCESS", 7, 1.5, "x" * 65, True, [], "")
ORDER_IDS = (None, 7, "7", 8, "07", "1 ", 0, -1, True, 1.0, 2**63, "9" * 20, {})
BAD_BODIES = (
    *(b"", b"null", b"[]", b'"a"', b"123", b"{", b"{'a': 1}", b"{}{}", b'{"a": NaN}', b'{"a": Infinity}'),
    *(b'{"orderCode": "\xff"}', '{"orderCode": "order_a"}'.encode("utf-16"), b"\xef\xbb\xbf{}", b'{"a": "\\ud800"}'),
    *(b'{"orderCode": "a", "orderCode": "b"}', b'{"a":' * 800, b"[" * 4096, b" " * 9000, b'{"a": 1' + b"0" * 5000),
    b'{"orderCode": "rec_not_there", "orderId": 1e400}',
)
PATHS = (
    *("/", "/nothing", "/v1", "/v1/", "/v1//verify", "/v1/verify/", "/V1/verify", "/v1/pay/", "/v1/return/", "/v1/é"),
    *("/docs", "/openapi.json", "/playground", "/playground?mode=iframe&path=/pricing", "/healthz", "/readyz"),
    *("/v1/widget.js", "/v1/widget-0000000000000000.js", "/assets/css/return.css", "/assets/../setup.cfg"),
    *("/assets/js/page.js", "/assets/nothing", "/.well-known/jwks.json", "/metrics", "/v1/checkouts", "/v1/orders"),
)
ADMIN_PATHS = (
    "/",
    "/admin",
    "/admin/sign-in",
    "/admin/orders",
    "/admin/deliveries",
    "/admin/assets/admin.css",
    "/v1/x",
)
RETURNS = ("https://shop.test/cart", "https://evil.tld/", "https://shop.test/a?b=c#d", "shop.test", "", "//shop.test")


@dataclass
class Recorded:
    """One request. `app`: `full`, with everything switched on, or `bare`, with nothing but a strict rate limit."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    app: str = "full"
    base_url: str = "http://localhost"

    @property
    def summary(self) -> str:
        """One line for people: long values are cut."""
        told = [f"{name}: {_short(value)}" for name, value in self.headers.items()]
        told += [f"body: {_short(repr(self.body)[2:-1])}"] if self.body is not None else []
        place = self.base_url.removeprefix("http://localhost") + _short(self.path, 100)
        return " | ".join([f"{self.app} {self.method} {place}", *told]).encode("unicode_escape").decode()


def corpus() -> Iterator[Recorded]:
    """The requests in their order: some open what later ones ask for."""
    dice = random.Random(20261129)
    kinds = list(_KINDS.items())
    for _number in range(COUNT):
        kind = dice.choices([make for make, _weight in kinds], [weight for _make, weight in kinds])[0]
        request = kind(dice)
        if dice.random() < 0.12:
            request.app = "bare"
            request.headers["X-Forwarded-For"] = f"203.0.113.{dice.randrange(40)}"
        yield request


def _headers(dice: random.Random, **more: str | None) -> dict[str, str]:
    origin = dice.choice(BAD_ORIGINS) if dice.random() < 0.12 else dice.choice(ORIGINS)
    given = {"Origin": origin, "Accept-Language": dice.choice(LANGUAGES), **more}
    return {
        name.replace("_", "-"): value.encode().decode("latin-1") for name, value in given.items() if value is not None
    }


def _json(dice: random.Random, members: dict[str, object]) -> tuple[bytes, str]:
    """A body and its type; sometimes a bad one."""
    body = dice.choice(BAD_BODIES) if dice.random() < 0.15 else json.dumps(members).encode()
    return body, dice.choice(OTHER_TYPES) if dice.random() < 0.08 else dice.choice(JSON_TYPES)


def _code(dice: random.Random) -> str:
    return dice.choice(BAD_CODES) if dice.random() < 0.08 else dice.choice(CODES)


def _checkout(dice: random.Random) -> str:
    return dice.choice(("x", "A" * 22, "a" * 23)) if dice.random() < 0.1 else f"checkout{dice.randrange(1, 40):014d}"


def _some(dice: random.Random, **members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if dice.random() < 0.7}


def _verify(dice: random.Random) -> Recorded:
    members: dict[str, object] = {"orderCode": _code(dice), "more": "ignored"}
    members |= _some(dice, status=dice.choice(STATUSES[:5] if dice.random() < 0.8 else STATUSES))
    members |= _some(dice, orderId=dice.choice(ORDER_IDS)) if dice.random() < 0.3 else {}
    members |= {"checkout": _checkout(dice)} if dice.random() < 0.4 else {}
    body, kind = _json(dice, members)
    encoding = "gzip" if dice.random() < 0.02 else None
    return Recorded("POST", "/v1/verify", _headers(dice, Content_Type=kind, Content_Encoding=encoding), body)


def _open(dice: random.Random) -> Recorded:
    mode = dice.choice(("redirect", "tab", "popup", "iframe", "window", None, 7))
    members: dict[str, object] = {"orderCode": _code(dice), "mode": mode}
    members |= {"locale": dice.choice(("ko", "en", None, "fr", 1))} if dice.random() < 0.4 else {}
    members |= {"again": dice.choice((True, False, "no", 1))} if dice.random() < 0.3 else {}
    urls = _some(dice, successUrl=dice.choice(RETURNS), errorUrl=dice.choice(RETURNS), cancelUrl=dice.choice(RETURNS))
    body, kind = _json(dice, members | (urls if dice.random() < 0.4 else {}))
    return Recorded("POST", "/v1/checkouts", _headers(dice, Content_Type=kind), body)


def _poll(dice: random.Random) -> Recorded:
    return Recorded(dice.choice(("GET", "GET", "GET", "HEAD")), f"/v1/checkouts/{_checkout(dice)}", _headers(dice))


def _return(dice: random.Random) -> Recorded:
    checkout = _checkout(dice)
    marked = f"{dice.choice(('success', 'error', 'cancel', 'none'))}.{dice.choice(CODES)}.{checkout}"
    query = {
        **_some(dice, order_code=_code(dice), order_id=dice.choice(("7", "8", "x")), status=dice.choice(STATUSES[1:5])),
        **({"steppay_return": marked} if dice.random() < 0.5 else {}),
        **({"round": dice.choice(("0", "3", "9", "x"))} if dice.random() < 0.3 else {}),
        **({"page": "aHR0cHM6Ly9zaG9wLnRlc3QvY2FydA"} if dice.random() < 0.3 else {}),
    }
    text = "&".join(f"{name}={quote(str(value))}" for name, value in query.items())
    return Recorded("GET", f"/v1/return/{checkout}" + (f"?{text}" if text else ""), _headers(dice))


def _pay(dice: random.Random) -> Recorded:
    query = _some(dice, mode=dice.choice(("tab", "iframe", "x")), again=dice.choice(("1", "0")))
    query |= {"return": dice.choice(RETURNS)} if dice.random() < 0.5 else {}
    text = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
    referer = dice.choice((None, f"{SHOP}/page", "https://evil.tld/", "x"))
    path = f"/v1/pay/{quote(_code(dice), safe='%')}" + (f"?{text}" if text else "")
    return Recorded(dice.choice(("GET", "GET", "GET", "HEAD")), path, _headers(dice, Referer=referer))


def _merchant(dice: random.Random) -> Recorded:
    bearer = dice.choice(BEARERS) if dice.random() < 0.15 else BEARERS[1]
    headers = _headers(dice, Authorization=bearer)
    if dice.random() < 0.95:
        headers.pop("Origin", None)
    code = _code(dice) if dice.random() < 0.4 else dice.choice(_SETTLING)
    path = f"/v1/orders/{quote(code, safe='%')}"
    if dice.random() < 0.5:
        refresh = dice.choice(("", "", "?refresh=1", "?refresh=0", "?refresh=2", "?refresh=1&refresh=1"))
        return Recorded("GET", path + refresh, headers)
    amount = dice.choice((*[10000] * 9, 10000.0, 9900, 9900, 9900, 0, -1, "10000", True, 1e20, None))
    currency = dice.choice((*["KRW"] * 9, "USD", "krw", "", 7))
    body, kind = _json(dice, {"currency": currency, "amount": amount})
    return Recorded("PUT", f"{path}/expectation", {**headers, "Content-Type": kind}, body)


def _webhook(dice: random.Random) -> Recorded:
    raw = dice.choice(BAD_BODIES) if dice.random() < 0.2 else event_body(_code(dice), orderId=dice.randrange(1, 9))
    good = signed(raw, NOW, WEBHOOK_SECRET)
    bad = (None, "", good.replace("key=", "key=A"), "timestamp=1,key=" + "A" * 43 + "=", signed(raw, NOW - _HOUR))
    header = dice.choice((*[good] * len(bad), *bad))
    return Recorded("POST", "/v1/webhooks/steppay", _headers(dice, Steppay_Signature=header), raw)


def _old_webhook(dice: random.Random) -> Recorded:
    bodies = (b'{"order_id": 7}', b"order_id=7", b'{"data": {"orderId": 7}}', *BAD_BODIES)
    kind = dice.choice((*JSON_TYPES, "application/x-www-form-urlencoded"))
    return Recorded("POST", "/v1/webhooks/steppay-v1", _headers(dice, Content_Type=kind), dice.choice(bodies))


def _page(dice: random.Random) -> Recorded:
    match = dice.choice((None, None, None, "*", '"x"', 'W/"x"'))
    coding = dice.choice((None, "gzip", "br", "gzip;q=0, identity", "*"))
    headers = _headers(dice, If_None_Match=match, Accept_Encoding=coding)
    return Recorded(dice.choice(("GET", "GET", "GET", "HEAD")), dice.choice(PATHS), headers)


def _rule(dice: random.Random) -> Recorded:
    query = dice.choice(("", "?path=/", "?path=/pricing", "?path=pricing", "?path=/a&path=/b", "?path=" + "/x" * 1100))
    return Recorded("GET", f"/v1/pages{query}", _headers(dice))


def _scrape(dice: random.Random) -> Recorded:
    bearer = dice.choice((None, f"Bearer {METRICS_KEY}", f"Bearer {API_KEY}"))
    headers = _headers(dice, Authorization=bearer)
    if dice.random() < 0.7:
        headers.pop("Origin", None)
    return Recorded("GET", "/metrics", headers)


def _any_method(dice: random.Random) -> Recorded:
    paths = (*PATHS, "/v1/verify", "/v1/checkouts/" + "A" * 22, "/v1/pay/rec_down", "/v1/return/" + "A" * 22)
    preflight = dice.choice((None, "POST", "GET", "DELETE"))
    asked = dice.choice((None, "content-type", "x-other"))
    headers = _headers(dice, Access_Control_Request_Method=preflight, Access_Control_Request_Headers=asked)
    return Recorded(dice.choice((*METHODS, "OPTIONS")), dice.choice((*paths, "/v1/orders/rec_down")), headers)


def _admin(dice: random.Random) -> Recorded:
    if dice.random() < 0.1:  # fewer than SIGN_IN_LIMIT: its refill takes real time
        key = dice.choice((ADMIN_KEY, "wrong", ""))
        origin = dice.choice((ADMIN, "https://evil.tld"))
        headers = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
        return Recorded("POST", "/admin/session", headers, f"key={quote(key)}".encode(), base_url=ADMIN)
    language = dice.choice(("ko", "en"))
    return Recorded(
        dice.choice(("GET", "POST")), dice.choice(ADMIN_PATHS), {"Accept-Language": language}, base_url=ADMIN
    )


_KINDS: dict[Callable[[random.Random], Recorded], int] = {
    **{_verify: 32, _open: 14, _poll: 8, _return: 12, _pay: 8, _merchant: 10, _webhook: 5, _old_webhook: 2},
    **{_page: 8, _rule: 2, _scrape: 1, _any_method: 10, _admin: 3},
}


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}...({len(text)})"
