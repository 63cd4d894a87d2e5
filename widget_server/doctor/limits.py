"""Where requests are counted, and whether that works."""

from collections.abc import Iterator

from widget_server.adapters.rate_limits import probe_error
from widget_server.config import Settings
from widget_server.doctor.connectivity import SECONDS
from widget_server.doctor.result import CheckResult, ok, problem, skipped

NAME = "rate limits"


def check_limits(settings: Settings) -> Iterator[CheckResult]:
    """Redis is checked, nothing is counted."""
    if settings.rate_limit is None:
        yield skipped(NAME, "WIDGET_RATE_LIMIT is off", "No client is limited.")
    elif settings.rate_limit_store is None:
        yield ok(NAME, "counted in the memory of each worker process")
    elif error := probe_error(settings.rate_limit, settings.rate_limit_store.reveal(), SECONDS):
        text = f"the Redis of WIDGET_RATE_LIMIT_STORE cannot count ({error})"
        yield problem(NAME, text, "Does it run, are the password and its rights right? Each process counts by itself.")
    else:
        yield ok(NAME, "counted together, in the Redis of WIDGET_RATE_LIMIT_STORE")
