"""How a process starts while what it needs is not there yet: the database, a folder that is mounted later."""

from __future__ import annotations

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
from widget_server.errors import ConfigurationError, NotThereYet, StorageError, StorageUnfit

log = logging.getLogger("widget_server.start")

LONGEST_SECONDS = 60.0
"""Shorter than systemd's TimeoutStartSec in deploy/. Then the process ends with exit code 1, and is started again."""
LOOK_SECONDS = 1.0
_TELL_SECONDS = 5.0
_Result = TypeVar("_Result")


class Patience:
    """Waits for what heals by itself, for a bounded time in all, with a log line every few seconds."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._pause = clock, pause
        self._began, self._told = clock(), float("-inf")

    def wait_for(self, prepare: Callable[[], _Result]) -> _Result:
        """What `prepare` gives at last. Raises its `ConfigurationError` when that is for good, or the time is up."""
        while True:
            try:
                return prepare()
            except ConfigurationError as fault:
                waited = self._clock() - self._began
                if not fault.may_pass or waited >= LONGEST_SECONDS:
                    raise
                self._tell(fault, waited)
            self._pause(LOOK_SECONDS)

    def _tell(self, fault: ConfigurationError, waited: float) -> None:
        if self._clock() - self._told >= _TELL_SECONDS:
            self._told = self._clock()
            log.warning("start_waits cause=%s seconds=%d", "; ".join(fault.problems), waited)


def started(read: Callable[[], Settings], check: Callable[[Settings], None] = lambda _settings: None) -> Settings:
    """The settings of a process that has its keys and its migrated database. `check`: at once, before any of that."""
    patience = Patience()
    with _ends_when_told():
        settings = patience.wait_for(read)
        check(settings)
        log.info("start database=%s", shown(settings.database_url))
        patience.wait_for(lambda: _open(settings))
    return settings


def storage_problem(fault: StorageError) -> ConfigurationError:
    kind = str if isinstance(fault, StorageUnfit) else NotThereYet
    return ConfigurationError([kind(f"{SETTING}: {fault.detail}")])


def _open(settings: Settings) -> None:
    load_or_create(settings.signing_key_file, settings.secrets)
    try:
        upgrade(settings.database_url)
    except StorageError as fault:
        raise storage_problem(fault) from fault


@contextmanager
def _ends_when_told() -> Iterator[None]:
    """The first process of a container would not hear SIGTERM before it has a handler of its own."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


_OPEN_PORT = """\
  --host opens the port to other machines. Let only your web server reach it, by a firewall or the container's network:
  this server cannot cut clients who do not read their answers, and a few hundred of them would shut everyone out."""


def tell_what_to_mind(settings: Settings, host: str) -> None:
    if settings.env == "sandbox":
        click.echo("  WIDGET_ENV=sandbox: payments seen by this server may not be real.", err=True)
    elif not is_loopback(host) and host != "::1":
        click.echo(_OPEN_PORT, err=True)
