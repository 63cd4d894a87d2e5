"""What a check has found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from widget_server.adapters.steppay.transport import Transport

State = Literal["ok", "problem", "skipped"]


@dataclass(frozen=True)
class Finding:
    """One line of the report. `hint` says what to do, or why there was nothing to see."""

    state: State
    name: str
    text: str
    hint: str = ""

    def __str__(self) -> str:
        line = f"{self.state:<8} {self.name:<14} {self.text}"
        return f"{line}. {self.hint}" if self.hint else line


@dataclass(frozen=True)
class Tools:
    """What checks need beside the settings. `ca_file`: PEM, instead of the usual certificate authorities."""

    transport: Transport
    clock: Callable[[], datetime]
    env_file: Path | None = None
    ca_file: str | None = None


def ok(name: str, text: str) -> Finding:
    return Finding("ok", name, text)


def problem(name: str, text: str, hint: str) -> Finding:
    return Finding("problem", name, text, hint)


def skipped(name: str, text: str, hint: str = "") -> Finding:
    return Finding("skipped", name, text, hint)
