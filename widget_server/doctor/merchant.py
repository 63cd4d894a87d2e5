"""The merchant backend, which receives webhooks. The check sends OPTIONS and HEAD, which fulfill nothing: a test
webhook could ship goods."""

from collections.abc import Iterator, Mapping

from widget_server.adapters.webhooks_out.sender import WebhookSender
from widget_server.doctor.connectivity import HINTS, words_for
from widget_server.doctor.result import CheckResult, ok, problem, skipped, warning
from widget_server.domain.delivery import REDIRECTS, DeliveryResponse

NAME = "merchant"
_ADDRESS = "Is WIDGET_NOTIFY_URL right?"
_MISSING, _REFUSED = frozenset({404, 410}), frozenset({405, 501})
Probe = tuple[DeliveryResponse, Mapping[str, str]]


def check_merchant(client: WebhookSender | None) -> Iterator[CheckResult]:
    """Its address is not shown, its path may be a secret; where it redirects to is."""
    if client is None:
        yield skipped(NAME, "WIDGET_NOTIFY_URL is not set")
        return
    options = client.probe("OPTIONS")
    yield judge_options(*options) or judge_both(options, client.probe("HEAD"))


def judge_options(answer: DeliveryResponse, headers: Mapping[str, str]) -> CheckResult | None:
    """None: the response leaves open whether webhooks are accepted there."""
    if found := _judge_any(answer):
        return found
    allowed = headers.get("Allow")
    if answer.status in _MISSING or allowed is None:
        return None
    return _judge_allowed(allowed)


def judge_both(options: Probe, head: Probe) -> CheckResult:
    """Where OPTIONS left it open. Frameworks that know a path for POST alone answer HEAD by 404 or 405."""
    if found := _judge_any(head[0]):
        return found
    allowed = head[1].get("Allow")
    statuses = (options[0].status, head[0].status)
    if head[0].status not in _MISSING and allowed is not None:
        return _judge_allowed(allowed)
    if head[0].status in _MISSING and options[0].status not in _REFUSED:
        text = f"has nothing at its path (OPTIONS {statuses[0]}, HEAD {statuses[1]})"
        return problem(NAME, text, "Is the path of WIDGET_NOTIFY_URL right, to the last slash?")
    if options[0].accepted:
        return ok(NAME, "the address of WIDGET_NOTIFY_URL answers")
    text = f"answers OPTIONS by {statuses[0]} and HEAD by {statuses[1]}: whether it takes POST cannot be seen"
    return warning(NAME, text, "See the first webhook with `widget-server deliveries show`.")


def _judge_any(answer: DeliveryResponse) -> CheckResult | None:
    status = answer.status
    if status is None:
        hint = HINTS.get(answer.outcome, _ADDRESS)  # type: ignore[call-overload]  # another word has the usual hint
        return problem(NAME, f"cannot be reached: {words_for(answer.outcome)}", hint)
    if answer.outcome == REDIRECTS:
        text = f"redirects ({status}) to {answer.text}, and a webhook follows no redirect"
        return problem(NAME, text, "Enter that address as WIDGET_NOTIFY_URL.")
    if 300 <= status < 400:
        return problem(NAME, f"redirects ({status}) to nowhere", _ADDRESS)
    if status in {401, 403}:
        text = f"refuses requests without a password or from this machine ({status})"
        return warning(NAME, text, "Let this path through to the code that checks the webhook's signature.")
    if status >= 500 and status not in _REFUSED:
        return problem(NAME, f"has an error of its own ({status})", "See the log of your backend.")
    return None


def _judge_allowed(allowed: str) -> CheckResult:
    methods = {method.strip().upper() for method in allowed.split(",")}
    if methods & {"POST", "*"}:
        return ok(NAME, "the address of WIDGET_NOTIFY_URL takes POST")
    text = f"takes no POST, only {', '.join(sorted(methods))[:60]}" if any(methods) else "takes no POST"
    return problem(NAME, text, "Is the path of WIDGET_NOTIFY_URL right?")
