"""Which secrets are set. The settings have checked that no two are the same."""

from collections.abc import Iterator, Mapping

from widget_server.config.settings import SECRETS
from widget_server.doctor.result import CheckResult, ok, warning


def check_secrets(environ: Mapping[str, str]) -> Iterator[CheckResult]:
    """Names, never a value."""
    names = ", ".join(name for name in SECRETS if environ.get(name, "").strip())
    yield ok("secrets", f"set, and each with a value of its own: {names}")


def check_webhook_secrets(text: str) -> Iterator[CheckResult]:
    """`text`: STEPPAY_WEBHOOK_SECRETS, with commas between."""
    count = len({part.strip() for part in text.split(",")} - {""})
    if count:
        yield ok("webhook secret", f"{count} set, the newest first" if count > 1 else "set")
    else:
        text = "STEPPAY_WEBHOOK_SECRETS is not set: the server may miss a refund or a renewal made at StepPay"
        yield warning("webhook secret", text, "Copy the webhook's secret from StepPay's portal.")
