"""`ports.Ledger` on SQL: the record of an order, its transitions, and what the merchant must be told of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, bindparam, select, update

from widget_server.adapters.store.compiled import DbConnection, fetch_one, run
from widget_server.adapters.store.database import Writer, transaction
from widget_server.adapters.store.jobs import add_job, confirm_check, follow_order
from widget_server.adapters.store.raw_connection import read_one
from widget_server.adapters.store.tables import deliveries, orders, transitions
from widget_server.adapters.store.upsert import insert_or_ignore
from widget_server.domain import job as jobs
from widget_server.domain.job import Job, first_check
from widget_server.domain.model import Verdict
from widget_server.domain.order_record import Cause, Record, Transition, webhook_payload
from widget_server.domain.transitions import (
    MISMATCH_NOTICE,
    OrderState,
    contradicts,
    mismatch_step,
    state_from_verdict,
    supersedes,
    webhook_id,
    webhook_type,
)
from widget_server.domain.verdict_json import canonical_decimal, mismatch_body, verdict_body
from widget_server.domain.verdict_kinds import VerdictKind


class SqlLedger:
    """Every method is one transaction and raises `StorageError` when the database does not do it. `tells`: whether
    there is a merchant's backend to tell."""

    def __init__(self, engine: Engine, *, tells: bool) -> None:
        self._engine = engine
        self._writer = Writer(engine)
        self._tells = tells

    def record(self, verdict: Verdict, cause: Cause) -> tuple[OrderState, bool]:
        """What stands afterwards, and whether StepPay contradicts it. The row, the transition, the delivery and the
        next check come together or not at all; what changes nothing is only read."""
        seen = state_from_verdict(verdict)
        current = self._find_standing(verdict.order.order_code)
        if current is not None and not supersedes(current, seen):
            return current, contradicts(current, seen)
        return self._writer.run(lambda line: self._write(line, verdict, seen, cause))

    def _find_standing(self, order_code: str) -> OrderState | None:
        row = read_one(self._engine, _STANDING, {"code": order_code})
        return _standing(row) if row else None

    def _write(self, line: DbConnection, verdict: Verdict, seen: OrderState, cause: Cause) -> tuple[OrderState, bool]:
        """The row is made first, so that of two writers at the same moment one waits for the other."""
        code, values = verdict.order.order_code, _values(verdict, seen)
        current = None
        if not insert_or_ignore(line, orders, {"order_code": code, "needs_review": False, **values}):
            current = _standing(fetch_one(line, _STANDING_LOCKED, {"code": code}))
            if not supersedes(current, seen):
                return current, contradicts(current, seen)
            # A clear answer ends what a doubt began; a contradiction changes no record and does not come here.
            run(line, _CHANGE, {"code": code, **values, **({"needs_review": False} if seen.rank > 1 else {})})
        if seen.rank > 0 and _note_transition(line, code, seen.step, seen, cause):
            kind = webhook_type(seen, verdict.order.type)
            if kind is not None:
                self._tell(line, kind, seen.step, verdict, values["body"])
        if seen.rank <= 1:
            follow_order(line, first_check(code, seen.checked_at))
        else:
            confirm_check(line, code)
        return seen, contradicts(current, seen)

    def note_mismatch(self, verdict: Verdict, cause: Cause) -> None:
        """The transition and the delivery come together or not at all; known ones are only read."""
        step = mismatch_step(verdict)
        if read_one(self._engine, _HAS_STEP, {"code": verdict.order.order_code, "step": step}) is None:
            self._writer.run(lambda line: self._write_mismatch(line, verdict, step, cause))

    def _write_mismatch(self, line: DbConnection, verdict: Verdict, step: str, cause: Cause) -> None:
        if _note_transition(line, verdict.order.order_code, step, state_from_verdict(verdict), cause):
            self._tell(line, MISMATCH_NOTICE, step, verdict, mismatch_body(verdict))

    def _tell(self, line: DbConnection, kind: str, step: str, verdict: Verdict, body: Mapping[str, object]) -> None:
        if self._tells:
            code, at = verdict.order.order_code, verdict.checked_at
            text = webhook_payload(kind, at, body, _history(line, code))
            add_delivery(line, webhook_id(code, step), kind, text, at, order_code=code)

    def find(self, order_code: str) -> Record | None:
        with transaction(self._engine) as connection:
            rows = run(connection, _RECORD, {"code": order_code})
            history = _history(connection, order_code) if rows else ()
        return next((Record(order_code, _standing(row), row.body, row.needs_review, history) for row in rows), None)

    def find_verdict(self, order_code: str) -> Mapping[str, object] | None:
        """The record's verdict alone, for those who ask often."""
        row = read_one(self._engine, _BODY, {"code": order_code})
        return row.body if row else None

    def find_code(self, order_id: int) -> str | None:
        """The code of the order with this number, where it is known."""
        row = read_one(self._engine, _CODE, {"number": order_id})
        return row.order_code if row else None

    def ask_for_review(self, order_code: str) -> None:
        """Writes once; later looks only read."""
        if read_one(self._engine, _UNREVIEWED, {"code": order_code}) is not None:
            self._writer.run(lambda line: run(line, _REVIEW, {"code": order_code}))


def add_delivery(
    line: DbConnection, event_id: str, kind: str, text: str, at: datetime, *, order_code: str | None
) -> None:
    """The delivery and its job, once for an id."""
    row = {"id": event_id, "type": kind, "payload": text, "created_at": at, "state": "waiting"}
    if insert_or_ignore(line, deliveries, {**row, "order_code": order_code}):
        add_job(line, Job(jobs.DELIVERY, event_id, at))


def _note_transition(line: DbConnection, code: str, step: str, seen: OrderState, cause: Cause) -> bool:
    values = {"verdict": seen.kind.value, "reason": seen.reason, "cause": cause.value, "at": seen.checked_at}
    return insert_or_ignore(line, transitions, {"order_code": code, "step": step, **values})


# Made once each, as `run` wants it.
_IS = orders.c.order_code == bindparam("code")
_RECORD = select(orders).where(_IS)
_BODY = select(orders.c.body).where(_IS)
_CODE = select(orders.c.order_code).where(orders.c.order_id == bindparam("number")).limit(1)
_STANDING = select(orders.c.verdict, orders.c.reason, orders.c.returned, orders.c.checked_at).where(_IS)
_STANDING_LOCKED = _STANDING.with_for_update()
_CHANGE = update(orders).where(_IS)
_REVIEW = _CHANGE.values(needs_review=True)
_UNREVIEWED = select(orders.c.order_code).where(_IS, orders.c.needs_review.is_(False))
_STEP = transitions.c
_HAS_STEP = select(_STEP.id).where(_STEP.order_code == bindparam("code"), _STEP.step == bindparam("step"))
_HISTORY = (
    select(_STEP.step, _STEP.verdict, _STEP.reason, _STEP.cause, _STEP.at)
    .where(_STEP.order_code == bindparam("code"))
    .order_by(_STEP.id)
)


def _values(verdict: Verdict, seen: OrderState) -> dict[str, Any]:
    return {
        "order_id": verdict.order.order_id,
        "verdict": seen.kind.value,
        "reason": seen.reason,
        "returned": canonical_decimal(seen.returned),
        "checked_at": seen.checked_at,
        "body": verdict_body(verdict),
        "sweep_step": 0,
    }


def _standing(row: Any) -> OrderState:
    return OrderState(VerdictKind(row.verdict), row.reason, Decimal(row.returned), row.checked_at)


def _history(line: DbConnection, order_code: str) -> tuple[Transition, ...]:
    return tuple(Transition(**row._asdict()) for row in run(line, _HISTORY, {"code": order_code}))
