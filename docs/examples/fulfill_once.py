"""A small merchant backend: verify the browser's token or the widget server's webhook, compare it with your own order,
then fulfill exactly once.

Needs `widget_server.merchant.verdicts` and `widget_server.merchant.webhooks` (or copies of the two files). Replace
SQLite by your database: what matters is the unique key on the order code, in the transaction of the fulfillment itself.
"""

from __future__ import annotations

import http.client
import json
import re
import sqlite3
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from widget_server.merchant import Verdict, VerdictVerificationError, verify_verdict
from widget_server.merchant.webhooks import Delivery

ISSUER = "https://pay.shop.kr"  # your widget server, as in its WIDGET_PUBLIC_URL
AUDIENCE = "https://shop.kr"  # your shop's origin, as in its WIDGET_ALLOWED_ORIGINS

TABLES = """
CREATE TABLE IF NOT EXISTS orders (code TEXT PRIMARY KEY, amount TEXT NOT NULL, currency TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fulfillments (order_code TEXT PRIMARY KEY REFERENCES orders (code));
CREATE TABLE IF NOT EXISTS parcels (id INTEGER PRIMARY KEY, order_code TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (id INTEGER PRIMARY KEY, order_code TEXT NOT NULL REFERENCES orders (code));
CREATE TABLE IF NOT EXISTS renewals (order_code TEXT PRIMARY KEY, first_order TEXT NOT NULL REFERENCES orders (code));
CREATE TABLE IF NOT EXISTS reviews (order_code TEXT NOT NULL, type TEXT NOT NULL, UNIQUE (order_code, type));
"""


KEPT_SECONDS = 300  # as long as the document may be cached, at most
GRACE_SECONDS = 300  # the widget server may be down for a moment


class Keys:
    """The widget server's public keys: fetched when first needed, for an unknown key, and when they are older than the
    answer's `max-age`; at most once a minute.

    Never kept for longer: your backend would go on trusting a stolen key after its removal. When a fetch fails, the
    old keys count for five more minutes.
    """

    def __init__(self, server: str = ISSUER, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = f"{server}/.well-known/jwks.json"  # from your settings, never from a token
        self._clock = clock
        self._asked_at: float | None = None
        self._fresh_until = 0.0
        self._keys: Mapping[str, Any] = {"keys": []}

    def verify(self, token: object, **expected: Any) -> Verdict:
        self._drop_old_keys()
        try:
            return verify_verdict(token, keys=self._keys, **expected)
        except VerdictVerificationError as refused:
            if refused.code != "unknown_key" or not self._fetch():
                raise
        return verify_verdict(token, keys=self._keys, **expected)

    def _drop_old_keys(self) -> None:
        old = self._keys["keys"] and self._clock() >= self._fresh_until and not self._fetch()
        if old and self._clock() >= self._fresh_until + GRACE_SECONDS:
            self._keys = {"keys": []}

    def _fetch(self) -> bool:
        """Whether there are fresh keys now."""
        now = self._clock()
        if self._asked_at is not None and now < self._asked_at + 60:
            return False
        self._asked_at = now
        try:
            with urllib.request.urlopen(self._url, timeout=5) as answer:  # noqa: S310  # a fixed https address
                keys, headers = json.load(answer), answer.headers
        except (OSError, ValueError, http.client.HTTPException):
            return False
        if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
            return False
        max_age = re.search(r"max-age=([0-9]{1,6})", headers.get("Cache-Control", ""))
        age = re.fullmatch("[0-9]{1,6}", headers.get("Age", "0"))  # how long a cache in between has kept it
        left = (int(max_age[1]) if max_age else KEPT_SECONDS) - (int(age[0]) if age else 0)
        self._keys, self._fresh_until = keys, now + min(left, KEPT_SECONDS)
        return True


def fulfill(
    database: sqlite3.Connection,
    keys: Keys,
    token: object,
    order_code: str,
    *,
    issuer: str = ISSUER,
    audience: str = AUDIENCE,
    now: datetime | None = None,
) -> str:
    """Answer "fulfilled", "already fulfilled", "not paid" or "no such order". Raises `VerdictVerificationError`.

    Answer HTTP 200 for the first three: the shopper's second click is no error.
    """
    order = database.execute("SELECT amount, currency FROM orders WHERE code = ?", (order_code,)).fetchone()
    if order is None:
        return "no such order"
    verdict = keys.verify(
        token,
        issuer=issuer,
        audience=audience,
        order_code=order_code,
        amount=Decimal(order[0]),  # what you charged, not what the request says
        currency=order[1],
        now=now,
    )
    return fulfill_once(database, verdict.order_code) if verdict.is_fulfillable else "not paid"


def process_webhook(database: sqlite3.Connection, message: Delivery) -> str:
    """Process a webhook that `verify_delivery` gave you, and answer HTTP 204 whatever this returns: a webhook that you
    refuse comes again for three days. Webhooks come for every order of the StepPay account: also of your other shops,
    and those made in StepPay's portal."""
    code, data = message.order_code, message.data
    if message.type == "renewal.paid":
        return renew_once(database, data)
    order = database.execute("SELECT amount, currency FROM orders WHERE code = ?", (code,)).fetchone()
    if code is None or order is None:
        return "no order of ours"
    if message.is_fulfillable:  # paid; or free, because you have bound the amount 0
        if (data["amount"], data["currency"]) == (Decimal(order[0]), order[1]):
            remember_subscriptions(database, code, data["subscriptionIds"])
            return fulfill_once(database, code)
        return ask_for_review(database, code, "payment.mismatch")  # you forgot to bind the amount
    if message.type in {"payment.mismatch", "payment.partially_refunded", "payment.refunded"}:
        return ask_for_review(database, code, message.type)
    return "nothing to do"


def remember_subscriptions(database: sqlite3.Connection, order_code: str, subscription_ids: list[int]) -> None:
    """Next month's order has a code that you have never seen; its `subscriptionIds` say whose it is."""
    with database:
        database.executemany(
            "INSERT INTO subscriptions (id, order_code) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
            [(number, order_code) for number in subscription_ids],
        )


def renew_once(database: sqlite3.Connection, data: Mapping[str, Any]) -> str:
    ids = data["subscriptionIds"]
    wanted = f"SELECT order_code FROM subscriptions WHERE id IN ({', '.join('?' * len(ids))})"  # noqa: S608  # marks only
    first = database.execute(wanted, ids).fetchone()
    if first is None:
        return "no order of ours"
    with database:
        renewed = database.execute(
            "INSERT INTO renewals (order_code, first_order) VALUES (?, ?) ON CONFLICT (order_code) DO NOTHING",
            (data["orderCode"], first[0]),
        )
    return "renewed" if renewed.rowcount else "already renewed"


def ask_for_review(database: sqlite3.Connection, order_code: str, kind: str) -> str:
    """Money is in the wrong place or went back: what follows from it is your business to decide."""
    with database:
        database.execute(
            "INSERT INTO reviews (order_code, type) VALUES (?, ?) ON CONFLICT (order_code, type) DO NOTHING",
            (order_code, kind),
        )
    return "to review"


def fulfill_once(database: sqlite3.Connection, order_code: str) -> str:
    """Call this wherever you learn of a payment, after you compared the order: token, webhook, check."""
    with database:  # one transaction: both rows or none
        claimed = database.execute(
            "INSERT INTO fulfillments (order_code) VALUES (?) ON CONFLICT (order_code) DO NOTHING", (order_code,)
        )
        if claimed.rowcount == 0:
            return "already fulfilled"
        database.execute("INSERT INTO parcels (order_code) VALUES (?)", (order_code,))  # the real work of your shop
    return "fulfilled"
