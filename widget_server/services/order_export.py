"""Orders of one month as CSV for a bookkeeper: nothing personal, and nothing that a spreadsheet would run."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from widget_server.domain.parsing import SEOUL

COLUMNS = (
    *("order_code", "order_id", "order_type", "verdict", "reason", "amount", "returned_amount", "currency"),
    *("payment_date_seoul", "checked_at_seoul"),
)
_BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a CSV file for UTF-8 by it; without it, Korean Excel reads CP949."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Month:
    """From its first midnight in Seoul to the next month's, which is no part of it."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, at: datetime) -> "Month":
        start = at.astimezone(SEOUL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        years, month = divmod(start.month, 12)
        return cls(start, start.replace(year=start.year + years, month=month + 1))

    @classmethod
    def parse(cls, text: str) -> "Month | None":
        """`2026-11`; None for anything else."""
        found = _MONTH.fullmatch(text)
        return cls.of(datetime(int(found[1]), int(found[2]), 1, tzinfo=SEOUL)) if found else None

    def __str__(self) -> str:
        return f"{self.start:%Y-%m}"

    def has(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True)
class ExportLine:
    """An order as it is recorded. `body`: the verdict's JSON members."""

    order_code: str
    order_id: int | None
    verdict: str
    reason: str
    checked_at: datetime
    body: Mapping[str, object]

    @property
    def paid_at(self) -> datetime | None:
        text = self.body.get("paymentDate")
        return datetime.fromisoformat(text) if isinstance(text, str) else None

    @property
    def counts_at(self) -> datetime:
        """The moment that decides the month: of the payment; of the last check where there is none."""
        return self.paid_at or self.checked_at


def csv_pages(pages: Iterable[Iterable[ExportLine]], month: Month) -> Iterator[str]:
    """The file, one text for each page of orders, however few of them are of this month. The first begins with the
    names of the columns."""
    begins = [COLUMNS]
    for page in pages:
        yield _csv([*begins, *(_cells(line) for line in page if month.has(line.counts_at))], first=bool(begins))
        begins = []
    if begins:
        yield _csv(begins, first=True)


def _csv(rows: Iterable[Iterable[object]], *, first: bool) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_guarded(cell) for cell in row] for row in rows)
    return (_BYTE_ORDER_MARK if first else "") + text.getvalue()


def _cells(line: ExportLine) -> tuple[object, ...]:
    body = line.body
    return (
        *(line.order_code, line.order_id, body.get("orderType"), line.verdict, line.reason),
        *(body.get("amount"), body.get("returnedAmount"), body.get("currency")),
        *(_moment(line.paid_at), _moment(line.checked_at)),
    )


def _moment(at: datetime | None) -> str | None:
    """With its offset, which is always +09:00."""
    return at.astimezone(SEOUL).isoformat(timespec="seconds") if at else None


def _guarded(cell: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe (OWASP, "CSV Injection")."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
