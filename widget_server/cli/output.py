"""What commands share: how they end."""

import os
import signal
import sys
import threading
from typing import NoReturn

import click

from widget_server.errors import ConfigurationError

_BAD_CONFIGURATION = 2


class CommandGroup(click.Group):
    """Shows a `ConfigurationError` of any command. Exit code 2: only a person can correct it; 1: the next start may
    succeed."""

    def invoke(self, ctx: click.Context) -> object:
        before = os.umask(0o077)  # the database and its log hold what only this account may read
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            click.echo("The server did not start:", err=True)
            for problem in error.problems:
                click.echo(f"  - {problem}", err=True)
            sys.exit(1 if error.is_transient else _BAD_CONFIGURATION)
        finally:
            os.umask(before)


def fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


def stop_event() -> threading.Event:
    """Set by SIGINT and SIGTERM."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    return stop


def wait_for_stop() -> None:
    stop_event().wait()
    click.echo("\n  Stopped.")
