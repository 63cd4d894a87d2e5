"""Marks that must never come out again: one in every personal field that StepPay may send, and in every secret.

A new secret of the server belongs into `SECRETS`, a new way out into `test_leaks.py`.
"""

from __future__ import annotations

import base64
from typing import Any

from tests.support.app_fixture import ADMIN_KEY, API_KEY, METRICS_KEY, REDIS_PASSWORD, TOKEN, WEBHOOK_SECRET
from widget_server.adapters.keys.signing_keys import new_key

PERSONAL = "canary-personal"
ID_KEY = "canaryIdKey"
"""Letters and digits only, as StepPay's are; a number is added for each order."""
SIGNING_KEY = new_key()
_PRIVATE = base64.urlsafe_b64encode(SIGNING_KEY.private.private_bytes_raw()).rstrip(b"=").decode()
KEY_FILE = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": SIGNING_KEY.x, "d": _PRIVATE}]}
SECRETS = {
    "STEPPAY_SECRET_TOKEN": TOKEN,
    "WIDGET_API_KEY": API_KEY,
    "WIDGET_METRICS_KEY": METRICS_KEY,
    "WIDGET_ADMIN_KEY": ADMIN_KEY,
    "signing key": _PRIVATE,
    "webhook secret": WEBHOOK_SECRET,
    "password of the rate limits' Redis": REDIS_PASSWORD,
}
"""What the server holds, by setting or by name."""

_PERSON = {
    **dict.fromkeys(("name", "email", "phone", "username", "code", "uuid"), PERSONAL),
    "shipping": {"address1": PERSONAL, "address2": PERSONAL, "receiver": PERSONAL},
    "attributes": [{"name": PERSONAL, "value": PERSONAL}],
}
_ACCOUNT = dict.fromkeys(("accountNumber", "accountName", "bankAccount", "birthDate", "businessNumber"), PERSONAL)
_PAYMENT = {
    **dict.fromkeys(("cardNumber", "errorMessage", "errorCode", "paymentReturn", "paymentReceiptUrl"), PERSONAL),
    "vbankDTO": _ACCOUNT,
    "niceCmsDTO": _ACCOUNT,
    "customerDTO": _PERSON,
}
ORDER: dict[str, Any] = {
    **{"customer": _PERSON, "payment": _PAYMENT, "shipping": _PERSON, "orderLogs": [{"message": PERSONAL}]},
    **{"attributes": [{"value": PERSONAL}], "productName": PERSONAL, "invoiceId": PERSONAL, "memo": PERSONAL},
    "childOrders": [{"customer": _PERSON, "payment": _PAYMENT}],
    "parentSubscription": {"customer": _PERSON},
}
RECEIPT: dict[str, Any] = {**_PAYMENT, **_PERSON, "buyer": _PERSON, "customer": _PERSON}
ERROR = {"errorCode": PERSONAL, "errorMessage": PERSONAL, "details": _PERSON, "traceId": PERSONAL}


def marked(answer: Any, marks: dict[str, Any]) -> Any:
    """StepPay's answer with every mark; statuses and raw bodies get theirs as text."""
    if isinstance(answer, dict) and "raw" in answer:
        return {**answer, "raw": f"{answer['raw']}<!-- {PERSONAL} -->"}
    return {**marks, **answer} if isinstance(answer, dict) else answer


def found_in(text: str) -> list[str]:
    """Names of the marks that occur."""
    marks = {"personal data": PERSONAL, "idKey": ID_KEY, **SECRETS}
    return [name for name, mark in marks.items() if mark.lower() in text.lower()]
