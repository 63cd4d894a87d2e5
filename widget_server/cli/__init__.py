"""The commands, one family a file."""

from pathlib import Path

import click

from widget_server import __version__
from widget_server.cli import (
    alerts,
    backup,
    copy_database,
    deliveries,
    demo,
    dev,
    doctor,
    init,
    keys,
    migrate,
    orders,
    serve,
    simulator,
    snippet,
    worker,
)
from widget_server.cli.environment import add_env_file
from widget_server.cli.output import CommandGroup


@click.group(cls=CommandGroup)
@click.version_option(__version__)
@click.option("--env-file", type=Path, help="A file of settings, read as systemd reads its EnvironmentFile=.")
def main(env_file: Path | None) -> None:
    """The self-hosted checkout widget server for StepPay."""
    if env_file is not None:
        add_env_file(env_file)


for _command in (
    demo.demo,
    dev.dev,
    serve.serve,
    worker.worker,
    snippet.snippet,
    init.init,
    doctor.doctor,
    keys.keys,
    migrate.migrate,
    backup.backup,
    orders.orders,
    deliveries.deliveries,
    alerts.alerts,
    simulator.simulator,
    copy_database.copy_to_postgresql,
):
    main.add_command(_command)
