"""Examples without customer data, made by the code that makes the real responses."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from widget_server.domain.display_options import PageRule
from widget_server.domain.model import Expectation, Order, OrderType, PaymentStatus, Verdict
from widget_server.domain.parsing import SEOUL
from widget_server.domain.pay_url import ReturnUrls, pay_url, pay_url_template
from widget_server.domain.subscription import Subscription, SubscriptionStatus, subscription_body
from widget_server.domain.verdict_json import verdict_body
from widget_server.domain.verdict_reasons import Reason, finding
from widget_server.errors import InvalidJson, InvalidRequest, TooLarge, UnsupportedMediaType, WidgetServerError
from widget_server.services.snippet import tag_members
from widget_server.web.openapi.operations import NotFoundProblem
from widget_server.web.problems import http_problem_body, internal_error_body, problem_body
from widget_server.web.schemas import camel_case
from widget_server.web.translations import with_message

CHECKOUT = "q83vEjRWeJASNFZ4mrze8A"
CODE = "order_15XqwcM1f"
_ORDER = Order(
    order_code=CODE,
    order_id=183682,
    type=OrderType.ONE_TIME,
    amount=Decimal(10000),
    returned_amount=Decimal(0),
    currency="KRW",
    payment_date=None,
    id_key=None,
    subscription_ids=(),
)
_PAID_ORDER = replace(_ORDER, payment_date=datetime(2026, 11, 1, 10, 5, tzinfo=SEOUL))
_FREE_ORDER = replace(_PAID_ORDER, type=OrderType.RECURRING_INITIAL, amount=Decimal(0), subscription_ids=(77,))
_DETAILS: dict[type[WidgetServerError], str] = {
    InvalidJson: "The body is not JSON.",
    TooLarge: "The body may have at most 4096 bytes.",
    UnsupportedMediaType: "Send the body as Content-Type: application/json.",
}


_TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJ2ZXJkaWN0IjoiLi4uIn0.c2lnbmF0dXJl"  # noqa: S105 - shows the form, opens nothing


def _recorded(
    order: Order, reason: Reason, status: PaymentStatus | None, bound: Expectation | None = None
) -> dict[str, object]:
    found = finding(reason)
    checked_at = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
    return verdict_body(Verdict(order, found, status, checked_at, bound))


_PAID = _recorded(_PAID_ORDER, "payment_complete", PaymentStatus.COMPLETE)
_RECORDED = {
    "paid": _PAID,
    "pending": _recorded(_ORDER, "awaiting_deposit", PaymentStatus.VIRTUAL_BANK_STANDBY),
    "failed": _recorded(_ORDER, "payment_failed", PaymentStatus.FAILED),
    "free": _recorded(_FREE_ORDER, "zero_amount", None, Expectation(Decimal(0), "KRW")),
    "unknown": _recorded(_PAID_ORDER, "receipt_unavailable", None),
}
VERDICTS = {name: {**with_message(body, "ko"), "token": _TOKEN} for name, body in _RECORDED.items()}

SUBSCRIPTION = subscription_body(
    Subscription(
        77,
        SubscriptionStatus.ACTIVE,
        datetime(2026, 11, 1, tzinfo=SEOUL),
        datetime(2026, 12, 1, tzinfo=SEOUL),
        datetime(2026, 12, 1, tzinfo=SEOUL),
        (("product_tea", "price_tea_monthly"),),
        (),
    ),
    datetime(2026, 11, 23, 3, 16, tzinfo=UTC),
    timedelta(0),
)
OPENED = {
    "checkout": CHECKOUT,
    "payUrl": pay_url(
        "https://api.steppay.kr", CODE, CHECKOUT, ReturnUrls(*[f"https://pay.shop.kr/v1/return/{CHECKOUT}"] * 3), "ko"
    ),
    "expiresAt": "2026-11-30T03:16:00Z",
}
STANDING = {"verdict": with_message(_PAID, "ko")}
CHECKOUT_STATES = {
    "open": {"state": "open", "verdict": None},
    "returned": {"state": "returned", "verdict": with_message(_PAID, "ko")},
}
NEW_ORDER = {
    "customer": {"code": "customer_dallae"},
    "items": [{"productCode": "product_beans", "priceCode": "price_beans", "currency": "KRW", "quantity": 2}],
    "purchaseDeadline": "2026-12-31T23:59:00+09:00",
}
_PAY_URL = f"https://pay.shop.kr/v1/pay/{CODE}"
CREATED_ORDER = {
    **{"orderCode": CODE, "orderId": 183682, "amount": 24000, "currency": "KRW", "payUrl": _PAY_URL},
    "html": f'<a href="{_PAY_URL}" data-steppay-order="{CODE}">결제하기</a>',
    "expiresAt": "2026-12-31T14:59:00Z",
}
CARD_CHANGE = {
    **{"orderCode": CODE, "orderId": 183682, "payUrl": _PAY_URL},
    "html": f'<a href="{_PAY_URL}" data-steppay-order="{CODE}">결제수단 변경</a>',
}
OFFER = {
    **{"offer": "basic-monthly", "title": "매달 원두", "text": "언제든 쉬어 갈 수 있습니다.", "amount": 9900},
    **{"currency": "KRW", "quantity": {"min": 1, "max": 5}, "phone": "none"},
    "privacyUrl": "https://brand.kr/privacy",
}
BUYER = {"customer": {"name": "달래", "email": "dallae@example.com"}, "quantity": 2}
ORDERED = {"orderCode": CODE, "expiresAt": "2026-11-23T03:46:00Z"}
EXPECTATION = {"amount": 10000, "currency": "KRW"}
_BOUND = {**EXPECTATION, "boundAt": "2026-11-01T00:58:00Z", "settledAt": None}
BOUND = {"orderCode": CODE, "expectation": _BOUND}
ORDERS = {
    "bound": {**BOUND, "verdict": None, "checkedAt": None, "needsReview": False, "history": []},
    "paid": {
        "orderCode": CODE,
        "expectation": {**_BOUND, "settledAt": _PAID["checkedAt"]},
        "verdict": _PAID,
        "checkedAt": _PAID["checkedAt"],
        "needsReview": False,
        "history": [
            {"verdict": "paid", "reason": "payment_complete", "cause": "verify", "at": _PAID["checkedAt"]},
        ],
    },
}
KEY_SET = {
    "keys": [
        {
            **{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
            **{"kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "use": "sig", "alg": "EdDSA"},
        }
    ]
}
TAG = tag_members("https://pay.shop.kr", b"the widget", framed=True, plain_http=False)
SCREENS = {
    "css": ".card{border-radius:16px}",
    "ko": {"opening": "결제창을 여는 중입니다"},
    "en": {"opening": "Opening payment"},
    "shop": {
        "name": "달보드레 커피",
        "support": {"label": "02-123-4567", "url": "tel:021234567"},
        "ordersUrl": "https://shop.kr/orders",
    },
}
PAGE_RULE = {
    **{camel_case(name): value for name, value in asdict(PageRule("iframe")).items()},
    "payUrl": pay_url_template("https://api.steppay.kr"),
}


def problem_example(kind: type[WidgetServerError]) -> dict[str, object]:
    """What a caller sees of this error."""
    if kind is InvalidRequest:
        return problem_body(InvalidRequest({"orderCode": ["Must be StepPay's order code."]}))
    if kind is WidgetServerError:
        return internal_error_body("3f9c2b7e51d04a86")
    if kind is NotFoundProblem:
        return http_problem_body(404)
    return problem_body(kind(_DETAILS.get(kind, "")))
