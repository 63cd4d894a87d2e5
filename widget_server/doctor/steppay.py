"""StepPay: can it be reached, does it accept the token, and do both clocks agree?"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from widget_server.adapters.steppay.requests_transport import RequestsTransport
from widget_server.adapters.steppay.transport import TransportError, open_transport
from widget_server.config import Settings
from widget_server.doctor.connectivity import HINTS, connection_failure, words_for
from widget_server.doctor.result import CheckResult, DoctorContext, ok, problem, skipped

NO_SUCH_ORDER = "doctor-asks-for-no-order"
"""StepPay's own codes begin with `order_`: reading this one is harmless, and it is never found."""

BUDGET_SECONDS = 8.0
TOLERANCE_SECONDS = 60
"""Signed webhooks are refused at 300 s; this warns long before that."""


def check_steppay(settings: Settings, context: DoctorContext) -> Iterator[CheckResult]:
    obstacle = connection_failure(settings.steppay_api_url, ca_file=context.ca_file, proxy=context.proxy)
    if obstacle:
        yield problem("StepPay", f"cannot be reached: {words_for(obstacle)}", HINTS[obstacle])
        yield from (skipped(name, "StepPay was not reached") for name in ("token", "clock"))
        return
    through = " through the proxy" if settings.egress_proxy else ""
    yield ok("StepPay", f"reached at {settings.steppay_api_url}{through}")
    url = f"{settings.steppay_api_url}/api/v1/orders/{NO_SUCH_ORDER}"
    try:
        answer = context.get(url, {"Secret-Token": settings.secret_token}, BUDGET_SECONDS)
    except TransportError:
        yield problem("token", "StepPay gave no complete answer", "Try again in a minute.")
        yield skipped("clock", "no answer to compare with")
        return
    yield judge_token(answer.status)
    yield judge_clock(answer.headers.get("date", ""), context.clock())


def check_client() -> Iterator[CheckResult]:
    """Which library makes the calls: without pycurl the server works all the same, and says so nowhere else."""
    transport = open_transport()
    transport.close()
    if isinstance(transport, RequestsTransport):
        yield CheckResult(
            "ok", "HTTP client", "requests", "With pycurl installed, libcurl halves the CPU time of a call."
        )
    else:
        yield ok("HTTP client", "libcurl")


def judge_token(status: int) -> CheckResult:
    """`status`: StepPay's answer to reading an order that cannot exist."""
    if status == 404:
        return ok("token", "StepPay accepts the Secret-Token")
    if status in (401, 403):
        hint = "Copy STEPPAY_SECRET_TOKEN again from StepPay's portal, of the same environment as your orders."
        return problem("token", f"StepPay refuses the Secret-Token ({status})", hint)
    if status == 429:
        return skipped("token", "StepPay asks for a pause (429)", "Try again in a minute.")
    if status >= 500:
        return problem("token", f"StepPay has an error of its own ({status})", "Try again in a minute.")
    return problem(
        "token", f"a response that StepPay does not document ({status})", "Is STEPPAY_API_URL really StepPay?"
    )


def judge_clock(date_header: str, now: datetime) -> CheckResult:
    """`date_header`: HTTP date of an answer that came just before `now`."""
    try:
        theirs = parsedate_to_datetime(date_header)
    except ValueError:
        return skipped("clock", "StepPay's answer has no date")
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    seconds = round((now - theirs).total_seconds())
    if abs(seconds) > TOLERANCE_SECONDS:
        side = "ahead of" if seconds > 0 else "behind"
        text = f"this machine is {abs(seconds)} s {side} StepPay"
        return problem("clock", text, "Set it by NTP (timedatectl set-ntp true).")
    return ok("clock", f"agrees with StepPay's within {TOLERANCE_SECONDS} s")
