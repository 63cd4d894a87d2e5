"""The orders of the simulated StepPay: what an order is follows from its code, so nothing has to be made before.

`order_p0000000001` is a paid one-time order, number 1. The letter says the kind.
"""

from __future__ import annotations

import json
import random
import re
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

SAMPLE = Path(__file__).with_name("order-unpaid.json")
AMOUNT = 10_000
_NUMBER = "0123456789"
_SEOUL = timezone(timedelta(hours=9))
_TYPE = {"r": "RECURRING"}
_STATUS = {"p": "COMPLETE", "r": "COMPLETE", "u": "STANDBY", "f": "FAILED", "v": "VIRTUAL_BANK_STANDBY"}
KINDS = "".join(_STATUS)
"""p paid, r a renewal that was paid, u not paid yet, f failed, v waits for a deposit into a virtual account."""
VERDICTS = {"p": "paid", "r": "paid", "u": "pending", "f": "failed", "v": "pending"}
CODE = re.compile(rb"order_([" + KINDS.encode() + rb"])([0-9]{10})")
ID_KEY = re.compile(rb"key([" + KINDS.encode() + rb"])([0-9]{10})")

_numbers = count(random.randrange(1, 9_000) * 1_000_000)  # two runs over one database do not meet


def new_code(kind: str = "p") -> str:
    """The code of an order that was never verified."""
    return f"order_{kind}{next(_numbers):010d}"


def order_pieces(kind: str) -> list[bytes]:
    """The order's body around its ten digits, about 6 KB as in StepPay's example: `digits.join(pieces)`."""
    order = json.loads(SAMPLE.read_text("utf-8"))
    paid_at = _just_now() if _STATUS[kind] == "COMPLETE" else None
    order |= {
        "id": f"#{_NUMBER}",
        "orderId": f"#{_NUMBER}",
        "type": _TYPE.get(kind, "ONE_TIME"),
        "paymentDate": paid_at,
    }
    order |= {"orderCode": f"order_{kind}{_NUMBER}", "code": f"order_{kind}{_NUMBER}", "idKey": f"key{kind}{_NUMBER}"}
    order |= {"paidAmount": AMOUNT, "leftAmount": float(AMOUNT), "purchaseDeadline": None}
    return _split(json.dumps(order, indent=1, ensure_ascii=False))


def receipt_pieces(kind: str) -> list[bytes]:
    """The receipt's body, about 1 KB. StepPay documents two members; the others stand for what gateways add."""
    status = _STATUS[kind]
    paid_at = _just_now() if status == "COMPLETE" else None
    receipt = {"idKey": f"key{kind}{_NUMBER}", "orderId": f"#{_NUMBER}", "paidAmount": AMOUNT}
    receipt |= {"paymentStatus": status, "paymentDate": paid_at}
    receipt |= {f"gatewayField{number:02d}": "0" * 24 for number in range(20)}
    return _split(json.dumps(receipt, indent=1))


def _split(text: str) -> list[bytes]:
    """Order numbers are JSON numbers; `1` before the digits, because those may begin with 0."""
    return text.replace(f'"#{_NUMBER}"', f"1{_NUMBER}").encode().split(_NUMBER.encode())


def _just_now() -> str:
    return (datetime.now(_SEOUL) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S")
