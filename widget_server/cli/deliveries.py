"""`widget-server deliveries`: webhooks to the merchant backend, and sending one again."""

import json
from collections.abc import Iterator
from typing import get_args

import click

from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.overview import SqlOverview
from widget_server.app import utc_now
from widget_server.cli.environment import settings_from_environment
from widget_server.cli.output import fail, open_database
from widget_server.domain.delivery import DeliveryState
from widget_server.domain.verdict_json import rfc3339


@click.group()
def deliveries() -> None:
    """Webhooks that the merchant backend received, or has yet to receive."""


@deliveries.command("list")
@click.option("--state", type=click.Choice(get_args(DeliveryState)))
@click.option("--limit", default=50, show_default=True)
def list_deliveries(state: DeliveryState | None, limit: int) -> None:
    """The newest deliveries, one a line."""
    with open_database(settings_from_environment()) as engine:
        for one in SqlOverview(engine).deliveries(limit, state):
            click.echo(f"{one.id}  {rfc3339(one.created_at)}  {one.state:<9}  {one.type}  {one.order_code}")


@deliveries.command()
@click.argument("event_id")
def show(event_id: str) -> None:
    """One delivery with its body and every attempt."""
    with open_database(settings_from_environment()) as engine:
        click.echo("\n".join(_delivery_lines(event_id, SqlDeliveries(engine))))


@deliveries.command()
@click.argument("event_id")
def redeliver(event_id: str) -> None:
    """Send it again, under the same id; the worker does it."""
    with open_database(settings_from_environment()) as engine:
        if not SqlDeliveries(engine).redeliver(event_id, utc_now()):
            fail("There is no such delivery.")
    click.echo("Queued. The running worker will send it.")


def _delivery_lines(event_id: str, stored: SqlDeliveries) -> Iterator[str]:
    found = stored.find(event_id)
    if found is None:
        fail("There is no such delivery.")
    yield f"{found.id}  {found.type}  {found.state}\n{found.payload}"
    for one in stored.attempts(event_id):
        # The merchant's text may hold terminal commands.
        response = json.dumps(one.reason)[1:-1] if one.reason else json.dumps(one.answer)
        yield f"{rfc3339(one.started_at)}  {one.outcome}  {one.status or '-'}  {response}"
