"""`widget-server dev`: everything that a shop under development needs besides itself."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from widget_server.adapters.offers_file import Offers, load_offers
from widget_server.adapters.page_rules import load_page_rules
from widget_server.cli.output import wait_for_stop
from widget_server.cli.simulator import goods, read_products
from widget_server.demo.dev_settings import SERVER_FILE, SHOP_FILE, DevSettings, dev_settings
from widget_server.demo.run import Ports, run_together
from widget_server.demo.simulator import Product
from widget_server.errors import ConfigurationError
from widget_server.logs import configure_logs
from widget_server.services import snippet
from widget_server.web.builds import served_builds

_FOLDER = ".steppay-dev"


@click.command()
@click.option(
    "--shop", "shops", metavar="URL", multiple=True, required=True, help="Your shop: http://localhost:3000. Repeatable."
)
@click.option("--notify", metavar="URL", help="Where your shop's backend receives webhooks.")
@click.option("--product", "products", multiple=True, metavar="CODE/PRICE=WON", help="Sell this too, as `simulator`.")
@click.option("--page-rules", metavar="FILE", help="Page rules, as WIDGET_PAGE_RULES_FILE.")
@click.option("--offers", metavar="FILE", help="Sell from static pages, as WIDGET_OFFERS_FILE.")
@click.option("--server-port", default=8087, show_default=True)
@click.option("--simulator-port", default=8088, show_default=True)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=_FOLDER,
    show_default=True,
    help="Keeps keys and secrets from run to run.",
)
def dev(
    *,
    shops: tuple[str, ...],
    notify: str | None,
    products: tuple[str, ...],
    page_rules: str | None,
    offers: str | None,
    server_port: int,
    simulator_port: int,
    folder: Path,
) -> None:
    """Run a simulated StepPay, the widget server and its worker for your own shop on this machine."""
    problems = list[str]()
    sold = read_products(products, problems)
    if problems:
        raise ConfigurationError(problems)
    ports = Ports(server=server_port, simulator=simulator_port)
    with tempfile.TemporaryDirectory(prefix="steppay-dev-") as scratch:
        database = Path(scratch) / "widget.db"
        files = {"WIDGET_PAGE_RULES_FILE": page_rules, "WIDGET_OFFERS_FILE": offers}
        made = dev_settings(shops, notify, files, ports, folder=folder, database=database)
        load_page_rules(made.settings.page_rules_file)
        sellable = load_offers(made.settings.offers_file, made.settings.allowed_origins, sandbox=True)
        made.write(folder)
        _show_deliveries()
        with run_together(made.settings, ports, made.settings.steppay_api_url, products=sold):
            click.echo("\n".join(_welcome(made, folder, sold, sellable)))
            wait_for_stop()


def _show_deliveries() -> None:
    """Problems, and one line for each attempt to deliver a webhook: what a developer waits for."""
    configure_logs(json_lines=False, level=logging.WARNING)
    logging.getLogger("widget_server.deliveries").setLevel(logging.INFO)


def _welcome(made: DevSettings, folder: Path, products: list[Product], offers: Offers) -> Iterator[str]:
    server, steppay = made.settings.public_url, made.settings.steppay_api_url
    command = f"widget-server --env-file {folder / SERVER_FILE}"
    yield "\n  Ready for your shop. No real payment can happen.\n"
    yield f"  For your shop's backend, the same in every run (also in {folder / SHOP_FILE})"
    yield from (f"    {name}={value}" for name, value in made.shop.items())
    yield f"    A token's issuer is {server}, its audience {made.settings.allowed_origins[0]}\n"
    yield "  For your shop's page"
    yield f"    {snippet.tag(server, served_builds(server).current)}"
    yield f"    {snippet.button(server, 'order_test_paid', '결제하기')}"
    yield from (f"    {snippet.offer_button(offer, '결제하기')}" for offer in offers)
    yield ""
    yield f"  StepPay's portal {steppay}/portal   deposits, next payments, refunds"
    yield f"  Admin dashboard  {made.settings.admin_origin}/admin   with the key {made.server['WIDGET_ADMIN_KEY']}"
    yield f"  Webhooks         {_webhooks(made.server.get('WIDGET_NOTIFY_URL'), command)}"
    yield f"  More             {command} orders list"
    yield from goods(products)
    yield f"\n  Keys and secrets stay in {folder}, which git ignores; orders end with this run. Stop with Ctrl+C."


def _webhooks(notify: str | None, command: str) -> str:
    if notify is None:
        return "not sent; --notify http://localhost:3000/steppay/deliveries sends them"
    return f"sent to {notify}; a test: {command} deliveries send-test payment.paid"
