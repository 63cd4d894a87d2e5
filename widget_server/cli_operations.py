"""`widget-server orders` and `widget-server deliveries`: look at what is recorded, and send again what was parked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import get_args

import click
from sqlalchemy import Engine

from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.deliveries import SqlDeliveries
from widget_server.adapters.store.jobs import SqlJobs
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.app import utc_now
from widget_server.config import Settings
from widget_server.domain.delivery import State
from widget_server.domain.job import first_check
from widget_server.domain.model import ORDER_CODE
from widget_server.domain.records import Record
from widget_server.domain.verdict_body import moment_text
from widget_server.errors import StorageFault

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
        """Have a worker ask StepPay about the order CODE, and follow it: what a log line with recorded=false needs."""
        if not ORDER_CODE.fullmatch(code):
            _end("That is no order code.")
        with _database(read()) as engine:
            SqlJobs(engine).restart(replace(first_check(code, now := utc_now()), due_at=now))
        click.echo("It is due now; a running worker asks StepPay.")

    return orders


def deliveries_commands(read: Callable[[], Settings], explains_problems: Explains) -> click.Group:
    @click.group()
    def deliveries() -> None:
        """What the merchant's backend was told."""

    @deliveries.command("list")
    @click.option("--state", type=click.Choice(get_args(State)))
    @click.option("--limit", default=50, show_default=True)
    @explains_problems
    def list_all(state: State | None, limit: int) -> None:
        """The newest deliveries, one a line."""
        with _database(read()) as engine:
            for one in SqlDeliveries(engine).newest(limit, state):
                click.echo(f"{one.id}  {moment_text(one.created_at)}  {one.state:<9}  {one.type}  {one.order_code}")

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
    try:
        yield engine
    except StorageFault:
        _end("The database cannot be read or written now; `widget-server doctor` says more.")
    finally:
        engine.dispose()


def _end(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(1)


def _redeliver(event_id: str, deliveries: SqlDeliveries) -> None:
    if not deliveries.redeliver(event_id, utc_now()):
        _end("There is no such delivery.")
    click.echo("It is due now; a running worker sends it.")


def _delivery_lines(event_id: str, deliveries: SqlDeliveries) -> Iterator[str]:
    found = deliveries.find(event_id)
    if found is None:
        _end("There is no such delivery.")
        return
    yield f"{found.id}  {found.type}  {found.state}\n{found.payload}"
    for one in deliveries.tries(event_id):
        # The merchant's text may hold terminal commands.
        said = _plain(one.reason) if one.reason else json.dumps(one.answer, ensure_ascii=True)
        yield f"{moment_text(one.started_at)}  {one.outcome}  {one.status or '-'}  {said}"


def _plain(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)[1:-1]


def _lines(record: Record) -> Iterator[str]:
    review = "  NEEDS REVIEW" if record.needs_review else ""
    yield f"{record.order_code}  {record.standing.kind.value}  {record.standing.reason}{review}"
    yield json.dumps(record.body, ensure_ascii=False)
    for step in record.history:
        yield f"{moment_text(step.at)}  {step.verdict}  {step.reason}  (asked because of: {step.cause})"
