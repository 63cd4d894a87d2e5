"""The next page of a list begins behind its last row, which the link names: no row is counted, however many there
are."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from flask import request

from widget_server.services.order_views import Cursor

Row = TypeVar("Row")
PAGE_SIZE = 50
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def list_values(
    read: Callable[[int, Cursor | None], Sequence[Row]], cursor: Callable[[Row], Cursor]
) -> dict[str, object]:
    """What every list template shows. `read`: at most so many rows behind the cursor; `cursor`: the one of a row."""
    after = request.args.get("after")
    rows = read(PAGE_SIZE + 1, decode_cursor(after or ""))  # one more than is shown tells whether a page follows
    following = encode_cursor(cursor(rows[PAGE_SIZE - 1])) if len(rows) > PAGE_SIZE else None
    return {"lines": rows[:PAGE_SIZE], "following": following, "first": after is None}


def encode_cursor(cursor: Cursor) -> str:
    return f"{cursor.at.isoformat()}~{cursor.name}"


def decode_cursor(text: str) -> Cursor | None:
    """None for anything that `encode_cursor` never wrote: the list then begins at its beginning."""
    moment, _, name = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return Cursor(at.astimezone(UTC), name) if at.tzinfo and _NAME.fullmatch(name) else None
    except (ValueError, OverflowError):
        return None
