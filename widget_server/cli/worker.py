"""`widget-server worker`: only the durable jobs."""

import click

from widget_server.cli.environment import host_application, settings_from_environment
from widget_server.cli.output import stop_event
from widget_server.cli.start import prepare_start
from widget_server.logs import configure_logs, is_configured
from widget_server.server.supervisor import is_orphan
from widget_server.worker_app import make_worker


@click.command()
@click.option("--parent", default=0, hidden=True, help="End when the process with this number is gone.")
def worker(parent: int) -> None:
    """Run only the durable jobs: webhooks, rechecks, deliveries. As many workers as you like, on any machine."""
    host = host_application()
    if host is None or not is_configured():  # the log of an application is its own
        configure_logs(json_lines=True)
    settings = prepare_start(settings_from_environment)
    make_worker(settings, host.backend if host else None).run(stop_event(), lambda: not (parent and is_orphan(parent)))
