"""One secret, one use: who learns one of them must not have learned another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from widget_server.doctor.result import CheckResult, ok, problem, warning

SECRETS = (
    *("STEPPAY_SECRET_TOKEN", "STEPPAY_WEBHOOK_SECRETS", "WIDGET_NOTIFY_SECRET"),
    *("WIDGET_API_KEY", "WIDGET_ADMIN_KEY", "WIDGET_METRICS_KEY"),
)


def check_secrets(environ: Mapping[str, str]) -> Iterator[CheckResult]:
    """Names the settings that share a value, and the secrets that are set; never a value."""
    values = {name: _parts(environ.get(name, "")) for name in SECRETS}
    shared = [pair for pair in combinations(SECRETS, 2) if values[pair[0]] & values[pair[1]]]
    for one, other in shared:
        yield problem("secrets", f"{one} and {other} are the same", "Make a new value for one of them.")
    if not shared:
        names = ", ".join(name for name in SECRETS if values[name])
        yield ok("secrets", f"set, and each with a value of its own: {names}")


def check_webhook_secrets(text: str) -> Iterator[CheckResult]:
    """`text`: STEPPAY_WEBHOOK_SECRETS, with commas between."""
    count = len(_parts(text))
    if count:
        yield ok("webhook secret", f"{count} set, the newest first" if count > 1 else "set")
    else:
        text = "STEPPAY_WEBHOOK_SECRETS is not set: a refund or a renewal made at StepPay may never be seen"
        yield warning("webhook secret", text, "Copy the webhook's secret from StepPay's portal.")


def _parts(text: str) -> set[str]:
    return set(filter(None, map(str.strip, text.split(","))))
