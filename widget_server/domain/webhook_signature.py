"""Whether StepPay signed these very bytes just now (StepPay's guide, webhook v2, signature).

`Steppay-Signature: timestamp=1706002316,key=<base64>[;<base64>...]`, each key the base64 of
HMAC-SHA256(secret, timestamp + "." + raw body). During a change of secrets there are several keys and several secrets.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

TOLERANCE_SECONDS = 300
"""Both ways: a captured message from the far future could be replayed for ever."""
_LONGEST_HEADER = 1024
_MAX_KEYS = 8
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_KEY = re.compile(r"[A-Za-z0-9+/]{43}=")
"""32 bytes. Its last letter has two unused bits, so four spellings decode to one key; that is harmless, because
what an event is known by is its body."""


class BadSignature(Exception):
    """Not signed by StepPay, in whatever way: missing, malformed, wrong. It says no more, and repeats nothing."""


class StaleSignature(BadSignature):
    """Rightly signed, but not within five minutes of now."""


def check_signature(header: str | None, raw: bytes, secrets: Sequence[str], now_seconds: float) -> None:
    """Raises `BadSignature`; the time is looked at only where the signature is right. `raw`: the body as it came."""
    timestamp, keys = _read(header or "")
    signed = timestamp.encode() + b"." + raw
    wanted = [hmac.digest(secret.encode(), signed, hashlib.sha256) for secret in secrets]
    # Every pair is compared, and each in constant time: how long it takes tells nothing.
    matches = [hmac.compare_digest(key, right) for key in keys for right in wanted]
    if not any(matches):
        raise BadSignature
    if abs(now_seconds - int(timestamp)) > TOLERANCE_SECONDS:
        raise StaleSignature


def _read(header: str) -> tuple[str, list[bytes]]:
    """Exactly one timestamp and one list of keys, in any order, perhaps with a space after the comma."""
    if len(header) > _LONGEST_HEADER:
        raise BadSignature
    parts = [part.strip(" ").partition("=") for part in header.split(",")]
    values = {name: value for name, _equals, value in parts}
    if len(parts) != 2 or set(values) != {"timestamp", "key"} or not _TIMESTAMP.fullmatch(values["timestamp"]):
        raise BadSignature
    keys = values["key"].split(";")
    if len(keys) > _MAX_KEYS or not all(_KEY.fullmatch(key) for key in keys):
        raise BadSignature
    return values["timestamp"], [base64.b64decode(key) for key in keys]
