"""How a process starts before what it needs is there: the database, a folder that is mounted later."""

import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from widget_server.adapters.keys.signing_keys import load_or_create
from widget_server.adapters.store.database import SETTING, shown
from widget_server.adapters.store.migrate import upgrade
from widget_server.config import Settings, is_loopback
from widget_server.errors import ConfigurationError, StorageError, StorageUnfit, TransientProblem

log = logging.getLogger("widget_server.start")

LONGEST_SECONDS = 60.0
"""Shorter than systemd's TimeoutStartSec in deploy/. Then the process ends with exit code 1, and is started again."""
RETRY_SECONDS = 1.0
_LOG_SECONDS = 5.0
_Result = TypeVar("_Result")


class BoundedRetry:
    """Retries what may succeed later, for a bounded time in all, with a log line every few seconds."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._pause = clock, pause
        self._began, self._logged = clock(), float("-inf")

    def until_ready(self, prepare: Callable[[], _Result]) -> _Result:
        """What `prepare` returns. Raises its `ConfigurationError` when retrying does not help, or the time is up."""
        while True:
            try:
                return prepare()
            except ConfigurationError as error:
                waited = self._clock() - self._began
                if not error.is_transient or waited >= LONGEST_SECONDS:
                    raise
                self._log(error, waited)
            self._pause(RETRY_SECONDS)

    def _log(self, error: ConfigurationError, waited: float) -> None:
        if self._clock() - self._logged >= _LOG_SECONDS:
            self._logged = self._clock()
            log.warning("start_waits cause=%s seconds=%d", "; ".join(error.problems), waited)


def prepare_start(read: Callable[[], Settings], check: Callable[[Settings], None] = lambda _settings: None) -> Settings:
    """The settings of a process that has its keys and its migrated database. `check`: at once, before any of that."""
    retry = BoundedRetry()
    with _exit_on_sigterm():
        settings = retry.until_ready(read)
        check(settings)
        log.info("start database=%s", shown(settings.database_url))
        retry.until_ready(lambda: _open(settings))
    return settings


def storage_problem(error: StorageError) -> ConfigurationError:
    kind = str if isinstance(error, StorageUnfit) else TransientProblem
    return ConfigurationError([kind(f"{SETTING}: {error.detail}")])


def _open(settings: Settings) -> None:
    load_or_create(settings.signing_key_file, settings.secrets)
    try:
        upgrade(settings.database_url)
    except StorageError as error:
        raise storage_problem(error) from error


@contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """The first process of a container gets no SIGTERM before it has a handler of its own."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


_OPEN_PORT = """\
  --host opens the port to other machines. Let only your web server reach it, by a firewall or the container's network:
  this server cannot cut off clients that do not read their responses; a few hundred of them would block all others."""


def warn_operator(settings: Settings, host: str) -> None:
    if settings.env == "sandbox":
        click.echo("  WIDGET_ENV=sandbox: payments seen by this server may not be real.", err=True)
    elif not is_loopback(host) and host != "::1":
        click.echo(_OPEN_PORT, err=True)
