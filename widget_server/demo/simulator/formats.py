"""Dates and identifiers as StepPay writes them."""

import secrets
import string
from calendar import monthrange
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


def after(moment: datetime, interval: str, count: int, first: datetime | None = None) -> datetime:
    """`count` times an `interval` (DAY, WEEK, MONTH or YEAR) later, by Seoul's calendar. `first`: its day of the month
    is kept where a month has it."""
    if interval in ("DAY", "WEEK"):
        return moment + timedelta(days=count * (7 if interval == "WEEK" else 1))
    local = moment.astimezone(SEOUL)
    months = local.year * 12 + local.month - 1 + count * (12 if interval == "YEAR" else 1)
    year, month = divmod(months, 12)
    day = (first or moment).astimezone(SEOUL).day
    return local.replace(year=year, month=month + 1, day=min(day, monthrange(year, month + 1)[1]))


def new_code(prefix: str) -> str:
    """`<prefix>_` and 9 letters or digits, such as `order_15XqwcM1f`."""
    return f"{prefix}_{_random(9)}"


def new_id_key() -> str:
    """The handle of one payment record: 30 letters or digits."""
    return _random(30)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
