"""The server of one process of the shop, made at the first request that needs it."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask, Request

from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.config import Settings
from widget_server.errors import ConfigurationError, StorageError
from widget_server.extension.forks import begins_anew
from widget_server.logs import exception_summary
from widget_server.web.deps import Deps
from widget_server.web.flask_app import make_flask
from widget_server.web.middleware.guard import cors_headers
from widget_server.web.middleware.pipeline import log_request
from widget_server.web.problems import register_problems

log = logging.getLogger("widget_server.start")

_RETRY_SECONDS = 1.0
_PATIENCE_SECONDS = 10.0


class LazyServer:
    """Makes the server when it is asked for, and again after a failure. A process that is forked begins anew: it may
    share neither connections nor locks with its parent (gunicorn's --preload)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: Flask | None = None
        self.start_empty()
        begins_anew(self)

    def start_empty(self) -> None:
        _OF_PARENTS.append(self._server)
        self._lock = threading.Lock()
        self._server = None
        self._failed: Flask | None = None
        self._next_at = 0.0

    def application(self) -> Flask:
        """The server; while it cannot start, an application that answers 503 to everything."""
        return self._server or self._start()

    def deps(self) -> Deps:
        """What the server works with. Raises `StorageError` while it cannot start."""
        deps: Deps | None = self.application().extensions.get("widget_server")
        if deps is None:
            raise StorageError("the server inside the application did not start; its log says why")
        return deps

    def _start(self) -> Flask:
        """The first requests wait for the start. After a failure none does: a database that hangs must not hold the
        threads that the shop's own pages need."""
        if self._failed is not None:
            if time.monotonic() >= self._next_at and self._lock.acquire(blocking=False):
                self._next_at = float("inf")
                threading.Thread(target=self._try_again, args=(self._lock,), daemon=True).start()
            return self._server or self._failed
        if not self._lock.acquire(timeout=_PATIENCE_SECONDS):
            return _unavailable(self._settings, StorageError("the start takes long"))
        with _released(self._lock):
            if self._server is None and self._failed is None:
                self._try()
        return self.application()

    def _try_again(self, lock: threading.Lock) -> None:
        with _released(lock):
            self._try()

    def _try(self) -> None:
        try:
            upgrade(self._settings.database_url)
            self._server = create_app(self._settings)
        except Exception as error:  # noqa: BLE001 - whatever it is, the shop's pages go on
            log.critical("server_not_started problem=%s error=%s", _problem(error), exception_summary(error))
            self._failed, self._next_at = _unavailable(self._settings, error), time.monotonic() + _RETRY_SECONDS


_OF_PARENTS: list[object] = []
"""Kept: what a parent has open is not ours to close (adapters/store/forks.py)."""


def _problem(error: Exception) -> str:
    """What a person can correct, without a value."""
    if isinstance(error, ConfigurationError):
        return "; ".join(error.problems)
    return error.detail if isinstance(error, StorageError) else "-"


@contextmanager
def _released(lock: threading.Lock) -> Iterator[None]:
    """Gives a lock back that is taken already."""
    try:
        yield
    finally:
        lock.release()


def _unavailable(settings: Settings, error: Exception) -> Flask:
    """An application that answers everything with this error, as the server would: 503 for the database, else 500."""

    def refuse(_request: Request) -> None:
        raise error

    steps: list[Callable[..., None]] = [cors_headers(settings.cors_origins), log_request]
    app = make_flask(settings.public_url, settings.trusted_proxies, [refuse], steps)
    register_problems(app)
    return app
