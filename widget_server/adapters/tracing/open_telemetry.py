"""`ports.Traces` by OpenTelemetry. Imported only where the extra `tracing` is wanted:
`adapters/tracing/__init__.py`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from widget_server import __version__
from widget_server.services.ports import SetAttribute

_EXPORT_SECONDS = 5


def otlp_tracer(url: str) -> OpenTelemetry:
    """Sends from a thread of its own; what the collector does not take in time is dropped."""
    return OpenTelemetry(BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=_EXPORT_SECONDS)))


class OpenTelemetry:
    """`processor` gets every ended span. Nothing global is set: other libraries' spans stay away."""

    def __init__(self, processor: SpanProcessor) -> None:
        named = {"service.name": "steppay-widget-server", "service.version": __version__}
        self._provider = TracerProvider(resource=Resource.create(named))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("widget_server")

    @contextmanager
    def span(self, name: str) -> Iterator[SetAttribute]:
        """An exception ends the span and is not kept in it: its message may quote anything."""
        with self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
            yield span.set_attribute

    def close(self) -> None:
        """Send what waits. The end of the process does it, too."""
        self._provider.shutdown()
