"""`ports.Subscriptions` on SQL: what StepPay last said about each known subscription, and when to ask again."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.deliveries import add_delivery
from widget_server.adapters.store.jobs import add_job, bring_nearer
from widget_server.adapters.store.sql import DbConnection, fetch_one, insert_or_ignore, run
from widget_server.domain.job import ASK, SUBSCRIPTION, Job
from widget_server.domain.order_record import event_text
from widget_server.domain.subscription import RelatedOrder, Subscription, next_look
from widget_server.domain.transitions import webhook_id
from widget_server.services.subscription_views import stored_body

MOST_WAITING = 60
"""A worker comes here once a minute: one call a second at the most."""
_ROW = "SELECT * FROM steppay_subscriptions WHERE id = :id FOR UPDATE"
_CHANGE = """UPDATE steppay_subscriptions SET state = :state, version = :version, asked_at = :asked_at, body = :body,
    ask_again_at = :ask_again_at WHERE id = :id"""
_NAME_ORDER = "UPDATE steppay_subscriptions SET order_code = :code WHERE id = :id AND order_code IS NULL"
_DUE = """SELECT id FROM steppay_subscriptions WHERE ask_again_at <= :now
    ORDER BY ask_again_at LIMIT :limit FOR UPDATE SKIP LOCKED"""
_ASKED = "UPDATE steppay_subscriptions SET ask_again_at = :at WHERE id = :id"
_WAITING = "SELECT count(*) AS waiting FROM steppay_jobs WHERE kind = :kind"
_SETTLED = """SELECT order_code FROM steppay_orders WHERE order_code = ANY(:codes)
    AND verdict IN ('paid', 'no_charge', 'partially_refunded', 'refunded')"""
_BEFORE_KNOWN = timedelta(days=3)
_MOST_ORDERS = 24


class SqlSubscriptions:
    """Every method is one transaction and raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine, *, notify_merchant: bool) -> None:
        self._connections = connections_of(engine)
        self._notify_merchant = notify_merchant

    def record(self, subscription: Subscription, body: Mapping[str, object], at: datetime) -> bool:
        """As `ports.Subscriptions` says."""
        return self._connections.write(lambda db: self._record(db, subscription, body, at))

    def _record(self, db: DbConnection, subscription: Subscription, body: Mapping[str, object], at: datetime) -> bool:
        number = subscription.subscription_id
        follow_subscriptions(db, (number,), None, at)
        row = fetch_one(db, _ROW, id=number)
        if row.asked_at is not None and row.asked_at > at:
            return True  # another worker asked later and knows more
        changed = bool(row.state != subscription.fingerprint)
        version = row.version + changed
        run(
            db, _CHANGE, id=number, state=subscription.fingerprint, version=version, asked_at=at,
            ask_again_at=next_look(subscription, at), body=stored_body(subscription, body),
        )  # fmt: skip
        if changed and subscription.event_type and self._notify_merchant:
            data = {**body, "firstOrderCode": row.order_code, "verified": True}
            text = event_text(subscription.event_type, at, data)
            event_id = webhook_id(f"subscription:{number}", f"{version}:{subscription.fingerprint}")
            add_delivery(db, event_id, subscription.event_type, text, at, order_code=row.order_code)
        _ask_about(db, subscription.related_orders, row.known_since - _BEFORE_KNOWN, at)
        return changed


def follow_subscriptions(
    db: DbConnection, ids: Iterable[int], order_code: str | None, at: datetime, *, ask: bool = False
) -> None:
    """Know these subscriptions from now on. `order_code`: of the order that made them. `ask`: StepPay, now."""
    for number in ids:
        row: dict[str, Any] = {"id": number, "known_since": at, "version": 0, "order_code": order_code}
        if not insert_or_ignore(db, "steppay_subscriptions", row) and order_code is not None:
            run(db, _NAME_ORDER, id=number, code=order_code)
        if ask:
            bring_nearer(db, Job(SUBSCRIPTION, str(number), at), at)


def sweep_subscriptions(engine: Engine, now: datetime) -> int:
    """Make a job for each subscription that is due to be asked about; gives their number. Raises `StorageError`."""
    return connections_of(engine).write(lambda db: _sweep(db, now))


def _sweep(db: DbConnection, now: datetime) -> int:
    room = MOST_WAITING - fetch_one(db, _WAITING, kind=SUBSCRIPTION).waiting
    due = run(db, _DUE, now=now, limit=room) if room > 0 else []
    for place, row in enumerate(due):
        run(db, _ASKED, id=row.id, at=now + timedelta(days=1))  # the answer says when again
        add_job(db, Job(SUBSCRIPTION, str(row.id), now + place * timedelta(seconds=1), step=1))
    return len(due)


def _ask_about(db: DbConnection, orders: Iterable[RelatedOrder], since: datetime, at: datetime) -> None:
    """Orders of the subscription that this server has not seen paid: the renewal whose event never came. Older ones
    than the subscription is known here are the merchant's past, and not reported."""
    newest = [order.order_code for order in orders if order.created_at is None or order.created_at >= since]
    codes = newest[-_MOST_ORDERS:]
    if codes:
        settled = {row.order_code for row in run(db, _SETTLED, codes=codes)}
        for code in codes:
            if code not in settled:
                add_job(db, Job(ASK, code, at))
