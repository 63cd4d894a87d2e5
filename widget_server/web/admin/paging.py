"""The next page of a list begins behind its last line, which the link names: no row is counted, however many there
are."""

from __future__ import annotations

from datetime import datetime

from widget_server.domain.overview import After

PAGE = 50


def write_after(at: datetime, name: str) -> str:
    return f"{at.isoformat()}~{name}"


def read_after(text: str) -> After | None:
    """None for anything that `write_after` never wrote: the list then begins at its beginning."""
    moment, mark, name = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return After(at, name) if mark and at.tzinfo is not None else None
