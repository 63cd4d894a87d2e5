"""`widget-server alerts`: the alerts to the operator, and a test message."""

from collections.abc import Iterator

import click

from widget_server.adapters.store.alerts import SqlAlerts
from widget_server.cli.database import open_database
from widget_server.cli.environment import settings_from_environment
from widget_server.cli.output import fail
from widget_server.domain.alert import TEST, Alert, alert_message
from widget_server.domain.delivery import FAILURES, REDIRECTS, DeliveryResponse
from widget_server.domain.verdict_json import rfc3339


@click.group()
def alerts() -> None:
    """Alerts to the operator, which go to WIDGET_ALERT_URL."""


@alerts.command("list")
def list_alerts() -> None:
    """What is not over yet, one a line, the newest first."""
    with open_database(settings_from_environment()) as engine:
        for line in _lines(SqlAlerts(engine)):
            click.echo(line)


@alerts.command("send-test")
def send_test() -> None:
    """Send a test message now, without a worker. The address is not shown."""
    from widget_server.worker_app import alert_source, make_alert_receiver  # noqa: PLC0415 - the list sends nothing

    settings = settings_from_environment()
    receiver = make_alert_receiver(settings)
    if receiver is None:
        fail("WIDGET_ALERT_URL is not set.")
    answer = receiver.send(alert_message(TEST, [], alert_source(settings)))
    if not answer.accepted:
        fail(f"The test message was not accepted: {_reason(answer)}.")
    click.echo(f"Sent. The address answered {answer.status}; look there for the message.")


def _lines(store: SqlAlerts) -> Iterator[str]:
    for one in store.all():
        yield f"{rfc3339(one.raised_at)}  {one.kind:<18}  {one.order_code or '-'}  {_told(one)}"


def _told(alert: Alert) -> str:
    return f"sent {rfc3339(alert.told_at)}" if alert.told_at else "not sent yet"


def _reason(answer: DeliveryResponse) -> str:
    if answer.outcome == REDIRECTS:
        return f"it redirects ({answer.status}), and a message follows no redirect"
    return FAILURES[answer.outcome][1] if answer.outcome in FAILURES else f"it answered {answer.status}"
