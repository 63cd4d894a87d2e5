"""`ports.Checkouts` on SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Engine

from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.jobs import bring_nearer
from widget_server.adapters.store.probe import WriteProbe
from widget_server.adapters.store.sql import DbConnection, fetch_one, insert_into, run
from widget_server.domain.checkout import Checkout
from widget_server.domain.claims import lacks_claim
from widget_server.domain.job import UNCONFIRMED, first_check
from widget_server.domain.rules import BY_CLAIM

MOST_UNCONFIRMED = 5000
"""So many checks of codes that neither StepPay nor the merchant's backend has named may wait: about ten minutes of work
for one worker. Beyond that an opening still works; its order is followed from the first return, event or binding on."""

MOST_READ = 500
"""So many checkouts of one order are looked at. Any caller can open more; no honest order has as many."""

_COLUMNS = (
    *("id", "order_code", "mode", "origin", "locale", "created_at", "expires_at", "returned_at"),
    *("last_verdict", "claim"),
)
_SELECT = """SELECT id, order_code, mode, origin, locale, created_at, expires_at, returned_at, last_verdict, claim
    FROM steppay_checkouts"""
_INSERT = insert_into("steppay_checkouts", _COLUMNS)
_OF_ORDER = "FROM steppay_checkouts WHERE order_code = :code AND expires_at > :now"
_LAST_VERDICTS = f"""SELECT last_verdict {_OF_ORDER} AND last_verdict IS NOT NULL
    ORDER BY created_at DESC LIMIT :most"""
_CLAIMED = "SELECT id, last_verdict FROM steppay_checkouts WHERE order_code = :code AND claim IS NOT NULL FOR UPDATE"
_UPDATE = """UPDATE steppay_checkouts SET returned_at = :returned_at, last_verdict = :last_verdict, claim = :claim
    WHERE id = :id"""
_IS_NAMED = """SELECT 1 AS named WHERE EXISTS (SELECT 1 FROM steppay_orders WHERE order_code = :code)
    OR EXISTS (SELECT 1 FROM steppay_expectations WHERE order_code = :code)"""
_UNCONFIRMED = """SELECT count(*) AS waiting FROM
    (SELECT 1 FROM steppay_jobs WHERE kind = :kind AND confirmed = :confirmed LIMIT :most) AS counted"""


class SqlCheckouts:
    """Every method is one transaction and raises `StorageError` when the database does not do it."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._connections = connections_of(engine)
        self._clock = clock
        self._probe = WriteProbe(engine, clock)

    def add(self, checkout: Checkout) -> None:
        """Each new row deletes the expired ones (indexed), so the table stays as large as its lifetime asks. The claims
        of earlier checkouts of the same order end."""
        self._connections.write(lambda db: _add(db, checkout, self._clock()))

    def find(self, checkout_id: str) -> Checkout | None:
        """None for an unknown id and for one that has expired."""
        wanted = f"{_SELECT} WHERE id = :id AND expires_at > :now"
        row = self._connections.read_one(wanted, id=checkout_id, now=self._clock())
        return Checkout(*row) if row else None

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

        def update(db: DbConnection) -> None:
            for row in run(db, f"{_SELECT} WHERE id = :id FOR UPDATE", id=checkout_id):
                new_claim = claim or row.claim
                is_kept = verdict is None or _stays(row.last_verdict, verdict, new_claim)
                newest = row.last_verdict if is_kept else dict(verdict or {})
                at = row.returned_at or returned_at
                run(db, _UPDATE, id=checkout_id, returned_at=at, last_verdict=newest, claim=new_claim)

        self._connections.write(update)

    def ping(self) -> None:
        """Reads the table itself, so that a database without our schema does not pass for a healthy one; and writes,
        because a full disk can still be read."""
        self._connections.read_one("SELECT id FROM steppay_checkouts LIMIT 1")
        self._probe.check()

    def was_opened(self, order_code: str) -> bool:
        wanted = f"SELECT id {_OF_ORDER} LIMIT 1"
        return self._connections.read_one(wanted, code=order_code, now=self._clock()) is not None

    def find_last_verdict(self, order_code: str) -> Mapping[str, object] | None:
        """What was answered last about this order in any of its newest checkouts."""
        newest = {"code": order_code, "now": self._clock(), "most": MOST_READ}
        rows = self._connections.read(_LAST_VERDICTS, **newest)
        return max((row.last_verdict for row in rows), key=_checked_at, default=None)


def _add(db: DbConnection, checkout: Checkout, now: datetime) -> None:
    run(db, "DELETE FROM steppay_checkouts WHERE expires_at < :now", now=now)
    for row in run(db, _CLAIMED, code=checkout.order_code):
        run(db, "UPDATE steppay_checkouts SET claim = NULL WHERE id = :id", id=row.id)
        if row.last_verdict and row.last_verdict.get("reason") in BY_CLAIM:
            run(db, "UPDATE steppay_checkouts SET last_verdict = NULL WHERE id = :id", id=row.id)
    run(db, _INSERT, **dict(zip(_COLUMNS, vars(checkout).values(), strict=True)))
    # In the same transaction: the shopper may pay and never come back (domain/recheck_schedule.py).
    code, at = checkout.order_code, checkout.created_at
    confirmed = bool(run(db, _IS_NAMED, code=code))
    if (
        confirmed
        or fetch_one(db, _UNCONFIRMED, **UNCONFIRMED._asdict(), most=MOST_UNCONFIRMED).waiting < MOST_UNCONFIRMED
    ):
        bring_nearer(db, first_check(code, at, confirmed=confirmed), at)


def _stays(stored: Mapping[str, object] | None, new: Mapping[str, object], claim: str | None) -> bool:
    """Whether the stored verdict is newer than `new`, or knows a claim that `new` did not know."""
    if stored is None:
        return False
    knows_more = stored.get("reason") in BY_CLAIM and lacks_claim(new) and claim != "success"
    return knows_more or _checked_at(stored) > _checked_at(new)


def _checked_at(verdict: Mapping[str, object]) -> str:
    """All of them UTC and of one length, so that they sort as text."""
    return str(verdict.get("checkedAt"))
