"""StepPay's JSON in half the time of the strict reader, by msgspec (an extra: `responses.py` does without it).

msgspec keeps the last of two values under one key, and goes deeper than `strict_json.MAX_DEPTH`. Counting shows that
neither can have happened; in every doubt the strict reader decides. So both give the same, to the last type.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from widget_server.domain import strict_json

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder().encode


def read_json(raw: bytes) -> object:
    """Raises `strict_json.NotStrictJson`."""
    try:
        value: object = _decode(raw)
        if _is_countable(raw) and _encode(value).count(b":") == raw.count(b":"):
            return value
    except (msgspec.MsgspecError, RecursionError):
        pass  # also half an emoji, escaped, in a name: that is legal, and the strict reader takes it
    return strict_json.loads(raw)


def _is_countable(raw: bytes) -> bool:
    """No colon is written as an escape (`\\u003a`), and no more levels are opened than are allowed."""
    opened = raw.count(b"{") + raw.count(b"[") - raw.count(b"{}") - raw.count(b"[]")
    return opened <= strict_json.MAX_DEPTH and b"\\u003" not in raw
