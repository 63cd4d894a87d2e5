"""`widget-server doctor`: checks an installation."""

import sys
from collections.abc import Iterator

import click

from widget_server.cli.environment import environment, read_dotenv
from widget_server.clock import utc_now
from widget_server.doctor.result import CheckResult, DoctorContext, problem
from widget_server.doctor.run_checks import run_checks, run_page_checks
from widget_server.errors import ConfigurationError


@click.command()
@click.option("--offline", is_flag=True, help="Call neither StepPay nor the public URL.")
@click.option("--page", metavar="URL", help="Check this page of your shop instead, as its server sends it.")
def doctor(offline: bool, page: str | None) -> None:
    """Check settings, database, StepPay's answer and the public URL, or a page of your shop; exit code 1 on a
    problem."""
    if page is not None and offline:
        raise click.UsageError("--page fetches the page: give it without --offline.")
    healthy = True
    for result in _results(offline=offline, page=page):
        click.echo(str(result))
        healthy = healthy and result.state != "problem"
    sys.exit(0 if healthy else 1)


def _results(*, offline: bool, page: str | None) -> Iterator[CheckResult]:
    try:
        context = DoctorContext(None, utc_now, read_dotenv())
    except ConfigurationError as error:
        yield problem("settings", error.problems[0], "Nothing else was checked.")
        return
    if page is None:
        yield from run_checks(environment(), context, offline=offline)
    else:
        yield from run_page_checks(environment(), context, page)
