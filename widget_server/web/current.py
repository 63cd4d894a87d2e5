"""The request itself, for code that reads it often: Flask's `request` looks it up again at each access."""

from __future__ import annotations

from flask import Request, request


def current_request() -> Request:
    """The one that this thread handles."""
    found: Request = request._get_current_object()  # type: ignore[attr-defined]  # Flask's documented way
    return found
