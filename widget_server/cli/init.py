"""`widget-server init`: the settings of a new installation, with every secret that the server can make itself."""

import base64
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NoReturn
from urllib.parse import urlsplit

import click

from widget_server.cli.addresses import webhook_address
from widget_server.cli.questions import ask_all, rehearse
from widget_server.config import Settings, read_settings
from widget_server.config.env_writer import write_env_file
from widget_server.errors import ConfigurationError
from widget_server.services import snippet
from widget_server.web.builds import served_builds

_SERVE_PORT = 8081
_HINT = (
    "`widget-server init --help` lists the options. Without a terminal, give the Secret-Token with --secret-token-file "
    "or STEPPAY_SECRET_TOKEN."
)


@click.command()
@click.option("--sandbox", is_flag=True, help="For a rehearsal on this machine, with the simulated StepPay.")
@click.option(
    "--public-url",
    "WIDGET_PUBLIC_URL",
    envvar="WIDGET_PUBLIC_URL",
    help="This server as browsers see it: https://pay.shop.kr, or https://shop.kr/steppay.",
)
@click.option(
    "--shop",
    "WIDGET_ALLOWED_ORIGINS",
    envvar="WIDGET_ALLOWED_ORIGINS",
    help="The shop's origins, with commas between: https://shop.kr,https://www.shop.kr.",
)
@click.option(
    "--secret-token-file",
    type=click.File(),
    help="Read the Secret-Token from this file, - for the standard input. [default: STEPPAY_SECRET_TOKEN, or ask]",
)
@click.option(
    "--notify-url",
    "WIDGET_NOTIFY_URL",
    envvar="WIDGET_NOTIFY_URL",
    help="The address of your backend that receives webhooks about orders.",
)
@click.option(
    "--database",
    "WIDGET_DATABASE_URL",
    envvar="WIDGET_DATABASE_URL",
    help="Another database. [default: SQLite, widget.db here]",
)
@click.option(
    "--admin-origin",
    "WIDGET_ADMIN_ORIGIN",
    envvar="WIDGET_ADMIN_ORIGIN",
    help="Open the admin dashboard at this address, with a key of its own.",
)
@click.option("--metrics", is_flag=True, help="Open /metrics, with a key of its own.")
@click.option("--force", is_flag=True, help="Replace the .env file that is there, with every secret in it.")
def init(
    *, sandbox: bool, secret_token_file: IO[str] | None, metrics: bool, force: bool, **options: str | None
) -> None:
    """Ask for what only you know, make every other secret, and write it to .env."""
    if sandbox and secret_token_file:
        raise click.UsageError("--sandbox makes a Secret-Token itself: leave out --secret-token-file.")
    file = Path.cwd() / ".env"
    if file.exists() and not force:
        _refuse(".env: is there already; --force replaces it, with every secret in it")
    values = {"WIDGET_ENV": "sandbox" if sandbox else "production"}
    values |= {name: value.strip() for name, value in options.items() if value and value.strip()}
    if sandbox:
        rehearse(values)
    else:
        ask_all(values, secret_token_file.read().strip() if secret_token_file else "")
    _make_secrets(values, metrics=metrics)
    try:
        settings = read_settings(values)
        write_env_file(file, values, replace=force)
    except ConfigurationError as error:
        _refuse(*error.problems, _HINT)
    except OSError as error:
        _refuse(f"{file}: cannot be written ({error.strerror})")
    click.echo("\n".join(_next_steps(file, settings)))


def _refuse(*problems: str) -> NoReturn:
    click.echo("Nothing was written:", err=True)
    for problem in problems:
        click.echo(f"  - {problem}", err=True)
    sys.exit(2)


def _make_secrets(values: dict[str, str], *, metrics: bool) -> None:
    """Settings without a value are left out."""
    values["WIDGET_API_KEY"] = secrets.token_hex(32)
    if values.get("WIDGET_NOTIFY_URL"):
        values["WIDGET_NOTIFY_SECRET"] = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    if values.get("WIDGET_ADMIN_ORIGIN"):
        values["WIDGET_ADMIN_KEY"] = secrets.token_hex(32)
    if metrics:
        values["WIDGET_METRICS_KEY"] = secrets.token_hex(32)
    for name in [name for name, value in values.items() if not value]:
        del values[name]


def _next_steps(file: Path, settings: Settings) -> Iterator[str]:
    yield f"Wrote {file}. Only this account can read it; no secret of it is shown.\n"
    yield from _steppay_step(settings)
    yield "\n2. Give your backend what it needs, and put it where that keeps its secrets"
    yield "     grep ^WIDGET_API_KEY= .env         to bind amounts and read orders"
    if settings.notify_url:
        yield "     grep ^WIDGET_NOTIFY_SECRET= .env   to verify the webhooks that it receives"
    yield "\n3. Start the server" + ("" if settings.env == "sandbox" else ", behind a web server with TLS")
    port = urlsplit(settings.public_url).port if settings.env == "sandbox" else None
    yield "     widget-server serve" + (f" --port {port}" if port and port != _SERVE_PORT else "")
    yield "     widget-server doctor"
    yield "\n4. Paste the tag into your shop's page (`widget-server snippet` prints it again, with the policy lines)"
    yield f"     {snippet.tag(settings.public_url, served_builds(settings.public_url).current)}"


def _steppay_step(settings: Settings) -> Iterator[str]:
    address = webhook_address(settings.public_url)
    if settings.env == "sandbox":
        yield "1. Start the simulated StepPay: no real payment can happen"
        yield f"     widget-server simulator --webhook {address}"
        return
    yield "1. In StepPay's portal, this is the address for webhooks"
    yield f"     {address}"
    if not settings.webhook_secrets:
        yield "   Copy its secret from there into .env, as STEPPAY_WEBHOOK_SECRETS=...: until then refunds and renewals"
        yield "   at StepPay are missed or found late."
