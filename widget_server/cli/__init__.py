"""The commands. The only place that reads the environment."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from typing import Any

import click
from dotenv import load_dotenv
from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces

from widget_server import __version__
from widget_server.adapters.metrics.folder import private_folder
from widget_server.adapters.page_rules import load_page_rules
from widget_server.adapters.steppay.resilience import MAX_CALLERS
from widget_server.adapters.tracing import check_extra
from widget_server.app import create_app, utc_now
from widget_server.cli.copy_database import move_command
from widget_server.cli.keys import keys_commands
from widget_server.cli.migrate import migrate_command
from widget_server.cli.operations import deliveries_commands, orders_commands
from widget_server.cli.simulator import simulator_command
from widget_server.cli.start import started, tell_what_to_mind
from widget_server.config import Settings, read_settings
from widget_server.config.env_file import read_env_file
from widget_server.demo import Ports, run_demo
from widget_server.doctor.result import CheckResult, DoctorContext, problem
from widget_server.doctor.run_checks import run_checks
from widget_server.domain.display_options import LOCALES, MODES, THEMES
from widget_server.errors import ConfigurationError, NotThereYet
from widget_server.logs import GRANIAN_LOGS, configure_logs
from widget_server.server.cpu_affinity import pin_to_free_core
from widget_server.server.drain import drain_on_sigterm, install_drain_signal
from widget_server.server.keep_alive import CONNECTIONS, KEEP_ALIVE_SECONDS, allow_connections, http1
from widget_server.server.supervisor import is_orphan, supervised_worker
from widget_server.services import snippet as snippets
from widget_server.web.assets import widget
from widget_server.web.middleware.bodies import MAX_BODIES
from widget_server.worker_app import make_worker

_BAD_CONFIGURATION = 2
THREADS = MAX_CALLERS + MAX_BODIES + 32
"""Whoever may wait for StepPay or for a body leaves some for the rest: health, widget, polling. Threads are started
when they are needed."""

THREAD_SWITCH_INTERVAL = 0.1
"""How long a thread may run while others want to, where it does not wait for anything itself, which it does after a
millisecond. With Python's own 5 ms hundreds of threads do little but hand over (docs/decisions/0037)."""

SHUTDOWN_TIMEOUT = 20
"""After SIGTERM, for the requests that were begun: StepPay has eight seconds for each. Whoever stalls in a body would
else hold up the end for ever, and once in our measurements a worker did not hear the signal (docs/decisions/0033)."""


def exit_on_config_error(command: Callable[..., None]) -> Callable[..., None]:
    """A line for each problem. Exit code 2: only a person can mend it; 1: it may be gone at the next start."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except ConfigurationError as fault:
            click.echo("The server did not start:", err=True)
            for problem in fault.problems:
                click.echo(f"  - {problem}", err=True)
            sys.exit(1 if fault.may_pass else _BAD_CONFIGURATION)

    return run


@click.group()
@click.version_option(__version__)
@click.option("--env-file", type=Path, help="A file of settings, read as systemd reads its EnvironmentFile=.")
@exit_on_config_error
def main(env_file: Path | None) -> None:
    """The self-hosted checkout widget server for StepPay."""
    before = os.umask(0o077)  # the database and its log hold what only this account may read
    click.get_current_context().call_on_close(lambda: os.umask(before))
    if env_file is not None:
        os.environ.update(read_env_file(env_file))


@main.command()
@click.option("--shop-port", default=Ports.shop, show_default=True)
@click.option("--server-port", default=Ports.server, show_default=True)
@click.option("--simulator-port", default=Ports.simulator, show_default=True)
@exit_on_config_error
def demo(shop_port: int, server_port: int, simulator_port: int) -> None:
    """Run a shop, the widget server and a simulated StepPay on this machine."""
    configure_logs(json_lines=False, level=logging.WARNING)  # the addresses stay in sight
    with run_demo(Ports(shop_port, server_port, simulator_port)) as running:
        click.echo("\n  The demo is running. No real payment can happen.\n")
        click.echo(f"  Shop            {running.shop_url}   <- open this in a browser")
        click.echo(f"  Widget server   {running.server_url}/v1/widget.js")
        click.echo(f"  Playground      {running.shop_url}/playground")
        click.echo(f"  Orders          {running.shop_url}/orders   what the shop's backend was told")
        click.echo(f"  Operator's page {running.admin_url}/admin   with the key {running.admin_key}")
        click.echo(f"  StepPay's portal {running.simulator_url}/portal   (simulated) deposits, renewals, refunds\n")
        click.echo("  Stop with Ctrl+C.")
        _wait_for_stop()


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8081, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes; one for each core that it may use.")
@click.option("--pin/--no-pin", default=False, show_default=True, help="Keep each process to a core of its own.")
@click.option("--jobs/--no-jobs", default=True, show_default=True, help="Run a worker for the durable jobs as well.")
@click.option(
    "--keep-alive",
    type=click.IntRange(0, 3600),
    default=KEEP_ALIVE_SECONDS,
    show_default=True,
    help="Seconds that a silent connection is kept, more than the web server in front keeps it; 0 keeps none.",
)
@exit_on_config_error
def serve(host: str, port: int, workers: int, *, pin: bool, jobs: bool, keep_alive: int) -> None:
    """Run the production server, and a worker beside it."""
    configure_logs(json_lines=True)
    settings = started(_settings_from_environment, lambda settings: _check_start(settings, host, port))
    server = Granian(
        f"widget_server.cli:{'build_pinned_app' if pin else 'build_app'}",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=http1(keep_alive),
        backpressure=CONNECTIONS,
        workers=workers,
        respawn_failed_workers=True,  # else the death of one worker ends them all
        blocking_threads=THREADS,
        workers_kill_timeout=SHUTDOWN_TIMEOUT,
        log_dictconfig=GRANIAN_LOGS,
    )
    allow_connections()
    server.on_startup(drain_on_sigterm)
    with shared_metrics_dir(settings), supervised_worker() if jobs else nullcontext():
        server.serve()


@main.command()
@click.option("--beside", default=0, hidden=True, help="End when the process that has this number is gone.")
@exit_on_config_error
def worker(beside: int) -> None:
    """Run only the durable jobs: webhooks, re-checks, deliveries. As many as you like, on any machine."""
    configure_logs(json_lines=True)
    settings = started(_settings_from_environment)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    make_worker(settings).run(stop, lambda: not (beside and is_orphan(beside)))


@main.command()
@click.option("--page", "path", default="/", show_default=True, help="The page's path or address.")
@click.option("--mode", type=click.Choice(MODES), help="Write this mode into the tag, over the page's rule.")
@click.option("--locale", type=click.Choice(LOCALES), default="auto", help="Write this language into the tag.")
@click.option("--theme", type=click.Choice(THEMES), default="auto", help="Write this theme into the tag.")
@click.option("--evergreen", is_flag=True, help="A tag without a hash, which follows every upgrade.")
@exit_on_config_error
def snippet(path: str, mode: str | None, locale: str, theme: str, *, evergreen: bool) -> None:
    """Print the script tag to paste into a shop's page, and what that page needs."""
    settings = _settings_from_environment()
    path = snippets.page_path(path)
    page = snippets.Page(path, load_page_rules(settings.page_rules_file).find(path), mode, locale, theme)
    tag = snippets.tag(
        settings.public_url, widget(settings.public_url), mode=mode, locale=locale, theme=theme, evergreen=evergreen
    )
    click.echo(tag + "\n")
    plain_http = settings.env == "sandbox"
    click.echo("\n".join(snippets.notes(settings.public_url, page, evergreen=evergreen, plain_http=plain_http)))


@main.command()
@click.option("--offline", is_flag=True, help="Ask neither StepPay nor the public URL.")
def doctor(offline: bool) -> None:
    """Check settings, database, StepPay's answer and the public URL; exit code 1 on a problem."""
    healthy = True
    for finding in _findings(offline=offline):
        click.echo(str(finding))
        healthy = healthy and finding.state != "problem"
    sys.exit(0 if healthy else 1)


def _findings(*, offline: bool) -> Iterator[CheckResult]:
    try:
        tools = DoctorContext(None, utc_now, _read_env_file())
    except ConfigurationError as fault:
        yield problem("settings", fault.problems[0], "Nothing else was looked at.")
    else:
        yield from run_checks(os.environ, tools, offline=offline)


def build_app() -> Flask:
    """The WSGI application of one worker process, from the environment."""
    sys.setswitchinterval(THREAD_SWITCH_INTERVAL)
    install_drain_signal()
    configure_logs(json_lines=True)
    return create_app(_settings_from_environment())


def build_pinned_app() -> Flask:
    """The same, for a process that keeps to one core from now on."""
    pin_to_free_core()
    return build_app()


def _settings_from_environment() -> Settings:
    """A `.env` file in the working folder adds what the environment does not say already."""
    settings = read_settings(_environment())
    load_page_rules(settings.page_rules_file)
    if settings.traces_url:
        check_extra()
    return settings


def _environment() -> Mapping[str, str]:
    _read_env_file()
    return os.environ


def _read_env_file() -> Path | None:
    """Never a parent folder's: that is another program's."""
    file = Path.cwd() / ".env"
    if not file.is_file():
        return None
    try:
        load_dotenv(file, encoding="utf-8-sig")
    except OSError as error:
        raise ConfigurationError([f"{file}: cannot be read by this user"]) from error
    except ValueError as error:  # undecodable, or with NUL as UTF-16 without a mark has it
        raise ConfigurationError([f"{file}: is not text in UTF-8; save it in that encoding"]) from error
    return file


def _check_start(settings: Settings, host: str, port: int) -> None:
    tell_what_to_mind(settings, host)
    _check_address(host, port)


def _check_address(host: str, port: int) -> None:
    """granian would end with a traceback."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except (OSError, OverflowError) as error:
        problem = f"port {port} is taken or not allowed on {host}; choose others with --port and --host"
        # A process that is being replaced may still have it, and an address may come with its network.
        is_early = isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL)
        raise ConfigurationError([NotThereYet(problem) if is_early else problem]) from error


@contextmanager
def shared_metrics_dir(settings: Settings) -> Iterator[None]:
    """All processes started from here count in one folder: the setting reaches them with the environment."""
    if not settings.metrics_enabled or settings.metrics_dir:
        yield
        return
    with private_folder() as folder:
        os.environ["WIDGET_METRICS_DIR"] = str(folder)
        yield


def _wait_for_stop() -> None:
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    stop.wait()
    click.echo("\n  Stopped.")


main.add_command(keys_commands(_settings_from_environment, exit_on_config_error))
main.add_command(migrate_command(_settings_from_environment, exit_on_config_error))
main.add_command(orders_commands(_settings_from_environment, exit_on_config_error))
main.add_command(deliveries_commands(_settings_from_environment, exit_on_config_error))
main.add_command(simulator_command(_environment, exit_on_config_error, _wait_for_stop))
main.add_command(move_command(_settings_from_environment, exit_on_config_error))
