"""The log: one line an event, as `event key=value ...` or as one JSON object.

A call names its keys in the fixed text, `log.error("order_shape order=%s member=%s", code, member)`. Keys are read from
there and never from a value, so that no value can become a key or a line of its own.

Two things never reach a line: the message of an exception and the arguments of a library's record, for both may hold
whatever was sent (a driver quotes rows, urllib3 quotes URLs with StepPay's idKey). docs/decisions/0014 says more.
"""

import json
import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

LONGEST_VALUE = 400
"""Characters. An order code has at most 64; the rest is for the code lines of a bug."""

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""Set by `web/middleware/headers.py` for the request this thread works on; the answer carries it as `X-Request-Id`."""

_OURS = ("widget_server", "_granian")
_THREADS_WARNING = "Configuration allows spawning up to "
"""granian warns of many threads at each start. They are started when they are needed (cli/serve.py)."""
_FACT = re.compile(r"(\w+)=(%[a-z]|\w+)")
_MOST_CAUSES = 3
_MOST_FRAMES = 4


def configure_logs(*, json_lines: bool, level: int = logging.INFO, stream: TextIO | None = None) -> logging.Handler:
    """Make one handler the only one of this process; gives it back. `stream` default: standard error."""
    handler = Lines(stream or sys.stderr)
    handler.setFormatter(JsonLines() if json_lines else PlainLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # No line shows them, so they are not collected (Python's Logging HOWTO, "Optimization").
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    return handler


def is_configured() -> bool:
    """Whether this process has a log already."""
    return bool(logging.getLogger().handlers)


GRANIAN_LOGS: dict[str, Any] = {"handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}
"""For `Granian(log_dictconfig=...)`: its records reach the handler above. Its access log, which quotes query strings,
stays off."""


class Lines(logging.StreamHandler[TextIO]):
    """Ours, and warnings: libraries explain themselves at the lower levels by quoting what passes through them.

    One pass, where logging asks its filters, locks, formats and flushes by a method each.
    """

    def handle(self, record: logging.LogRecord) -> bool:
        shown = record.name.startswith(_OURS) or record.levelno >= logging.WARNING
        if shown and not str(record.msg).startswith(_THREADS_WARNING):
            self.emit(record)
        return shown

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.formatter.format(record) + "\n"  # type: ignore[union-attr]  # `configure_logs` sets it
            with self.lock:  # type: ignore[union-attr]  # a handler makes its own
                self.stream.write(line)
                self.stream.flush()
        except Exception:  # noqa: BLE001 - as logging does: a line that cannot be written ends no request
            self.handleError(record)


class JsonLines(logging.Formatter):
    _encoder = json.JSONEncoder()

    def format(self, record: logging.LogRecord) -> str:
        return self._encoder.encode(_members(record))


class PlainLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        members = _members(record)
        head = " ".join(str(members.pop(name)) for name in ("time", "level", "logger", "event"))
        return " ".join([head, *(f"{name}={_escaped(value)}" for name, value in members.items())])


def _members(record: logging.LogRecord) -> dict[str, object]:
    """`time` (RFC 3339, UTC), `level`, `logger`, `event`, `request`, then the event's own keys."""
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fixed = {"time": time, "level": record.levelname, "logger": record.name}
    members: dict[str, object] = {**fixed, **_event(record), "request": request_id.get()}
    if record.exc_info and record.exc_info[1]:
        members["error"] = _short(exception_summary(record.exc_info[1]))
    return members


def _event(record: logging.LogRecord) -> dict[str, object]:
    template, arguments = str(record.msg), record.args if isinstance(record.args, tuple) else ()
    if not record.name.startswith(_OURS):
        return {"event": _short(template)}
    event, facts, places = _read(template)
    if places != len(arguments):
        return {"event": _short(record.getMessage())}
    values, members = iter(arguments), dict[str, object](event=event)
    for key, word in facts:
        value = next(values) if word.startswith("%") else word
        members[key] = value if type(value) is int else _short(value)
    return members


@lru_cache(maxsize=256)
def _read(template: str) -> tuple[str, list[tuple[str, str]], int]:
    """The fixed text of a call, once: the event, its keys with their words, and how many arguments these take; -1 (no
    call has so many) when the text has places without a key."""
    facts = _FACT.findall(template)
    places = sum(word.startswith("%") for _key, word in facts)
    return template.partition(" ")[0] if facts else template, facts, places if template.count("%") == places else -1


def exception_summary(error: BaseException) -> str:
    """Kind and place of an exception and of what caused it, innermost call first, never its message:
    `StorageError store/checkouts.py:61 ping, web/routes/health.py:21 ready < OperationalError ...`."""
    described: list[str] = []
    current: BaseException | None = error
    while current is not None and len(described) < _MOST_CAUSES:
        frames = reversed(traceback.extract_tb(current.__traceback__)[-_MOST_FRAMES:])
        places = [f"{_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
        described.append(f"{type(current).__name__} {', '.join(places)}".strip())
        current = current.__cause__ or current.__context__
    return " < ".join(described)


def _place(filename: str) -> str:
    return "/".join(Path(filename).parts[-2:])


def _short(value: object) -> object:
    """Numbers and truth values stay what they are; everything else is text of a bounded length."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "..."


def _escaped(value: object) -> str:
    """No line break, no terminal command: `unicode_escape` leaves printable ASCII only."""
    text = str(value).encode("unicode_escape").decode("ascii")
    return f'"{text}"' if " " in text else text
