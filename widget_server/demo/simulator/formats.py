"""Dates and identifiers as StepPay writes them."""

import secrets
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

# Korea has had no daylight saving time since 1988: a fixed offset needs no zone database.
SEOUL = timezone(timedelta(hours=9), "KST")
_ALPHABET = string.ascii_letters + string.digits

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def local_text(moment: datetime | None) -> str | None:
    """A local date-time of Asia/Seoul without a zone, `2023-06-19T06:19:55.403711` (0 or 6 fractional digits)."""
    return moment.astimezone(SEOUL).replace(tzinfo=None).isoformat() if moment else None


def moment_of(text: object) -> datetime | None:
    """Of such a text, also with a zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=SEOUL) if moment and moment.tzinfo is None else moment


def new_code(prefix: str) -> str:
    """`<prefix>_` and 9 letters or digits, such as `order_15XqwcM1f`."""
    return f"{prefix}_{_random(9)}"


def new_id_key() -> str:
    """The handle of one payment record: 30 letters or digits."""
    return _random(30)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
