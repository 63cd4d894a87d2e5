"""How long to wait before the next try. `jitter` is a random number from 0 to 1: many waiting jobs must not come back
in the same moment."""

from datetime import timedelta

_DELIVERY_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, *[43200] * 5)
"""15 tries in about three days (Standard Webhooks, "Deliverability and reliability")."""
_LONGEST_RETRY_AFTER = timedelta(hours=24)
_UPSTREAM_SECONDS = (5, 15, 60, 300, 900)


def delivery_pause(tries: int, jitter: float, retry_after_seconds: int | None = None) -> timedelta | None:
    """The pause after failed try number `tries` (from 1); None: give up. The merchant's `Retry-After` may only make it
    longer."""
    if tries > len(_DELIVERY_SECONDS):
        return None
    pause = _spread(_DELIVERY_SECONDS[tries - 1], jitter)
    return max(pause, min(timedelta(seconds=retry_after_seconds or 0), _LONGEST_RETRY_AFTER))


def upstream_pause(tries: int, jitter: float) -> timedelta:
    """The pause after StepPay could not be asked `tries` times (from 1). It never ends: not knowing is no answer."""
    return _spread(_UPSTREAM_SECONDS[min(tries, len(_UPSTREAM_SECONDS)) - 1], jitter)


def _spread(seconds: float, jitter: float) -> timedelta:
    """From 90 to 110 percent."""
    return timedelta(seconds=seconds * (0.9 + 0.2 * jitter))
