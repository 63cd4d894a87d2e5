"""`ports.Checkouts` on SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    Engine,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from widget_server.adapters.store.compiled import DbConnection, fetch_one, run
from widget_server.adapters.store.database import Writer
from widget_server.adapters.store.jobs import bring_nearer
from widget_server.adapters.store.probe import WriteProbe
from widget_server.adapters.store.raw_connection import read_one
from widget_server.adapters.store.tables import checkouts, expectations, jobs, orders
from widget_server.domain.checkout import Checkout
from widget_server.domain.claims import needs_claim
from widget_server.domain.job import UNCONFIRMED, first_check
from widget_server.domain.rules import BY_CLAIM

MOST_UNCONFIRMED = 5000
"""So many checks of codes that neither StepPay nor the merchant's backend has named may wait: about ten minutes of work
for one worker. Beyond that an opening still works; its order is followed from the first return, event or binding on."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqlCheckouts:
    """Every method is one transaction and raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = _utc_now) -> None:
        self._engine = engine
        self._writer = Writer(engine)
        self._clock = clock
        self._probe = WriteProbe(engine, clock)

    def add(self, checkout: Checkout) -> None:
        """Each new row sweeps the expired ones (indexed), so the table stays as large as its lifetime asks. The claims
        of earlier checkouts of the same order end."""
        self._writer.run(lambda line: _add(line, checkout, self._clock()))

    def find(self, checkout_id: str) -> Checkout | None:
        """None for an unknown id and for one that has expired."""
        row = read_one(self._engine, _FIND, {"checkout": checkout_id, "now": self._clock()})
        return Checkout(**row._asdict()) if row else None

    def record(
        self,
        checkout_id: str,
        *,
        verdict: Mapping[str, object] | None = None,
        returned_at: datetime | None = None,
        claim: str | None = None,
    ) -> None:
        """The first return time stays, the last claim counts; None keeps what is stored. An unknown id changes nothing.
        Of two verdicts the one that was checked later stays: a slow answer from before a refund must not replace the
        refund. What a stored claim decided is not replaced by an answer that did not know the claim."""
        values: dict[str, object] = {"checkout": checkout_id, "back": returned_at, "way": claim}
        if verdict is not None:
            values |= {"told": dict(verdict), "checked": str(verdict.get("checkedAt"))}
            values["unclaimed"] = needs_claim(verdict)
        statement = _NOTE_RETURN if verdict is None else _NOTE_VERDICT
        self._writer.run(lambda line: run(line, statement, values))

    def ping(self) -> None:
        """Reads the table itself, so that a database without our schema does not pass for a healthy one; and writes,
        because a full disk can still be read."""
        read_one(self._engine, _ANY, {})
        self._probe.check()

    def was_opened(self, order_code: str) -> bool:
        return read_one(self._engine, _OF_ORDER, {"code": order_code, "now": self._clock()}) is not None

    def find_last_verdict(self, order_code: str) -> Mapping[str, object] | None:
        """What was answered last about this order in any of its checkouts."""
        row = read_one(self._engine, _LAST, {"code": order_code, "now": self._clock()})
        return row.verdict if row else None


def _add(line: DbConnection, checkout: Checkout, now: datetime) -> None:
    run(line, _SWEEP, {"now": now})
    run(line, _REOPEN, {"code": checkout.order_code})
    run(line, _INSERT, vars(checkout))
    # In the same transaction: the shopper may pay and never come back (domain/recheck_schedule.py).
    code, at = checkout.order_code, checkout.created_at
    confirmed = bool(run(line, _KNOWN, {"code": code}))
    if confirmed or fetch_one(line, _UNCONFIRMED, {}).waiting < MOST_UNCONFIRMED:
        bring_nearer(line, first_check(code, at, confirmed=confirmed), at)


# Made once each, as `run` wants it.
_COLUMNS = checkouts.c
_IS = _COLUMNS.id == bindparam("checkout")
_SWEEP = delete(checkouts).where(_COLUMNS.expires_at < bindparam("now"))
_INSERT = insert(checkouts)
_FIRST, _TOLD, _WAY = _COLUMNS.returned_at, _COLUMNS.verdict, _COLUMNS.claim
_BY_CLAIM = or_(*(_TOLD["reason"].as_string() == reason for reason in sorted(BY_CLAIM)))
_REOPEN = (
    update(checkouts)
    .where(_COLUMNS.order_code == bindparam("code"), _WAY.is_not(None))
    .values(claim=None, verdict=case((_BY_CLAIM, None), else_=_TOLD))
)
_FIND = select(checkouts).where(_IS, _COLUMNS.expires_at > bindparam("now"))
_OF_ORDER = (
    select(_COLUMNS.id).where(_COLUMNS.order_code == bindparam("code"), _COLUMNS.expires_at > bindparam("now")).limit(1)
)
_ANY = select(_COLUMNS.id).limit(1)
_KNOWN: Select[tuple[int]] = select(literal_column("1").label("known")).where(
    or_(
        exists().where(orders.c.order_code == bindparam("code")),
        exists().where(expectations.c.order_code == bindparam("code")),
    )
)
_UNCONFIRMED = select(func.count().label("waiting")).select_from(
    select(jobs.c.subject)
    .where(jobs.c.kind == UNCONFIRMED.kind, jobs.c.confirmed == UNCONFIRMED.confirmed)
    .limit(MOST_UNCONFIRMED)
    .subquery()
)
_LAST = (
    select(_TOLD)
    .where(_COLUMNS.order_code == bindparam("code"), _COLUMNS.expires_at > bindparam("now"), _TOLD.is_not(None))
    .order_by(_TOLD["checkedAt"].as_string().desc())  # all of them UTC and of one length
    .limit(1)
)
_NEW_WAY = func.coalesce(bindparam("way", type_=_WAY.type), _WAY)
# Without the column's type a function's argument would be stored with whatever offset it has.
_NOTE_RETURN = (
    update(checkouts)
    .where(_IS)
    .values(
        returned_at=func.coalesce(_FIRST, bindparam("back", type_=_FIRST.type)),
        claim=_NEW_WAY,
    )
)
_IS_OLDER = _TOLD["checkedAt"].as_string() > bindparam("checked")  # all of them UTC and of one length
_KNOWS_LESS = and_(bindparam("unclaimed", type_=Boolean()), _BY_CLAIM, func.coalesce(_NEW_WAY, "") != "success")
_NOTE_VERDICT = _NOTE_RETURN.values(
    verdict=case((or_(_IS_OLDER, _KNOWS_LESS), _TOLD), else_=bindparam("told", type_=_TOLD.type))
)
