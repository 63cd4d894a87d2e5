"""Addresses that several commands name."""

from widget_server.web.route_table import WEBHOOK_PATH

SIMULATOR_PORT = 8090


def webhook_address(public_url: str) -> str:
    """Where StepPay sends its events."""
    return f"{public_url.rstrip('/')}{WEBHOOK_PATH}"
