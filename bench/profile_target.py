"""Where does the time of a request go? One after the other through the WSGI application, looked at regularly.

python -m bench.profile_target WHAT COUNT   in the environment of a server; WHAT is one of `ASK`; prints JSON: CPU µs of
                                            one, and each layer's and each function's part
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from bench.events import EVENTS_PATH, event_body, signature
from bench.orders import KINDS, new_code
from bench.workload import ORIGIN, visitors
from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.config import read_settings
from widget_server.logs import configure_logs

_SAMPLE_SECONDS = 0.001
_IN_C = {
    "fetch": "libcurl",
    "_write": "libcurl",
    "_begin": "SQLite: begin and commit, on the disk",
    "_commit": "SQLite: begin and commit, on the disk",
    "run": "SQLite: statements",
    "sign": "signature (Ed25519)",
}
"""What a function of ours does in C: a signal is noticed when that returns."""

_FILES = {
    "/domain/strict_json.py": "JSON",
    "/widget_server/adapters/store/": "record: ours",
    "/widget_server/adapters/steppay/": "calls to StepPay: ours",
    "/widget_server/web/": "routes, limits, headers: ours",
    "/widget_server/": "verdict, token, log: ours",
    "/sqlalchemy/": "record: SQLAlchemy",
    "/requests/": "calls to StepPay: requests",
    "/flask/": "Flask and Werkzeug",
    "/werkzeug/": "Flask and Werkzeug",
    "/flask_cors/": "flask-cors",
    "/marshmallow/": "marshmallow",
    "/json/": "JSON",
    "/logging/": "logging",
}


def main() -> None:
    ask, number = ASK[sys.argv[1]], int(sys.argv[2])
    settings = read_settings(os.environ)
    upgrade(settings.database_url)
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - the log costs what it costs, and is not read
    configure_logs(json_lines=True)
    app = create_app(settings)
    for _ in range(number):  # warm
        send(app, ask())
    began = time.process_time()
    for _ in range(number):
        send(app, ask())
    spent = (time.process_time() - began) / number * 1e6
    with sampled() as frames:
        for _ in range(number):
            send(app, ask())
    layers, functions = zip(*frames, strict=True)
    print(json.dumps({"cpu_us": spent, "layers": parts(layers), "functions": parts(functions)}))


@contextmanager
def sampled() -> Iterator[list[tuple[str, str]]]:
    """The layer and the function that run, at regular moments of CPU time: unlike `cProfile` it does not make code
    look slow that is made of many small functions."""
    seen: list[tuple[str, str]] = []
    signal.signal(signal.SIGPROF, lambda _signal, frame: seen.append((layer(frame), function(frame))))
    signal.setitimer(signal.ITIMER_PROF, _SAMPLE_SECONDS, _SAMPLE_SECONDS)
    try:
        yield seen
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _verification() -> dict[str, Any]:
    body = json.dumps({"orderCode": new_code(KINDS[0]), "status": "success"}).encode()
    return _request("POST", "/v1/verify", body, HTTP_ORIGIN=ORIGIN)


def _event() -> dict[str, Any]:
    body = event_body(new_code())
    return _request("POST", EVENTS_PATH, body, HTTP_STEPPAY_SIGNATURE=signature(body))


def _file() -> dict[str, Any]:
    return _request("GET", "/v1/widget.js", b"", HTTP_ACCEPT_ENCODING="gzip")


ASK: dict[str, Callable[[], dict[str, Any]]] = {"verification": _verification, "event": _event, "file": _file}
"""WSGI's environment for a new one."""


def _request(method: str, path: str, body: bytes, **headers: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "pay.bench.test",
        "HTTP_X_FORWARDED_FOR": visitors.next_address(),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    } | headers


def send(app: Any, environ: dict[str, Any]) -> None:
    statuses: list[str] = []
    answer = b"".join(app(environ, lambda status, _headers: statuses.append(status)))
    if statuses != ["200 OK"] or (environ["PATH_INFO"] == "/v1/verify" and b'"paid"' not in answer):
        raise RuntimeError(f"not answered as it should be: {statuses}")


def parts(samples: Sequence[str]) -> dict[str, float]:
    """Each one's part of the time, the largest first."""
    return {name: number / len(samples) for name, number in Counter(samples).most_common()}


def function(frame: FrameType | None) -> str:
    """The innermost: `folder/file.py:name`."""
    if frame is None:
        return "this program"
    return f"{'/'.join(Path(frame.f_code.co_filename).parts[-2:])}:{frame.f_code.co_name}"


def layer(frame: FrameType | None) -> str:
    """Of the innermost function that belongs to one: what it calls of the standard library counts as its own."""
    while frame is not None:
        file, name = frame.f_code.co_filename, frame.f_code.co_name
        for part, found in _FILES.items():
            if part in file:
                return _IN_C.get(name, found) if "/adapters/" in file else found
        frame = frame.f_back
    return "this program"


if __name__ == "__main__":
    main()
