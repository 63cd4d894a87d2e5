"""`widget-server serve`: the production server, with a job worker."""

import errno
import socket
import sys
from contextlib import nullcontext

import click
from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces

from widget_server.adapters.steppay.resilience import MAX_CALLERS
from widget_server.app import create_app
from widget_server.cli.environment import settings_from_environment, shared_metrics_dir
from widget_server.cli.start import prepare_start, warn_operator
from widget_server.config import Settings
from widget_server.errors import ConfigurationError, TransientProblem
from widget_server.logs import GRANIAN_LOGS, configure_logs
from widget_server.server.cpu_affinity import pin_to_free_core
from widget_server.server.drain import drain_on_sigterm, install_drain_signal
from widget_server.server.keep_alive import CONNECTIONS, KEEP_ALIVE_SECONDS, allow_connections, http1
from widget_server.server.supervisor import supervised_worker
from widget_server.web.middleware.bodies import MAX_BODIES
from widget_server.worker_app import make_alert_loop

THREADS = MAX_CALLERS + MAX_BODIES + 32
"""Requests that wait for StepPay or for a body leave some threads for the rest: health, widget, polling. Threads are
started when they are needed."""

THREAD_SWITCH_INTERVAL = 0.1
"""Seconds that a thread may run while others want to, unless it waits for something itself, which it does after a
millisecond. With Python's own 5 ms hundreds of threads do little but hand over (docs/decisions/0037)."""

SHUTDOWN_TIMEOUT = 20
"""Seconds after SIGTERM for the requests in progress: StepPay has eight seconds for each. A client that stalls in a
body would else delay the end for ever; once in our measurements a worker missed the signal (docs/decisions/0033)."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8081, show_default=True, envvar="PORT", show_envvar=True)
@click.option("--workers", default=1, show_default=True, help="Processes; one for each core that it may use.")
@click.option("--pin/--no-pin", default=False, show_default=True, help="Pin each process to a core of its own.")
@click.option("--jobs/--no-jobs", default=True, show_default=True, help="Run a worker for the durable jobs as well.")
@click.option(
    "--keep-alive",
    type=click.IntRange(0, 3600),
    default=KEEP_ALIVE_SECONDS,
    show_default=True,
    help="Seconds that an idle connection is kept, more than the reverse proxy keeps it; 0 keeps none.",
)
def serve(host: str, port: int, workers: int, *, pin: bool, jobs: bool, keep_alive: int) -> None:
    """Run the production server, and a job worker with it."""
    configure_logs(json_lines=True)
    settings = prepare_start(settings_from_environment, lambda settings: _check_start(settings, host, port))
    server = Granian(
        f"{__name__}:{'build_pinned_app' if pin else 'build_app'}",
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


def build_app() -> Flask:
    """The WSGI application of one worker process, from the environment."""
    sys.setswitchinterval(THREAD_SWITCH_INTERVAL)
    install_drain_signal()
    configure_logs(json_lines=True)
    settings = settings_from_environment()
    app = create_app(settings)
    if loop := make_alert_loop(settings, app.extensions["widget_server"]):
        loop.start()
    return app


def build_pinned_app() -> Flask:
    """The same, in a process that is pinned to one core from now on."""
    pin_to_free_core()
    return build_app()


def _check_start(settings: Settings, host: str, port: int) -> None:
    warn_operator(settings, host)
    check_address(host, port)


def check_address(host: str, port: int) -> None:
    """granian would end with a traceback."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except (OSError, OverflowError) as error:
        problem = f"port {port} is taken or not allowed on {host}; choose others with --port and --host"
        # A process that is being replaced may still have it, and an address may come with its network.
        is_early = isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL)
        raise ConfigurationError([TransientProblem(problem) if is_early else problem]) from error
