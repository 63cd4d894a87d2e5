"""The merchant's backend, which is told about payments. Nothing is sent to it: a test message could ship goods."""

from __future__ import annotations

from collections.abc import Iterator

from widget_server.doctor.finding import Finding, Tools, ok, problem, skipped
from widget_server.doctor.reach import WORDS, find_obstacle


def check_merchant(url: str | None, tools: Tools) -> Iterator[Finding]:
    """`url`: WIDGET_MERCHANT_URL; not shown, its path may be a secret."""
    if not url:
        yield skipped("merchant", "WIDGET_MERCHANT_URL is not set")
        return
    obstacle = find_obstacle(url, ca_file=tools.ca_file)
    if obstacle:
        yield problem("merchant", f"cannot be reached: {WORDS[obstacle]}", "Is WIDGET_MERCHANT_URL right?")
    else:
        yield ok("merchant", "the host of WIDGET_MERCHANT_URL can be reached")
