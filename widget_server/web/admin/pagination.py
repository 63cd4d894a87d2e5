"""The next page of a list begins behind its last line, which the link names: no row is counted, however many there
are."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from widget_server.services.order_views import Cursor

PAGE = 50
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def encode_cursor(at: datetime, name: str) -> str:
    return f"{at.isoformat()}~{name}"


def decode_cursor(text: str) -> Cursor | None:
    """None for anything that `encode_cursor` never wrote: the list then begins at its beginning."""
    moment, _, name = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return Cursor(at.astimezone(UTC), name) if at.tzinfo and _NAME.fullmatch(name) else None
    except (ValueError, OverflowError):
        return None
