"""`widget-server demo`: everything on one machine, to try it."""

import logging

import click

from widget_server.cli.output import wait_for_stop
from widget_server.demo.run import Ports, run_demo
from widget_server.logs import configure_logs


@click.command()
@click.option("--shop-port", default=Ports.shop, show_default=True)
@click.option("--server-port", default=Ports.server, show_default=True)
@click.option("--simulator-port", default=Ports.simulator, show_default=True)
@click.option("--brand-port", default=Ports.brand, show_default=True)
def demo(shop_port: int, server_port: int, simulator_port: int, brand_port: int) -> None:
    """Run a shop, a static page, the widget server and a simulated StepPay on this machine."""
    configure_logs(json_lines=False, level=logging.WARNING)  # the addresses stay in sight
    with run_demo(Ports(shop_port, server_port, simulator_port, brand_port)) as running:
        click.echo("\n  The demo is running. No real payment can happen.\n")
        click.echo(f"  Shop            {running.shop_url}   <- open this in a browser")
        click.echo(f"  Static page     {running.brand_url}   sells by offers, with no backend")
        click.echo(f"  Widget server   {running.server_url}/v1/widget.js")
        click.echo(f"  Playground      {running.shop_url}/playground")
        click.echo(f"  Orders          {running.shop_url}/orders   what the shop's backend received")
        click.echo(f"  Members         {running.shop_url}/members   opens with a subscription")
        click.echo(f"  Admin dashboard {running.admin_url}/admin   with the key {running.admin_key}")
        click.echo(f"  Test orders     {running.server_url}/v1/pay/order_test_failed   more of them in the portal")
        click.echo(f"  StepPay's portal {running.simulator_url}/portal   (simulated) deposits, renewals, refunds\n")
        click.echo("  Stop with Ctrl+C.")
        wait_for_stop()
