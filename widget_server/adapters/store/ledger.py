"""`ports.Ledger` on SQL: the record of an order, its transitions, and the webhooks to the merchant that follow."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.deliveries import add_delivery
from widget_server.adapters.store.jobs import CONFIRM_CHECK, follow_order
from widget_server.adapters.store.sql import DbConnection, fetch_one, insert_or_ignore, run
from widget_server.adapters.store.subscriptions import follow_subscriptions
from widget_server.domain.job import first_check
from widget_server.domain.model import OrderType, Verdict
from widget_server.domain.order_record import Cause, Record, Transition, webhook_payload
from widget_server.domain.transitions import (
    MISMATCH_TYPE,
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

_STATE = """SELECT verdict, reason, returned_amount, checked_at, CAST(body ->> 'fulfill' AS boolean) AS fulfill
    FROM steppay_orders WHERE order_code = :code"""
_CHANGE = """UPDATE steppay_orders SET order_id = :order_id, verdict = :verdict, reason = :reason,
    returned_amount = :returned_amount, checked_at = :checked_at, body = :body, sweep_step = 0,
    needs_review = needs_review AND :in_doubt WHERE order_code = :order_code"""
_RECORD = """SELECT orders.verdict, orders.reason, returned_amount, checked_at, body, needs_review,
    CAST(body ->> 'fulfill' AS boolean) AS fulfill,
    step, transitions.verdict AS step_verdict, transitions.reason AS step_reason, cause, at
    FROM steppay_orders AS orders
    LEFT JOIN steppay_transitions AS transitions ON transitions.order_code = orders.order_code
    WHERE orders.order_code = :code ORDER BY transitions.id"""
_CODE = "SELECT order_code FROM steppay_orders WHERE order_id = :id LIMIT 1"
_IN_REVIEW = "SELECT needs_review FROM steppay_orders WHERE order_code = :code"
_HISTORY = "SELECT step, verdict, reason, cause, at FROM steppay_transitions WHERE order_code = :code ORDER BY id"


class SqlLedger:
    """Every method is one transaction and raises `StorageError` when the database does not do it. `notify_merchant`:
    whether a merchant backend receives webhooks."""

    def __init__(self, engine: Engine, *, notify_merchant: bool) -> None:
        self._connections = connections_of(engine)
        self._notify_merchant = notify_merchant

    def record(self, verdict: Verdict, cause: Cause) -> tuple[OrderState, bool]:
        """What stands afterwards, and whether StepPay contradicts it. The row, the transition, the delivery and the
        next check come together or not at all; what changes nothing is only read."""
        seen = state_from_verdict(verdict)
        row = self._connections.read_one(_STATE, code=verdict.order.order_code)
        if row and not supersedes(current := _order_state(row), seen):
            return current, contradicts(current, seen)
        return self._connections.write(partial(self._write, verdict, seen, cause))

    def _write(self, verdict: Verdict, seen: OrderState, cause: Cause, db: DbConnection) -> tuple[OrderState, bool]:
        """The row is made first, so that of two writers at the same moment one waits for the other."""
        code, values, current = verdict.order.order_code, _values(verdict, seen), None
        rank, step = seen.kind.facts.rank, seen.step
        if not insert_or_ignore(db, "steppay_orders", {**values, "needs_review": False}):
            current = _order_state(fetch_one(db, f"{_STATE} FOR UPDATE", code=code))
            if not supersedes(current, seen):
                return current, contradicts(current, seen)
            # A clear answer clears needs_review; a contradiction changes no record and does not come here.
            run(db, _CHANGE, **values, in_doubt=rank <= 1)
        if rank > 0 and _note_transition(db, code, step, seen, cause):
            kind = webhook_type(seen, verdict.order.type)
            if kind is not None and self._notify_merchant:
                self._notify(db, kind, step, verdict, values["body"])
        if rank <= 1:
            follow_order(db, first_check(code, seen.checked_at))
        else:
            run(db, CONFIRM_CHECK, code=code)
            if verdict.order.subscription_ids:
                _follow_subscriptions(db, verdict)
        return seen, contradicts(current, seen)

    def note_mismatch(self, verdict: Verdict, cause: Cause) -> None:
        """The transition and the delivery come together or not at all; known ones are only read."""
        code, step = verdict.order.order_code, mismatch_step(verdict)
        known = "SELECT id FROM steppay_transitions WHERE order_code = :code AND step = :step"
        if self._connections.read_one(known, code=code, step=step) is None:
            self._connections.write(lambda db: self._write_mismatch(db, verdict, step, cause))

    def _write_mismatch(self, db: DbConnection, verdict: Verdict, step: str, cause: Cause) -> None:
        is_new = _note_transition(db, verdict.order.order_code, step, state_from_verdict(verdict), cause)
        if is_new and self._notify_merchant:
            self._notify(db, MISMATCH_TYPE, step, verdict, mismatch_body(verdict))

    def _notify(self, db: DbConnection, kind: str, step: str, verdict: Verdict, body: Mapping[str, object]) -> None:
        code, at = verdict.order.order_code, verdict.checked_at
        history = [Transition(*row) for row in run(db, _HISTORY, code=code)]
        add_delivery(db, webhook_id(code, step), kind, webhook_payload(kind, at, body, history), at, order_code=code)

    def find(self, order_code: str) -> Record | None:
        rows = self._connections.read(_RECORD, code=order_code)
        history = tuple(Transition(*row[-5:]) for row in rows if row.step is not None)
        return Record(order_code, _order_state(rows[0]), rows[0].body, rows[0].needs_review, history) if rows else None

    def find_verdict(self, order_code: str) -> Mapping[str, object] | None:
        """The record's verdict alone, for pages that poll."""
        row = self._connections.read_one("SELECT body FROM steppay_orders WHERE order_code = :code", code=order_code)
        return row.body if row else None

    def find_code(self, order_id: int) -> str | None:
        """The code of the order with this number, where it is known."""
        row = self._connections.read_one(_CODE, id=order_id)
        return row.order_code if row else None

    def ask_for_review(self, order_code: str) -> None:
        """Writes once; later calls only read."""
        row = self._connections.read_one(_IN_REVIEW, code=order_code)
        if row and not row.needs_review:
            mark = "UPDATE steppay_orders SET needs_review = true WHERE order_code = :code"
            self._connections.write(lambda db: run(db, mark, code=order_code))


def _follow_subscriptions(db: DbConnection, verdict: Verdict) -> None:
    order = verdict.order
    made_by = order.order_code if order.type is OrderType.RECURRING_INITIAL else None
    follow_subscriptions(db, order.subscription_ids, made_by, verdict.checked_at, ask=True)


def _note_transition(db: DbConnection, code: str, step: str, seen: OrderState, cause: Cause) -> bool:
    values = {"verdict": str(seen.kind), "reason": seen.reason, "cause": str(cause), "at": seen.checked_at}
    return insert_or_ignore(db, "steppay_transitions", {"order_code": code, "step": step, **values})


def _values(verdict: Verdict, seen: OrderState) -> dict[str, Any]:
    return {
        "order_code": verdict.order.order_code,
        "order_id": verdict.order.order_id,
        "verdict": str(seen.kind),
        "reason": seen.reason,
        "returned_amount": canonical_decimal(seen.returned),
        "checked_at": seen.checked_at,
        "body": verdict_body(verdict),
    }


def _order_state(row: Any) -> OrderState:
    kind, returned = VerdictKind(row.verdict), Decimal(row.returned_amount)
    return OrderState(kind, row.reason, returned, row.checked_at, bool(row.fulfill))
