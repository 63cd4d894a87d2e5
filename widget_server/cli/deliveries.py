"""`widget-server deliveries`: webhooks to the merchant backend, sending one again, and sending a test."""

import json
import sys
from collections.abc import Iterator
from typing import get_args

import click

from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.overview import SqlOverview
from widget_server.cli.database import open_database
from widget_server.cli.environment import host_application, settings_from_environment
from widget_server.cli.output import fail
from widget_server.clock import utc_now
from widget_server.domain.delivery import DeliveryAttempt, DeliveryResponse, DeliveryState
from widget_server.domain.verdict_json import rfc3339

_ACCEPTED = "Your backend accepted it. Make sure that it fulfilled nothing."
_REFUSES_TESTS = (
    "The address and the secret are right: your backend refuses test messages, as it should, and real ones arrive. To "
    "see one handled, pass accept_test=True to `verify_delivery`, or to `@checkout.on`."
)
_REFUSED = (
    "Your backend has another WIDGET_NOTIFY_SECRET, or verifies another body than the raw one, or refuses test "
    "messages without saying so: let it answer with the error's code."
)
_ADVICE = {
    400: _REFUSED,
    401: _REFUSED,
    403: _REFUSED,
    404: "Nothing is at the path of WIDGET_NOTIFY_URL. Is it right, to the last slash?",
    405: "The path of WIDGET_NOTIFY_URL takes no POST. Is it right, to the last slash?",
}
_FAILED = "Your backend has an error of its own: see its log. A real webhook is sent again, for three days."
_OTHER = "Only an answer of 2xx within ten seconds counts. A real webhook is sent again, for three days."


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


@deliveries.command("send-test")
@click.argument("type", metavar="TYPE")
def send_test(type: str) -> None:
    """Send a signed test message now, once: TYPE is payment.paid, for example.

    It has "test": true, the code of no order, and fulfill false. Nothing is stored."""
    from widget_server.demo.sample_deliveries import make_test_message  # noqa: PLC0415 - the others send nothing
    from widget_server.worker_app import make_merchant  # noqa: PLC0415

    settings, host = settings_from_environment(), host_application()
    merchant = (host and host.backend) or make_merchant(settings)
    if merchant is None:
        fail("WIDGET_NOTIFY_URL is not set: there is no backend to send it to.")
    now = utc_now()
    try:
        sample = make_test_message(type, now)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"Sent      {type}  {sample.id}\n{sample.body}")
    answer = merchant.send(sample.id, sample.body, now)
    click.echo(f"Answer    {answer.status or answer.outcome}  {json.dumps(answer.text)[1:-1]}\n{_advice(answer)}")
    if not (answer.accepted or _refuses_tests(answer)):
        sys.exit(1)


def _advice(answer: DeliveryResponse) -> str:
    reason = DeliveryAttempt(utc_now(), answer.status, answer.outcome, answer.text).reason
    if reason:
        return f"Your backend was not reached: {reason}."
    if answer.accepted:
        return _ACCEPTED
    if _refuses_tests(answer):
        return _REFUSES_TESTS
    status = answer.status or 0
    return _ADVICE.get(status, _FAILED if status >= 500 else _OTHER)


def _refuses_tests(answer: DeliveryResponse) -> bool:
    return answer.status is not None and 400 <= answer.status < 500 and "test_message" in answer.text


def _delivery_lines(event_id: str, stored: SqlDeliveries) -> Iterator[str]:
    found = stored.find(event_id)
    if found is None:
        fail("There is no such delivery.")
    yield f"{found.id}  {found.type}  {found.state}\n{found.payload}"
    for one in stored.attempts(event_id):
        # The merchant's text may hold terminal commands.
        response = json.dumps(one.reason)[1:-1] if one.reason else json.dumps(one.answer)
        yield f"{rfc3339(one.started_at)}  {one.outcome}  {one.status or '-'}  {response}"
