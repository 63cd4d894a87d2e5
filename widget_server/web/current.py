"""The request itself, for code that asks it for many things: Flask's `request` looks it up again for each of them."""

from __future__ import annotations

from flask import Request, request


def current_request() -> Request:
    """The one that this thread answers."""
    found: Request = request._get_current_object()  # type: ignore[attr-defined]  # Flask's documented way
    return found
