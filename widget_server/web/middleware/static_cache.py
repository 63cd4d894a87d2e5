"""The widget and the pages' own files, answered before Flask looks at the request (docs/decisions/0032).

These answers are the same for everybody, so the first that Flask gives is kept, with its headers, and compressed once.
Everything unusual goes on to Flask: other methods, `If-None-Match: *`, addresses that are not there.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from werkzeug.http import parse_options_header
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PLACES = ("/v1/widget.js", "/v1/widget-", "/assets/")
_ABOUT_THE_BODY = ("content-type", "content-length")
_ENDS = ("etag", "x-request-id", *_ABOUT_THE_BODY)
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class _Encoding:
    """One coding of a file."""

    etag: str
    headers: Headers
    body: bytes


class StaticCacheMiddleware:
    """Wraps `app`. A download that never reaches Flask leaves no line in the access log."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._files: dict[str, dict[str, _Encoding]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] != "GET" or not path.startswith(_PLACES):
            return self._app(environ, start_response)
        known = environ.get("HTTP_IF_NONE_MATCH", "")
        forms = self._files.get(path)
        if known.strip() == "*" or (forms is None and known):
            return self._app(environ, start_response)
        if forms is None:
            return self._ask(path, environ, start_response)
        return _answer(forms, known, environ, start_response)

    def _ask(self, path: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chunks, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        body = b"".join(chunks)
        if not status.startswith("200"):
            start_response(status, list(headers.items()))
            return [body]
        self._files[path] = _forms(headers.items(), headers["ETag"], headers["Content-Type"], body)
        return _answer(self._files[path], "", environ, start_response)


def _answer(
    forms: Mapping[str, _Encoding], known: str, environ: WSGIEnvironment, start_response: StartResponse
) -> list[bytes]:
    form = forms[_coding(environ.get("HTTP_ACCEPT_ENCODING", ""), tuple(forms))]
    named = ("X-Request-Id", secrets.token_hex(8))
    if known and any(other.etag in known for other in forms.values()):
        same = [header for header in form.headers if header[0].lower() not in (*_ABOUT_THE_BODY, "content-encoding")]
        start_response("304 Not Modified", [*same, named])
        return []
    start_response("200 OK", [*form.headers, named])
    return [form.body]


@lru_cache(maxsize=512)
def _coding(accepted: str, there: tuple[str, ...]) -> str:
    """The smallest form that the browser takes; the last is the plain one."""
    asked = [parse_options_header(part) for part in accepted.lower().split(",")]
    taken = {name.strip() for name, options in asked if options.get("q", "1").strip("0.") != ""}
    return next((name for name in there if name in taken), there[-1])


def _forms(headers: Iterable[tuple[str, str]], etag: str, kind: str, body: bytes) -> dict[str, _Encoding]:
    """Smallest first. Each has an ETag of its own, because a strong one stands for the very bytes (RFC 9110, 8.8.3)."""
    kept = [header for header in headers if header[0].lower() not in _ENDS]
    forms = {}
    for name, press in {**_compressors(), "identity": bytes}.items():
        content = press(body)
        tag = etag if name == "identity" else f'{etag[:-1]}-{name}"'
        told = [("Content-Type", kind), ("Content-Length", str(len(content))), ("ETag", tag)]
        coded = [] if name == "identity" else [("Content-Encoding", name)]
        forms[name] = _Encoding(tag, [*kept, *told, *coded], content)
    return forms


def _compressors() -> dict[str, Callable[[bytes], bytes]]:
    """brotli comes with the extra `fast`."""
    presses: dict[str, Callable[[bytes], bytes]] = {"gzip": lambda body: gzip.compress(body, 9, mtime=0)}
    try:
        import brotli  # noqa: PLC0415  # may be missing
    except ImportError:
        return presses
    return {"br": brotli.compress, **presses}
