"""Everything that is served from memory: how it is cached, and its compressed forms.

The widget and the pages' own files are the same for every client, so `StaticCacheMiddleware` keeps the first response
that Flask gives, with its headers, compresses it once and answers before Flask looks at a request
(docs/decisions/0032). Everything unusual goes on to Flask: other methods, `If-None-Match: *`, unknown addresses.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from flask import Response, request
from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header
from werkzeug.test import run_wsgi_app

from widget_server.domain.subresource_integrity import version

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_CACHED_PREFIXES = ("/v1/widget.js", "/v1/widget-", "/v1/screens", "/assets/", "/docs/", "/llms.txt")
_PER_ENCODING = ("content-type", "content-length", "content-encoding")
_PER_RESPONSE = ("etag", "x-request-id", *_PER_ENCODING)


def memory_response(content: bytes, content_type: str, caching: str) -> Response:
    """200 with an ETag made of the content, or 304 where the client has it already. `caching`: `Cache-Control`."""
    response = Response(content, content_type=content_type)
    response.headers["Cache-Control"] = caching
    response.set_etag(version(content))
    response.make_conditional(request)
    response.headers.pop("Date", None)  # every WSGI server writes its own; two of them are not one date
    return response


class _Encoded(NamedTuple):
    etag: str
    headers: list[tuple[str, str]]
    body: bytes


class StaticCacheMiddleware:
    """Wraps `app`. A download that never reaches Flask leaves no line in the access log."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._files: dict[str, dict[str, _Encoded]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] != "GET" or not path.startswith(_CACHED_PREFIXES):
            return self._app(environ, start_response)
        known = environ.get("HTTP_IF_NONE_MATCH", "")
        encodings = self._files.get(path)
        if known.strip() == "*" or (encodings is None and known):
            return self._app(environ, start_response)
        if encodings is None:
            chunks, status, headers = run_wsgi_app(self._app, environ, buffered=True)
            body = b"".join(chunks)
            if not status.startswith("200"):
                start_response(status, list(headers.items()))
                return [body]
            encodings = self._files[path] = _encode(headers, body)
        return _respond(encodings, known, environ, start_response)


def _respond(
    encodings: Mapping[str, _Encoded], known: str, environ: WSGIEnvironment, start_response: StartResponse
) -> list[bytes]:
    chosen = encodings[_negotiate(environ.get("HTTP_ACCEPT_ENCODING", ""), tuple(encodings))]
    request_id = ("X-Request-Id", secrets.token_hex(8))
    if known and any(encoded.etag in known for encoded in encodings.values()):
        headers = [header for header in chosen.headers if header[0].lower() not in _PER_ENCODING]
        start_response("304 Not Modified", [*headers, request_id])
        return []
    start_response("200 OK", [*chosen.headers, request_id])
    return [chosen.body]


@lru_cache(maxsize=512)
def _negotiate(accepted: str, available: tuple[str, ...]) -> str:
    """The smallest encoding that the client accepts; the last is `identity`."""
    offers = [parse_options_header(part) for part in accepted.lower().split(",")]
    taken = {name.strip() for name, options in offers if options.get("q", "1").strip("0.") != ""}
    return next((name for name in available if name in taken), available[-1])


def _encode(headers: Headers, body: bytes) -> dict[str, _Encoded]:
    """Smallest first. Each has an ETag of its own, because a strong one stands for the very bytes (RFC 9110, 8.8.3)."""
    kept = [header for header in headers.items() if header[0].lower() not in _PER_RESPONSE]
    encodings = {}
    for name, compress in _compressors().items():
        content = compress(body)
        etag = headers["ETag"] if name == "identity" else f'{headers["ETag"][:-1]}-{name}"'
        own = {"Content-Type": headers["Content-Type"], "Content-Length": str(len(content)), "ETag": etag}
        if name != "identity":
            own["Content-Encoding"] = name
        encodings[name] = _Encoded(etag, [*kept, *own.items()], content)
    return encodings


def _compressors() -> dict[str, Callable[[bytes], bytes]]:
    """brotli has no wheels for every system."""
    always: dict[str, Callable[[bytes], bytes]] = {
        "gzip": lambda body: gzip.compress(body, 9, mtime=0),
        "identity": bytes,
    }
    try:
        import brotli  # noqa: PLC0415  # may be missing
    except ImportError:
        return always
    return {"br": brotli.compress, **always}
