"""The result of a check, and what checks work with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from widget_server.adapters.egress import Proxy
from widget_server.adapters.steppay.transport import RawResponse, Transport, request_headers
from widget_server.services.steppay_call import Deadline

CheckState = Literal["ok", "warning", "problem", "skipped"]


@dataclass(frozen=True)
class CheckResult:
    """One line of the report. `hint`: what to do, or why nothing was checked. A warning leaves the exit code 0."""

    state: CheckState
    name: str
    text: str
    hint: str = ""

    def __str__(self) -> str:
        line = f"{self.state:<8} {self.name:<14} {self.text}"
        return f"{line}. {self.hint}" if self.hint else line


@dataclass(frozen=True)
class DoctorContext:
    """What checks need besides the settings. `transport` None: the settings' own. `ca_file`: PEM, more certificate
    authorities."""

    transport: Transport | None
    clock: Callable[[], datetime]
    env_file: Path | None = None
    ca_file: str | None = None
    proxy: Proxy | None = None

    def get(self, url: str, headers: Mapping[str, str], seconds: float) -> RawResponse:
        """Raises `TransportError`."""
        if self.transport is None:
            raise TypeError("the settings come first")
        return self.transport.get(url, request_headers(headers), Deadline.after(seconds))


def ok(name: str, text: str) -> CheckResult:
    return CheckResult("ok", name, text)


def problem(name: str, text: str, hint: str) -> CheckResult:
    return CheckResult("problem", name, text, hint)


def warning(name: str, text: str, hint: str) -> CheckResult:
    return CheckResult("warning", name, text, hint)


def skipped(name: str, text: str, hint: str = "") -> CheckResult:
    return CheckResult("skipped", name, text, hint)
