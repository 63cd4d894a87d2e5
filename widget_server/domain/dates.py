"""StepPay's dates: local date-times of Korea without a zone, such as `2023-06-19T06:19:55.403711`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from widget_server.domain.model import UNREADABLE, Unreadable

SEOUL = timezone(timedelta(hours=9))
"""Korea has had one fixed offset since 1988, so no time-zone database is needed for dates from 2015 on."""

_LOCAL_DATE_TIME = re.compile(
    r"(?P<whole>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.(?P<fraction>[0-9]{1,9}))?)?)"
)
"""Java's `LocalDateTime.toString()` leaves out seconds that are zero (its documentation): whole minutes are a date."""
_EARLIEST = datetime(2015, 1, 1, tzinfo=SEOUL)
"""StepPay did not exist before: an earlier date is a default value, not a payment."""
_CLOCK_DIFFERENCE = timedelta(hours=24)


def read_payment_date(value: object, now: datetime) -> datetime | Unreadable | None:
    """None stays None (StepPay: not paid). Anything but a sane StepPay date is `UNREADABLE`, so it can never
    count as paid."""
    if value is None:
        return None
    moment = read_local_time(value)
    if moment is None or moment < _EARLIEST or moment > now + _CLOCK_DIFFERENCE:
        return UNREADABLE
    return moment


def read_local_time(value: object) -> datetime | None:
    """Any moment that StepPay writes; None for everything else."""
    match = _LOCAL_DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    return _moment(match["whole"], match["fraction"] or "") if match else None


def _moment(whole: str, fraction: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(whole.partition(".")[0])
    except ValueError:
        return None
    return moment.replace(microsecond=int(fraction[:6].ljust(6, "0")), tzinfo=SEOUL)
