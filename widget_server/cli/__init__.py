"""The commands, one family a file, which is loaded when the command runs (docs/decisions/0088)."""

from pathlib import Path

import click

from widget_server import __version__
from widget_server.cli.command_file import CommandFile
from widget_server.cli.environment import add_env_file
from widget_server.cli.output import CommandGroup

COMMANDS = (
    CommandFile("alerts", "Alerts to the operator, and a test message."),
    CommandFile("backup", "Write database, keys and .env into a new tar file."),
    CommandFile("copy-to-postgresql", "Copy everything into another database."),
    CommandFile("deliveries", "Webhooks to the merchant backend; send one again."),
    CommandFile("demo", "Run a shop and a simulated StepPay, to try it all."),
    CommandFile("dev", "Run what a shop under development needs."),
    CommandFile("doctor", "Check the installation, or a page of your shop."),
    CommandFile("init", "Write the settings of a new installation to .env."),
    CommandFile("keys", "Show and change the keys that sign verdicts."),
    CommandFile("migrate", "Migrate the database; back, before a rollback."),
    CommandFile("orders", "What is recorded of an order, and a new check."),
    CommandFile("serve", "Run the production server with a job worker."),
    CommandFile("simulator", "Run only the simulated StepPay."),
    CommandFile("snippet", "Print the script tag for a shop's page."),
    CommandFile("worker", "Run only the durable jobs."),
)


@click.group(cls=CommandGroup, commands=COMMANDS)
@click.version_option(__version__)
@click.option("--env-file", type=Path, help="A file of settings, read as systemd reads its EnvironmentFile=.")
def main(env_file: Path | None) -> None:
    """The self-hosted checkout widget server for StepPay."""
    if env_file is not None:
        add_env_file(env_file)
