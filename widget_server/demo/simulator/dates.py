"""StepPay's dates: local date-times of Asia/Seoul, written without a zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

# Korea has had no daylight saving time since 1988: a fixed offset needs no zone database.
SEOUL = timezone(timedelta(hours=9), "KST")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of production: an aware date-time."""
    return datetime.now(UTC)


def local_text(moment: datetime | None) -> str | None:
    """Return `2023-06-19T06:19:55.403711` (0 or 6 fractional digits), or None for None."""
    if moment is None:
        return None
    return moment.astimezone(SEOUL).replace(tzinfo=None).isoformat()
