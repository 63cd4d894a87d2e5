"""Where does the time of a verification go? One after the other through the WSGI application, looked at regularly.

python -m bench.profile_target COUNT   in the environment of a server; prints JSON: CPU µs of one, and each layer's part
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from types import FrameType
from typing import Any

from bench.orders import KINDS, new_code
from bench.workload import ORIGIN
from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.config import read_settings
from widget_server.logs import configure_logs

_SAMPLE_SECONDS = 0.001
_IN_C = {
    "_perform": "libcurl",
    "_write": "libcurl",
    "writing": "SQLite: begin and commit, on the disk",
    "_execute": "SQLite: statements",
    "sign": "signature (Ed25519)",
}
"""What a function of ours does in C: a signal is noticed when that returns."""

_FILES = {
    "/domain/strict_json.py": "JSON",
    "/widget_server/adapters/store/": "record: ours",
    "/widget_server/adapters/steppay/": "calls to StepPay: ours",
    "/widget_server/web/": "routes, limits, headers: ours",
    "/widget_server/": "verdict, token, log: ours",
    "/sqlalchemy/": "record: SQLAlchemy's pool",
    "/requests/": "calls to StepPay: requests",
    "/flask/": "Flask and Werkzeug",
    "/werkzeug/": "Flask and Werkzeug",
    "/flask_cors/": "flask-cors",
    "/marshmallow/": "marshmallow",
    "/json/": "JSON",
    "/logging/": "logging",
}


def main() -> None:
    number = int(sys.argv[1])
    settings = read_settings(os.environ)
    upgrade(settings.database_url)
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - the log costs what it costs, and is not read
    configure_logs(json_lines=True)
    app, shoppers = create_app(settings), count(1)
    for _ in range(number):  # warm
        verify(app, next(shoppers))
    began = time.process_time()
    for _ in range(number):
        verify(app, next(shoppers))
    spent = (time.process_time() - began) / number * 1e6
    with sampled() as samples:
        for _ in range(number):
            verify(app, next(shoppers))
    print(json.dumps({"cpu_us": spent, "parts": parts(samples)}))


@contextmanager
def sampled() -> Iterator[list[str]]:
    """The frames that run, at regular moments of computing time: unlike `cProfile` it does not make code look slow that
    is made of many small functions."""
    seen: list[str] = []
    signal.signal(signal.SIGPROF, lambda _signal, frame: seen.append(layer(frame)))
    signal.setitimer(signal.ITIMER_PROF, _SAMPLE_SECONDS, _SAMPLE_SECONDS)
    try:
        yield seen
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def verify(app: Any, shopper: int) -> None:
    body = json.dumps({"orderCode": new_code(KINDS[0]), "status": "success"}).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/verify",
        "QUERY_STRING": "",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "pay.bench.test",
        "HTTP_ORIGIN": ORIGIN,
        "HTTP_X_FORWARDED_FOR": f"10.{shopper >> 16 & 255}.{shopper >> 8 & 255}.{shopper & 255}",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    statuses: list[str] = []
    answer = b"".join(app(environ, lambda status, _headers: statuses.append(status)))
    if statuses != ["200 OK"] or b'"paid"' not in answer:
        raise RuntimeError(f"not verified: {statuses}")


def parts(samples: list[str]) -> dict[str, float]:
    """Each layer's part of the time."""
    return {layer: number / len(samples) for layer, number in Counter(samples).most_common()}


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
