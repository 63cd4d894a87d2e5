"""`widget-server simulator`: StepPay's stand-in alone, to rehearse with one's own shop (docs/recipes/rehearse.md)."""

import logging
import secrets
from urllib.parse import urlsplit

import click

from widget_server.cli.addresses import SIMULATOR_PORT
from widget_server.cli.environment import environment
from widget_server.cli.output import wait_for_stop
from widget_server.config.secret_files import resolve_secret_files
from widget_server.demo.run import run_simulator
from widget_server.demo.simulator import PRODUCTS, Product, Webhook, describe, read_product
from widget_server.demo.simulator.outcomes import OUTCOMES
from widget_server.errors import ConfigurationError
from widget_server.logs import configure_logs
from widget_server.web.route_table import WEBHOOK_PATH

_THIS_MACHINE = "127.0.0.1"


@click.command()
@click.option(
    "--host", default=_THIS_MACHINE, show_default=True, help="0.0.0.0 in a container: nothing has a password."
)
@click.option("--port", default=SIMULATOR_PORT, show_default=True, envvar="PORT", show_envvar=True)
@click.option("--public-url", help="The simulator as browsers see it. [default: http://pay.localhost:PORT]")
@click.option("--webhook", metavar="URL", help="Send signed events there: the widget server, with or without path.")
@click.option(
    "--secret", "--webhook-secret", "secret", help="Signs them. [default: the first of STEPPAY_WEBHOOK_SECRETS]"
)
@click.option(
    "--product",
    "products",
    multiple=True,
    metavar="CODE/PRICE=WON",
    help="Sell this too; CODE/PRICE=WON,month or CODE/PRICE=WON,month,trial=DAYS for a subscription. Repeatable.",
)
def simulator(
    host: str, port: int, *, public_url: str | None, webhook: str | None, secret: str | None, products: tuple[str, ...]
) -> None:
    """Run only the simulated StepPay; its Secret-Token is that of STEPPAY_SECRET_TOKEN, or one that it makes."""
    settings, problems = resolve_secret_files(environment())
    given_token = settings.get("STEPPAY_SECRET_TOKEN", "")
    token = given_token or f"simulated-{secrets.token_hex(12)}"
    hook = _webhook(webhook, secret or settings.get("STEPPAY_WEBHOOK_SECRETS", ""), problems)
    given = read_products(products, problems)
    if problems:
        raise ConfigurationError(problems)
    configure_logs(json_lines=False, level=logging.WARNING)  # the addresses stay in sight
    browsers = (public_url or f"http://pay.localhost:{port}").rstrip("/")
    with run_simulator(port, browsers, token, hook, given, host=host):
        # A token that was given may be a real one: it is not shown.
        shown = "(the one that is set here)" if given_token else token
        click.echo("\n".join(_welcome(port, browsers, shown, hook, given)))
        if host != _THIS_MACHINE:
            click.echo(f"\n  It listens on {host} and has no password: keep its port inside your tests' network.")
        wait_for_stop()


def _webhook(url: str | None, listed: str, problems: list[str]) -> Webhook | None:
    """Adds to `problems`. An address without a path is the widget server's own."""
    if url is None:
        return None
    address = _address(url)
    if address is None:
        problems.append(f"--webhook: is no address; write http://127.0.0.1:8081{WEBHOOK_PATH}")
    secret = listed.partition(",")[0].strip()
    if not secret:
        problems.append(
            "--webhook: needs a secret; give --secret, or STEPPAY_WEBHOOK_SECRETS as the widget server has it"
        )
    return Webhook(address or "", secret)


def _address(url: str) -> str | None:
    """The whole address of a webhook, or None for what is no address."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    if not known:
        return None
    return url if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}{WEBHOOK_PATH}"


def read_products(texts: tuple[str, ...], problems: list[str]) -> list[Product]:
    """Adds to `problems`."""
    products = []
    for text in texts:
        try:
            products.append(read_product(text))
        except ValueError as reason:
            problems.append(f"--product: {reason}")
    return products


def _welcome(port: int, browsers: str, token: str, webhook: Webhook | None, products: list[Product]) -> list[str]:
    here = f"http://127.0.0.1:{port}"
    there = f"--webhook http://127.0.0.1:8081{WEBHOOK_PATH} (Flask shop: http://127.0.0.1:5000/steppay{WEBHOOK_PATH})"
    events = f"sent to {webhook.url}" if webhook else f"not sent; {there} sends them"
    return [
        f"\n  The simulated StepPay answers at {here}. No real payment can happen.\n",
        "  Set for the widget server, or in app.config of a Flask shop",
        "    WIDGET_ENV=sandbox",
        f"    STEPPAY_API_URL={here}",
        f"    STEPPAY_SECRET_TOKEN={token}\n",
        f"  Your shop       creates orders at {here}/api/v1/orders",
        f"  Portal          {browsers}/portal   deposits, refunds, subscriptions, time",
        f"  Control API     {here}/simulator/orders/ORDER_CODE/outcome, deposit, renew, refund; /simulator/clock",
        f"  Events          {events}",
        *goods(products),
        "\n  Stop with Ctrl+C.",
    ]


def goods(products: list[Product]) -> list[str]:
    """What can be paid here."""
    return [
        "\n  Order codes with a fixed outcome, of 10,000 won; of 18,000 won with _18000 behind them",
        *(f"    {outcome.code:<32}{outcome.english}" for outcome in OUTCOMES.values()),
        "\n  Products (productCode, priceCode); another one: --product CODE/PRICE=WON",
        *(f"    {describe(product)}" for product in (*PRODUCTS, *products)),
    ]
