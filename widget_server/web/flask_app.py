"""An empty Flask application, as the server and the admin dashboard start from."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.routing import MapAdapter

from widget_server.web.assets import templates_dir


class _Json(DefaultJSONProvider):
    """Members in our order, and Korean as it is written. Flask's own would make an encoder for each response."""

    _encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=DefaultJSONProvider.default)

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return self._encoder.encode(obj)


class _NoSessions(SessionInterface):
    """The server keeps none: the routes of pages use no cookies, and the admin dashboard has sessions of its own."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        return _NO_SESSION


_NO_SESSION = NullSession()


class _App(Flask):
    json_provider_class = _Json
    session_interface = _NoSessions()

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """No route depends on the host and no URL is built from it, so the header is not looked at."""
        if request is None:
            return None
        environ = request.environ
        script_name = environ.get("SCRIPT_NAME", "").encode("latin1").decode(errors="replace")
        path = environ.get("PATH_INFO", "").encode("latin1").decode(errors="replace")
        scheme, method = environ["wsgi.url_scheme"], environ["REQUEST_METHOD"]
        return MapAdapter(self.url_map, "", script_name, "", scheme, path, method)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing of ours is `async`; Flask would inspect each view and hook at each request."""
        return func

    def log_exception(self, exc_info: object) -> None:
        """Nothing: `web/problems.py` logs it, under the request's id and without its message."""


def empty_app() -> Flask:
    app = _App("widget_server", static_folder=None, template_folder=str(templates_dir()))
    # Flask reads FLASK_DEBUG by itself; a debugging application would show its exceptions to clients.
    app.config.update(DEBUG=False, TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.url_map.merge_slashes = False  # `/v1//verify` is an unknown path, not a redirect with an HTML body
    return app
