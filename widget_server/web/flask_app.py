"""Flask without the parts that nothing here uses, as the server and the admin dashboard start from.

Each method here stands for one of Flask's that runs for every request. Signals have no receivers, there is no session
and no URL is built from the host, so nothing looks for them (docs/decisions/0054).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response
from flask.json.provider import DefaultJSONProvider
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.routing import MapAdapter, Rule

from widget_server.web.assets import templates_dir
from widget_server.web.middleware.pipeline import Check, Pipeline, Step, current_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask.typing import ResponseReturnValue


class _JsonResponse(Response):
    """Complete as it is made: werkzeug would copy the headers and wrap the body of each response to look once more."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, list(self.headers))
        body: Iterable[bytes] = self.response  # type: ignore[assignment]  # `set_data` stores bytes
        return body


class _Json(DefaultJSONProvider):
    """Members in our order, and Korean as it is written. Flask's own would make an encoder for each response."""

    _encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=DefaultJSONProvider.default)

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return self._encoder.encode(obj)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        return _JsonResponse(self._encoder.encode(*args) + "\n", mimetype=self.mimetype)


class _NoSessions(SessionInterface):
    """The server keeps none: the routes of pages use no cookies, and the admin dashboard has sessions of its own."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        return _NO_SESSION


_NO_SESSION = NullSession()


class _Adapter(MapAdapter):
    """`found`: the route, where a look into a table is enough; else werkzeug walks its tree of all routes."""

    found: Rule | None = None

    def match(self, *given: Any, **options: Any) -> Any:
        return (self.found, {}) if self.found and not given else super().match(*given, **options)


class _App(Flask):
    json_provider_class = _Json
    session_interface = _NoSessions()
    checks: Sequence[Check] = ()

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """No route depends on the host and no URL is built from it, so the header is not looked at."""
        if request is None:
            return None
        environ = request.environ
        script_name = environ.get("SCRIPT_NAME", "").encode("latin1").decode(errors="replace")
        path = environ.get("PATH_INFO", "").encode("latin1").decode(errors="replace") or "/"
        scheme, method = environ["wsgi.url_scheme"], environ["REQUEST_METHOD"]
        adapter = _Adapter(self.url_map, "", script_name, "", scheme, path, method)
        adapter.found = self.plain_routes.get((path, method))
        return adapter

    @cached_property
    def plain_routes(self) -> dict[tuple[str, str], Rule]:
        """Those without variable parts, by path and method, as at the first request."""
        rules = [rule for rule in self.url_map.iter_rules() if not rule.arguments]
        return {(rule.rule, method): rule for rule in rules for method in rule.methods or ()}

    def full_dispatch_request(self) -> Response:
        """The checks, the hooks where there are any, and the view."""
        request = current_request()
        try:
            answer = self._answer(request)
        except Exception as error:  # noqa: BLE001 - as Flask does: its handlers know which
            answer = self.handle_user_exception(error)
        response = answer if isinstance(answer, Response) else self.make_response(answer)
        blueprint = request.url_rule and request.url_rule.endpoint.partition(".")[0]
        hooked = None in self.after_request_funcs or blueprint in self.after_request_funcs
        return self.process_response(response) if hooked else response

    def _answer(self, request: Request) -> ResponseReturnValue:
        for check in self.checks:
            rejected = check(request)
            if rejected is not None:
                return rejected
        if self.before_request_funcs:
            hooked = self.preprocess_request()
            if hooked is not None:
                return hooked
        rule = request.url_rule
        if rule is None or request.method == "OPTIONS":
            return self.dispatch_request()
        return self.view_functions[rule.endpoint](**(request.view_args or {}))  # type: ignore[return-value]  # none is async

    def do_teardown_request(self, *error: Any) -> None:
        if self.teardown_request_funcs:
            super().do_teardown_request(*error)

    def do_teardown_appcontext(self, *error: Any) -> None:
        if self.teardown_appcontext_funcs:
            super().do_teardown_appcontext(*error)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing of ours is `async`; Flask would inspect each view and hook at each request."""
        return func

    def log_exception(self, exc_info: object) -> None:
        """Nothing: `web/problems.py` logs it, under the request's id and without its message."""


def make_flask(public_url: str, trusted_proxies: int, checks: Sequence[Check], steps: Sequence[Step]) -> Flask:
    """An application without routes. `checks` run before each route and `steps` after it (`middleware/pipeline.py`)."""
    app = _App("widget_server", static_folder=None, template_folder=str(templates_dir()))
    # Flask reads FLASK_DEBUG by itself; a debugging application would show its exceptions to clients.
    app.config.update(DEBUG=False, TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.url_map.merge_slashes = False  # `/v1//verify` is an unknown path, not a redirect with an HTML body
    app.jinja_env.globals["base_path"] = urlsplit(public_url).path
    app.checks = checks
    app.wsgi_app = Pipeline(app.wsgi_app, public_url, trusted_proxies, steps)  # type: ignore[method-assign]  # Flask's own way to put something in front
    return app
