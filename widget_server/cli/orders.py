"""`widget-server orders`: what is recorded of an order, and a new check."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy import Engine

from widget_server.adapters.store.ledger import SqlLedger
from widget_server.adapters.store.order_export import read_orders
from widget_server.adapters.store.overview import SqlOverview
from widget_server.cli.database import open_database
from widget_server.cli.environment import settings_from_environment
from widget_server.cli.output import fail
from widget_server.clock import utc_now
from widget_server.config import Settings
from widget_server.domain.model import ORDER_CODE
from widget_server.domain.order_record import Record
from widget_server.domain.verdict_json import rfc3339
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.errors import ExpectationUnavailable, OrderNotFound, UpstreamError
from widget_server.services.order_export import Month, csv_pages
from widget_server.services.order_views import REVIEW, OrderSummary


@click.group()
def orders() -> None:
    """What is recorded of an order."""


@orders.command()
@click.argument("code")
def show(code: str) -> None:
    """The record of the order CODE and each change of it. StepPay is not called."""
    with open_database(settings_from_environment()) as engine:
        record = SqlLedger(engine, notify_merchant=False).find(code)
    if record is None:
        fail("Nothing is recorded of this order.")
    click.echo("\n".join(_record_lines(record)))


@orders.command()
@click.argument("code")
def check(code: str) -> None:
    """Ask StepPay about the order CODE now, settled or not, and record the answer: what a log line with
    recorded=false needs, or a refund that you have not heard of."""
    if not ORDER_CODE.fullmatch(code):
        fail("That is no order code.")
    settings = settings_from_environment()
    with open_database(settings) as engine:
        click.echo("\n".join(_check(code, settings, engine)))


@orders.command("list")
@click.option("--verdict", type=click.Choice([kind.value for kind in VerdictKind]), help="Only these.")
@click.option("--review", is_flag=True, help="Only those that need review.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_orders(verdict: str | None, *, review: bool, limit: int) -> None:
    """The orders with the newest answers, one a line. StepPay is not called."""
    if verdict and review:
        fail("Give --verdict or --review, not both.")
    with open_database(settings_from_environment()) as engine:
        for one in SqlOverview(engine).orders(limit, REVIEW if review else verdict):
            click.echo(_summary_line(one))


@orders.command()
@click.option("--month", "text", required=True, metavar="YYYY-MM", help="In Korean time, such as 2026-11.")
@click.option("--out", type=click.Path(dir_okay=False), default="-", help="A file; standard output without it.")
def export(text: str, out: str) -> None:
    """The orders of a month as CSV for a spreadsheet: paid in it, or without a payment and last checked in it. Nothing
    in it is personal, and StepPay is not called."""
    month = Month.parse(text)
    if month is None:
        fail("Give the month as 2026-11.")
    with open_database(settings_from_environment()) as engine, _whole_file(out) as file:
        for page in csv_pages(read_orders(engine), month):
            file.write(page.encode())


@contextmanager
def _whole_file(name: str) -> Iterator[BinaryIO]:
    """Standard output for `-`; else a file that is there whole or not at all."""
    if name == "-":
        yield sys.stdout.buffer
        return
    part = Path(f"{name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(name)
    except OSError:
        fail(f"{name} cannot be written.")
    finally:
        part.unlink(missing_ok=True)


def _check(code: str, settings: Settings, engine: Engine) -> Iterator[str]:
    """StepPay's answer and the record. They may differ: the record never takes a refund back."""
    from widget_server.parts import ask_later, make_client, make_expectations  # noqa: PLC0415 - only this asks
    from widget_server.services.check_now import check_now  # noqa: PLC0415
    from widget_server.services.verification import VerificationDeps  # noqa: PLC0415

    try:
        deps = VerificationDeps(
            steppay=make_client(settings),
            expectations=make_expectations(settings, engine),
            ledger=SqlLedger(engine, notify_merchant=settings.notifies_backend),
            clock=utc_now,
            free_orders=settings.free_orders,
        )
        verdict = check_now(code, deps, ask_later(engine))
    except OrderNotFound:
        fail("StepPay was asked and knows no order with this code. Nothing was recorded.")
    except UpstreamError as error:
        fail(f"StepPay could not be asked now ({error.code}). The check is queued: a running worker asks again.")
    except ExpectationUnavailable:
        fail("The expectation of this order cannot be read now; StepPay was not asked. Try again.")
    yield f"StepPay was asked and says: {verdict.finding.kind.value}, {verdict.finding.reason}. The record is now:"
    record = SqlLedger(engine, notify_merchant=False).find(code)
    yield from _record_lines(record) if record else ()


def _summary_line(one: OrderSummary) -> str:
    amount = "-" if one.amount is None else f"{one.amount:g} {one.currency or '?'}"
    review = "  NEEDS REVIEW" if one.needs_review else ""
    return f"{one.order_code}  {rfc3339(one.checked_at)}  {one.verdict:<18}  {amount}{review}"


def _record_lines(record: Record) -> Iterator[str]:
    review = "  NEEDS REVIEW" if record.needs_review else ""
    yield f"{record.order_code}  {record.state.kind.value}  {record.state.reason}{review}"
    yield json.dumps(record.body, ensure_ascii=False)
    for step in record.history:
        yield f"{rfc3339(step.at)}  {step.verdict}  {step.reason}  (asked because of: {step.cause})"
