"""A merchant's backend in small: verify the browser's token, then fulfill the order exactly once.

Needs `widget_server.merchant` (or a copy of that one file) and the standard library. Replace SQLite by your database:
what matters is the unique key on the order code, in the same transaction as the fulfillment itself.
"""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from widget_server.merchant import Verdict, VerdictRefused, verify_verdict

ISSUER = "https://pay.shop.kr"  # your widget server, as in its WIDGET_PUBLIC_URL
AUDIENCE = "https://shop.kr"  # your shop's origin, as in its WIDGET_ALLOWED_ORIGINS

TABLES = """
CREATE TABLE IF NOT EXISTS orders (code TEXT PRIMARY KEY, amount TEXT NOT NULL, currency TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fulfillments (order_code TEXT PRIMARY KEY REFERENCES orders (code));
CREATE TABLE IF NOT EXISTS parcels (id INTEGER PRIMARY KEY, order_code TEXT NOT NULL);
"""


class Keys:
    """The widget server's public keys: fetched when first needed, again for an unknown key, at most once a minute."""

    def __init__(self, server: str = ISSUER, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = f"{server}/.well-known/jwks.json"  # from your settings, never from a token
        self._clock = clock
        self._fetched_at: float | None = None
        self._keys: Mapping[str, Any] = {"keys": []}

    def verify(self, token: object, **expected: Any) -> Verdict:
        try:
            return verify_verdict(token, keys=self._keys, **expected)
        except VerdictRefused as refused:
            if refused.code != "unknown_key" or not self._may_fetch():
                raise
        with urllib.request.urlopen(self._url, timeout=5) as answer:  # noqa: S310  # a fixed https address
            self._keys = json.load(answer)
        return verify_verdict(token, keys=self._keys, **expected)

    def _may_fetch(self) -> bool:
        now = self._clock()
        if self._fetched_at is not None and now < self._fetched_at + 60:
            return False
        self._fetched_at = now
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
    """Answer "fulfilled", "already fulfilled", "not paid" or "no such order". Raises `VerdictRefused`.

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
        amount=Decimal(order[0]),  # what you asked for, not what anybody sent
        currency=order[1],
        now=now,
    )
    return fulfill_once(database, verdict.order_code) if verdict.is_paid else "not paid"


def fulfill_once(database: sqlite3.Connection, order_code: str) -> str:
    """Call this from every way that can learn of a payment: the browser's token, a webhook, a nightly check."""
    with database:  # one transaction: both rows or none
        claimed = database.execute(
            "INSERT INTO fulfillments (order_code) VALUES (?) ON CONFLICT (order_code) DO NOTHING", (order_code,)
        )
        if claimed.rowcount == 0:
            return "already fulfilled"
        database.execute("INSERT INTO parcels (order_code) VALUES (?)", (order_code,))  # the real work of your shop
    return "fulfilled"
