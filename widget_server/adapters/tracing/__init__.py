"""Where time goes: around collaborators that know nothing of it, sent over OTLP/HTTP by the extra `tracing`.

Own spans at our own ports, because the instrumentation libraries say too much: that of `requests` keeps the URL, which
holds the order's code and StepPay's idKey, and that of Flask keeps query strings (docs/decisions/0028).
"""

from __future__ import annotations

from collections.abc import Callable

from widget_server.domain.job import Job
from widget_server.errors import ConfigurationError
from widget_server.services.ports import Tracer

SETTING = "WIDGET_TRACES_URL"


def otlp_traces(url: str) -> Tracer:
    """Sends to `url`, such as `http://127.0.0.1:4318/v1/traces`. Raises as `check_extra` does."""
    return _exporter()(url)


def check_extra() -> None:
    """Raises `ConfigurationError` where the extra is not installed: before any worker process is started."""
    _exporter()


def _exporter() -> Callable[[str], Tracer]:
    try:
        from widget_server.adapters.tracing.open_telemetry import otlp_tracer  # noqa: PLC0415 - its libraries are an extra
    except ImportError:
        raise ConfigurationError([f"{SETTING}: needs pip install 'steppay-widget-server[tracing]'"]) from None
    return otlp_tracer


def traced_work(work: Callable[[Job], None], traces: Tracer) -> Callable[[Job], None]:
    """`work` with one piece for each job, named by its kind."""

    def run(job: Job) -> None:
        with traces.span(f"job {job.kind}"):
            work(job)

    return run
