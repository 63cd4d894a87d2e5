"""`flask steppay ...`: the server's commands with the application's settings."""

import click
from flask import current_app
from flask.cli import with_appcontext

from widget_server.cli import COMMANDS
from widget_server.cli.environment import run_inside
from widget_server.cli.output import CommandGroup
from widget_server.errors import ConfigurationError
from widget_server.extension.local import LocalServer

_NOT_HERE = ("serve", "demo", "dev")
"""They start processes of their own, which know nothing of this application."""


@click.group("steppay", cls=CommandGroup)
@with_appcontext
def steppay() -> None:
    """The StepPay checkout of this application."""
    installed = current_app.extensions["steppay_checkout"]
    if not isinstance(installed, LocalServer):
        raise ConfigurationError(["STEPPAY_CHECKOUT_URL: the server runs elsewhere; use `widget-server` there"])
    run_inside(installed.commands)


for _command in COMMANDS:
    if _command.name not in _NOT_HERE:
        steppay.add_command(_command)
