"""StepPay's pages of a list: what a caller may ask for, and the body around the rows."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import request

from widget_server.demo.simulator.formats import moment_of
from widget_server.demo.simulator.product_bodies import Body
from widget_server.demo.simulator.responses import require

_MOST = 1000
_SORTS: Mapping[str, Callable[[Any], Any]] = {"createdAt": lambda row: row.created_at, "id": lambda row: row.id}
"""StepPay does not list the values of `sort`; it says that the time of creation is the default."""


def page_of(rows: Iterable[Any], body: Callable[[Any], Body]) -> Body:
    """The page that this request asks for, by `startDate`, `endDate`, `page`, `size`, `sort` and `sortDir`; each row
    has `id` and `created_at`. Raises Problem 400."""
    since, until = _date("startDate"), _date("endDate")
    number, size = _number("page", 0, 0), _number("size", 20, 1)
    sort, direction = request.args.get("sort") or "createdAt", (request.args.get("sortDir") or "DESC").upper()
    require(size <= _MOST, f"size must be at most {_MOST}")
    require(sort in _SORTS, f"sort must be one of {', '.join(_SORTS)}")
    require(direction in ("ASC", "DESC"), "sortDir must be ASC or DESC")
    found = [
        row for row in rows if (since is None or row.created_at >= since) and (until is None or row.created_at <= until)
    ]
    found.sort(key=lambda row: (_SORTS[sort](row), row.id), reverse=direction == "DESC")
    return _page([body(row) for row in found[number * size : (number + 1) * size]], len(found), number, size)


def chosen(name: str, values: Iterable[str]) -> str | None:
    """The query's value of `name`, which must be one of `values`. Raises Problem 400."""
    given = request.args.get(name) or None
    require(given is None or given in values, f"{name} must be one of {', '.join(sorted(values))}")
    return given


def contains(keyword: str, *texts: str | None) -> bool:
    return any(keyword.casefold() in text.casefold() for text in texts if text)


def _page(content: list[Body], total: int, number: int, size: int) -> Body:
    pages = -(-total // size)
    sort = {"empty": False, "sorted": True, "unsorted": False}
    return {
        "content": content,
        "pageable": {
            "sort": sort,
            "offset": number * size,
            "pageNumber": number,
            "pageSize": size,
            "paged": True,
            "unpaged": False,
        },
        "totalElements": total,
        "totalPages": pages,
        "last": number + 1 >= pages,
        "first": number == 0,
        "number": number,
        "numberOfElements": len(content),
        "size": size,
        "sort": sort,
        "empty": not content,
    }


def _date(name: str) -> datetime | None:
    given = request.args.get(name) or None
    moment = moment_of(given)
    require(given is None or moment, f"{name} must be a date-time, such as 2026-11-01T00:00:00")
    return moment


def _number(name: str, default: int, least: int) -> int:
    given = request.args.get(name) or str(default)
    require(given.isascii() and given.isdigit() and len(given) < 10 and int(given) >= least,
            f"{name} must be a whole number of at least {least}")  # fmt: skip
    return int(given)
