"""The address that alerts go to. The check sends HEAD, which posts nothing."""

from collections.abc import Iterator

from widget_server.adapters.webhooks_out.alerts import AlertSender
from widget_server.doctor.connectivity import HINTS, words_for
from widget_server.doctor.result import CheckResult, ok, problem, skipped, warning
from widget_server.domain.delivery import REDIRECTS, DeliveryResponse

NAME = "alerts"
_TEST = "Send a test message: `widget-server alerts send-test`."
_UNSET = "You learn of a parked webhook only by looking."
_GONE = frozenset({401, 403, 404, 410})


def check_alerts(sender: AlertSender | None) -> Iterator[CheckResult]:
    """The address is not shown: its path is a secret."""
    yield _judge(sender.probe()) if sender else skipped(NAME, "WIDGET_ALERT_URL is not set", _UNSET)


def _judge(answer: DeliveryResponse) -> CheckResult:
    """Receivers may answer HEAD as they like; only a test message tells for sure."""
    if answer.status is None:
        hint = HINTS.get(answer.outcome, "Is WIDGET_ALERT_URL right?")  # type: ignore[call-overload]  # another word has the usual hint
        return problem(NAME, f"cannot be reached: {words_for(answer.outcome)}", hint)
    if answer.outcome == REDIRECTS:
        return problem(NAME, f"redirects ({answer.status}), and a message follows no redirect", "Enter where it leads.")
    if answer.status in _GONE or answer.status >= 500:
        return warning(NAME, f"answers {answer.status}: perhaps this webhook exists no more", _TEST)
    return ok(NAME, f"the address of WIDGET_ALERT_URL answers ({answer.status})")
