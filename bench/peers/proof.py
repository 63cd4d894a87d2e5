"""That a peer with guarantees has them: else it would be beaten, or beat us, for the wrong reason."""

from __future__ import annotations

import base64
import json
import sqlite3
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from bench.orders import new_code
from bench.workload import ORIGIN, visitors

MANY = 100
"""More than a client may ask in a minute."""


def prove(url: str, folder: Path) -> None:
    """Raises AssertionError. `folder`: where it runs, and keeps its ledger."""
    status, headers, verdict = ask(url, {"orderCode": (code := new_code()), "status": "success"})
    assert (status, verdict["verdict"], headers["Access-Control-Allow-Origin"]) == (200, "paid", ORIGIN), status
    claims = json.loads(base64.urlsafe_b64decode(verdict["token"].split(".")[1] + "=="))
    assert (claims["sub"], claims["verdict"]) == (code, "paid")
    with sqlite3.connect(folder / "ledger.db", timeout=30) as ledger:
        kept = ledger.execute("SELECT verdict FROM orders WHERE order_code = ?", (code,)).fetchone()
        mode = ledger.execute("PRAGMA journal_mode").fetchone()
    assert (kept, mode) == (("paid",), ("wal",))
    assert ask(url, {"orderCode": "?", "status": "success"})[0] == 422
    same = visitors.next_address()
    assert 429 in {ask(url, {"orderCode": "?"}, same)[0] for _ in range(MANY)}
    assert ask(url, {"orderCode": new_code()})[0] == 200, "another client is not counted with it"
    assert b"/v1/verify" in (folder / "log").read_bytes()


def ask(url: str, body: dict[str, str], client: str = "") -> tuple[int, Any, Any]:
    headers = {"Content-Type": "application/json", "Origin": ORIGIN}
    headers["X-Forwarded-For"] = client or visitors.next_address()
    request = urllib.request.Request(f"{url}/v1/verify", data=json.dumps(body).encode(), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, None
