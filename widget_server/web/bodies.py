"""Reading a request's JSON body strictly: the cheap checks first, nothing parsed that is too large or not
plain JSON."""

from __future__ import annotations

import threading

from flask import Request

from widget_server.domain import strict_json
from widget_server.errors import InvalidJson, Overloaded, TooLarge, UnsupportedMediaType

BODIES_AT_ONCE = 128
_reading = threading.BoundedSemaphore(BODIES_AT_ONCE)
"""Of this process. granian reads a body for as long as its sender likes, and a thread that reads cannot be called back
(docs/decisions/0011): senders who stall may use these threads up, but no others."""


def read_json_object(request: Request, limit_bytes: int) -> dict[str, object]:
    """The body as a JSON object of at most `limit_bytes`; chunked bodies included. Raises `errors.CallerFault`
    subclasses."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as Content-Type: application/json.")
    if request.content_encoding:
        raise UnsupportedMediaType("Send the body uncompressed, without Content-Encoding.")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise InvalidJson("JSON is UTF-8; send no other charset.")
    try:
        value = strict_json.loads(_read_at_most(limit_bytes, request))
    except strict_json.NotStrictJson as error:
        raise InvalidJson(f"The body is {error}." if "not" in str(error) else f"In the body {error}.") from error
    if not isinstance(value, dict):
        raise InvalidJson('The body must be one JSON object, such as {"orderCode": "order_15XqwcM1f"}.')
    return value


def read_raw(request: Request, limit_bytes: int) -> bytes:
    """The body's bytes as they came. Raises `errors.TooLarge` and `errors.Overloaded`."""
    return _read_at_most(limit_bytes, request)


def _read_at_most(limit_bytes: int, request: Request) -> bytes:
    """A chunked body tells no length beforehand and comes in pieces of any size: its bytes are counted."""
    if not _reading.acquire(blocking=False):
        raise Overloaded
    try:
        return _read_counted(limit_bytes, request)
    finally:
        _reading.release()


def _read_counted(limit_bytes: int, request: Request) -> bytes:
    declared = request.content_length or 0
    raw = b""
    while declared <= limit_bytes and (piece := request.stream.read(limit_bytes + 1 - len(raw))):
        raw += piece
        declared = max(declared, len(raw))
    if declared > limit_bytes:
        raise TooLarge(f"The body may have at most {limit_bytes} bytes.")
    return raw
