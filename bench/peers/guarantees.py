"""What a merchant would have to add to the bare peers, for Starlette; `guarantees.mjs` is the same for Node."""

from __future__ import annotations

import asyncio
import base64
import re
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.peers.check import Body

ORIGINS = ["https://shop.bench.test"]
REQUESTS_A_MINUTE = 60
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STATUSES = {None, "success", "error", "cancel"}
_TABLES = """CREATE TABLE IF NOT EXISTS orders (order_code TEXT PRIMARY KEY, order_id, verdict, amount, checked_at);
CREATE TABLE IF NOT EXISTS transitions (id INTEGER PRIMARY KEY, order_code TEXT, verdict, at)"""


def order_code(body: bytes) -> str | None:
    """None: not a request that we understand."""
    try:
        claim = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(claim, dict) or claim.keys() - {"orderCode", "status"} or claim.get("status") not in _STATUSES:
        return None
    code = claim.get("orderCode")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


_key = Ed25519PrivateKey.generate()
_HEAD = _encode(orjson.dumps({"alg": "EdDSA", "typ": "JWT", "kid": "bench"}))


def signed(verdict: Body) -> Body:
    """With a JWS over it, as RFC 7515 and RFC 8037 say."""
    now = int(time.time())
    claimed = {name: verdict[name] for name in ("verdict", "fulfill", "amount", "currency")}
    claims = orjson.dumps({"sub": verdict["orderCode"], **claimed, "iat": now, "exp": now + 300})
    signing_input = _HEAD + b"." + _encode(claims)
    return {**verdict, "token": (signing_input + b"." + _encode(_key.sign(signing_input))).decode()}


class RateLimit:
    """Requests of each client in this minute."""

    def __init__(self) -> None:
        self._minute, self._counts = 0, Counter[str]()

    def allows(self, client: str) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, Counter()
        self._counts[client] += 1
        return self._counts[client] <= REQUESTS_A_MINUTE


class Ledger:
    """One thread writes what all requests have to record, as many as wait in one commit."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[tuple[Body, asyncio.Future[None]]] = SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    async def record(self, verdict: Body) -> None:
        """On the disk when it returns."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.put((verdict, done))
        await done

    def _write(self) -> None:
        db = sqlite3.connect("ledger.db", isolation_level=None)
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *_TABLES.split(";")):
            db.execute(statement)
        while True:
            group = list(self._group())
            db.execute("BEGIN IMMEDIATE")
            for verdict, _done in group:
                _put(db, verdict)
            db.execute("COMMIT")
            group[0][1].get_loop().call_soon_threadsafe(_finish, [done for _verdict, done in group])

    def _group(self) -> Iterator[tuple[Body, asyncio.Future[None]]]:
        yield self._waiting.get()
        try:
            while True:
                yield self._waiting.get_nowait()
        except Empty:
            return


def _finish(waiting: list[asyncio.Future[None]]) -> None:
    for done in waiting:
        if not done.done():
            done.set_result(None)


def _put(db: sqlite3.Connection, verdict: Body) -> None:
    """What is known already is not written again."""
    code, kind, amount, at = (verdict[name] for name in ("orderCode", "verdict", "amount", "checkedAt"))
    known: Any = db.execute("SELECT verdict, amount FROM orders WHERE order_code = ?", (code,)).fetchone()
    if known != (kind, amount):
        row = (code, verdict["orderId"], kind, amount, at)
        db.execute("INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?)", row)
        db.execute("INSERT INTO transitions (order_code, verdict, at) VALUES (?, ?, ?)", (code, kind, at))
