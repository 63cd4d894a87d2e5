"""`widget-server orders` and `widget-server deliveries`: look at what is recorded, and send again what was parked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import get_args

import click
from sqlalchemy import Engine

from widget_server.adapters.store.database import make_engine, shown
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.overview import SqlOverview
from widget_server.app import make_client, make_expectations, utc_now
from widget_server.config import Settings
from widget_server.domain.delivery import DeliveryState
from widget_server.domain.job import ASK, Job
from widget_server.domain.model import ORDER_CODE, Claim
from widget_server.domain.order_record import Cause, Record
from widget_server.domain.verdict_json import rfc3339
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.errors import ExpectationUnavailable, OrderNotFound, StorageError, UpstreamError
from widget_server.services.order_views import OrderSummary
from widget_server.services.verification import VerificationDeps, verify_order

Explains = Callable[[Callable[..., None]], Callable[..., None]]


def orders_commands(read: Callable[[], Settings], explains_problems: Explains) -> click.Group:
    @click.group()
    def orders() -> None:
        """What is recorded of an order."""

    @orders.command()
    @click.argument("code")
    @explains_problems
    def show(code: str) -> None:
        """The record of the order CODE and each change of it. StepPay is not asked."""
        with _database(read()) as engine:
            record = SqlLedger(engine, tells=False).find(code)
        if record is None:
            _end("Nothing is recorded of this order.")
        else:
            click.echo("\n".join(_lines(record)))

    @orders.command()
    @click.argument("code")
    @explains_problems
    def check(code: str) -> None:
        """Ask StepPay about the order CODE now, settled or not, and record the answer: what a log line with
        recorded=false needs, or a refund that you have not heard of."""
        if not ORDER_CODE.fullmatch(code):
            _end("That is no order code.")
        settings = read()
        with _database(settings) as engine:
            click.echo("\n".join(_check(code, settings, engine)))

    @orders.command("list")
    @click.option("--verdict", type=click.Choice([kind.value for kind in VerdictKind]), help="Only these.")
    @click.option("--review", is_flag=True, help="Only those that a person has to look at.")
    @click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
    @explains_problems
    def list_all(verdict: str | None, *, review: bool, limit: int) -> None:
        """The orders with the newest answers, one a line. StepPay is not asked."""
        with _database(read()) as engine:
            _list_orders(SqlOverview(engine), verdict, limit, review=review)

    return orders


def deliveries_commands(read: Callable[[], Settings], explains_problems: Explains) -> click.Group:
    @click.group()
    def deliveries() -> None:
        """What the merchant's backend was told."""

    @deliveries.command("list")
    @click.option("--state", type=click.Choice(get_args(DeliveryState)))
    @click.option("--limit", default=50, show_default=True)
    @explains_problems
    def list_all(state: DeliveryState | None, limit: int) -> None:
        """The newest deliveries, one a line."""
        with _database(read()) as engine:
            for one in SqlDeliveries(engine).newest(limit, state):
                click.echo(f"{one.id}  {rfc3339(one.created_at)}  {one.state:<9}  {one.type}  {one.order_code}")

    @deliveries.command()
    @click.argument("event_id")
    @explains_problems
    def show(event_id: str) -> None:
        """One delivery with its body and every try."""
        with _database(read()) as engine:
            click.echo("\n".join(_delivery_lines(event_id, SqlDeliveries(engine))))

    @deliveries.command()
    @click.argument("event_id")
    @explains_problems
    def redeliver(event_id: str) -> None:
        """Send it again, under the same id; the worker does it."""
        with _database(read()) as engine:
            _redeliver(event_id, SqlDeliveries(engine))

    return deliveries


@contextmanager
def _database(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings.database_url)
    click.echo(f"Database: {shown(settings.database_url)}", err=True)
    try:
        yield engine
    except StorageError:
        _end("The database cannot be read or written now; `widget-server doctor` says more.")
    finally:
        engine.dispose()


def _end(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(1)


def _check(code: str, settings: Settings, engine: Engine) -> Iterator[str]:
    """What StepPay says and what is recorded now. The record may differ: it never takes a refund back."""
    try:
        deps = VerificationDeps(
            steppay=make_client(settings),
            expectations=make_expectations(settings, engine),
            ledger=SqlLedger(engine, tells=settings.notify_url is not None),
            clock=utc_now,
        )
        verdict = verify_order(Claim(code), Cause.RECHECK, deps)
    except OrderNotFound:
        _end("StepPay was asked and knows no order with this code. Nothing was recorded.")
    except UpstreamError as fault:
        SqlJobs(engine).restart(Job(ASK, code, utc_now()))
        _end(f"StepPay could not be asked now ({fault.code}). The check is queued: a running worker asks again.")
    except ExpectationUnavailable:
        _end("What is bound to this order cannot be read now; StepPay was not asked. Try again.")
    else:
        yield f"StepPay was asked and says: {verdict.finding.kind.value}, {verdict.finding.reason}. The record is now:"
        record = SqlLedger(engine, tells=False).find(code)
        yield from _lines(record) if record else ()


def _list_orders(overview: SqlOverview, verdict: str | None, limit: int, *, review: bool) -> None:
    if verdict and review:
        _end("Give --verdict or --review, not both.")
    for one in overview.to_review(limit) if review else overview.orders(limit, verdict):
        click.echo(_order_line(one))


def _order_line(one: OrderSummary) -> str:
    amount = "-" if one.amount is None else f"{one.amount:g} {one.currency or '?'}"
    review = "  NEEDS REVIEW" if one.needs_review else ""
    return f"{one.order_code}  {rfc3339(one.checked_at)}  {one.verdict:<18}  {amount}{review}"


def _redeliver(event_id: str, deliveries: SqlDeliveries) -> None:
    if not deliveries.redeliver(event_id, utc_now()):
        _end("There is no such delivery.")
    click.echo("Queued. The running worker will send it.")


def _delivery_lines(event_id: str, deliveries: SqlDeliveries) -> Iterator[str]:
    found = deliveries.find(event_id)
    if found is None:
        _end("There is no such delivery.")
        return
    yield f"{found.id}  {found.type}  {found.state}\n{found.payload}"
    for one in deliveries.tries(event_id):
        # The merchant's text may hold terminal commands.
        said = _plain(one.reason) if one.reason else json.dumps(one.answer, ensure_ascii=True)
        yield f"{rfc3339(one.started_at)}  {one.outcome}  {one.status or '-'}  {said}"


def _plain(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)[1:-1]


def _lines(record: Record) -> Iterator[str]:
    review = "  NEEDS REVIEW" if record.needs_review else ""
    yield f"{record.order_code}  {record.standing.kind.value}  {record.standing.reason}{review}"
    yield json.dumps(record.body, ensure_ascii=False)
    for step in record.history:
        yield f"{rfc3339(step.at)}  {step.verdict}  {step.reason}  (asked because of: {step.cause})"
