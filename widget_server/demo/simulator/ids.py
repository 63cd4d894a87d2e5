"""Identifiers shaped like StepPay's own."""

from __future__ import annotations

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
_CODE_LENGTH = 9
_ID_KEY_LENGTH = 30


def new_code(prefix: str) -> str:
    """Return `<prefix>_` and 9 letters or digits, e.g. `order_15XqwcM1f`."""
    return f"{prefix}_{_random(_CODE_LENGTH)}"


def new_id_key() -> str:
    """Return the handle of one payment record: 30 letters or digits."""
    return _random(_ID_KEY_LENGTH)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
