"""Reading a request's JSON body strictly: the cheap checks first, nothing parsed that is too large or not
plain JSON."""

from __future__ import annotations

import threading
from typing import IO, TYPE_CHECKING

from flask import Request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.http import parse_options_header
from werkzeug.wsgi import get_content_length, get_input_stream

from widget_server.domain import strict_json
from widget_server.errors import InvalidJson, Overloaded, TooLarge, UnsupportedMediaType
from widget_server.web.middleware.client_address import CLIENT
from widget_server.web.route_table import ROUTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_BODIES = 128
MAX_BODIES_PER_CLIENT = 8
READ_ANYWAY_BYTES = 64 * 1024
"""A body that declares more than its route takes is read all the same up to here: it is what deploy/nginx passes on.
When the connection closes while nginx still sends, it answers 502 itself, and our 413 is lost. A chunked body is not:
its end may never come."""


class BodyReadLimiter:
    """Slots for bodies being read. granian reads a body for as long as its sender likes, and a thread that reads
    cannot be interrupted (docs/decisions/0011): stalling senders can use up these threads, but no others.

    While half of the slots are free every client may take one: a burst of a backend or of StepPay's events has one
    address. Beyond that one client gets few, so that stalling clients leave some to the others.
    """

    def __init__(self, slots: int = MAX_BODIES, per_client: int = MAX_BODIES_PER_CLIENT) -> None:
        self._slots, self._per_client = slots, per_client
        self._lock = threading.Lock()
        self._taken = 0
        self._reading: dict[str, int] = {}

    def acquire(self, client: str) -> None:
        """One slot for a body, until `release`. Raises `errors.Overloaded`."""
        with self._lock:
            taken, own = self._taken, self._reading.get(client, 0)
            if taken >= self._slots or (taken >= self._slots // 2 and own >= self._per_client):
                raise Overloaded
            self._taken, self._reading[client] = taken + 1, own + 1

    def release(self, client: str) -> None:
        with self._lock:
            self._taken -= 1
            self._reading[client] -= 1
            if not self._reading[client]:
                del self._reading[client]


_readers = BodyReadLimiter()
"""Of this process."""


def read_json_object(request: Request) -> dict[str, object]:
    """The body as a JSON object; chunked bodies included. Raises `errors.CallerError` subclasses and
    `errors.Overloaded`."""
    kind, parameters = parse_options_header(request.environ.get("CONTENT_TYPE"))
    if kind.lower() != "application/json":
        raise UnsupportedMediaType("Send the body as Content-Type: application/json.")
    if request.environ.get("HTTP_CONTENT_ENCODING"):
        raise UnsupportedMediaType("Send the body uncompressed, without Content-Encoding.")
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise InvalidJson("JSON is UTF-8; send no other charset.")
    try:
        value = strict_json.loads(read_raw(request))
    except strict_json.NotStrictJson as error:
        raise InvalidJson(f"The body is {error}." if "not" in str(error) else f"In the body {error}.") from error
    if not isinstance(value, dict):
        raise InvalidJson('The body must be one JSON object, such as {"orderCode": "order_15XqwcM1f"}.')
    return value


def read_raw(request: Request, limit_bytes: int | None = None) -> bytes:
    """The body's bytes as they came, at most those of `web/route_table.py`. Raises `errors.TooLarge` and
    `errors.Overloaded`."""
    rule = request.url_rule
    limit_bytes = limit_bytes or (ROUTES[rule.rule].body_bytes if rule else 0)
    client = request.environ[CLIENT]
    _readers.acquire(client)
    try:
        return _read_counted(limit_bytes, request.environ)
    finally:
        _readers.release(client)


def _read_counted(limit_bytes: int, environ: WSGIEnvironment) -> bytes:
    """A chunked body declares no length and comes in pieces of any size: its bytes are counted. Nothing follows a body
    whose length was declared."""
    declared = get_content_length(environ)
    stream = get_input_stream(environ) if declared is None else environ["wsgi.input"]
    end = limit_bytes + 1 if declared is None else declared
    raw, fits = b"", (declared or 0) <= limit_bytes
    while fits and len(raw) < end and (piece := stream.read(end - len(raw))):
        raw += piece
    if not fits or len(raw) > limit_bytes:
        if declared is not None and declared <= READ_ANYWAY_BYTES:
            _read_on(stream, declared)
        raise TooLarge(f"The body may have at most {limit_bytes} bytes.")
    if declared is not None and len(raw) < declared:
        raise ClientDisconnected
    return raw


def _read_on(stream: IO[bytes], most_bytes: int) -> None:
    while most_bytes > 0 and (piece := stream.read(most_bytes)):
        most_bytes -= len(piece)
