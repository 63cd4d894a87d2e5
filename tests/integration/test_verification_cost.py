"""What one verification costs, counted and not timed: Python calls and files of the server that it passes."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from flask.testing import FlaskClient

import widget_server
from tests.support.app_fixture import NOW, SHOP, FakeStepPay, environment, simulator
from tests.support.databases import copy
from widget_server.app import create_app
from widget_server.config import read_settings
from widget_server.logs import configure_logs

MOST_CALLS, MOST_FILES = 362, 36
"""Without the JSON reader of msgspec; the goals are 450 and 28 (docs/decisions/0054)."""
WARM = 5
HOME = str(Path(widget_server.__file__).parent)

pytestmark = pytest.mark.sqlite


class KeepsConnections(BaseHTTPRequestHandler):
    """The simulator with connections that stay open, as StepPay's do; werkzeug's server closes each."""

    protocol_version = "HTTP/1.1"
    steppay: FlaskClient

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.steppay.open(self.path, method=self.command, headers=dict(self.headers), data=body)
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)

    do_GET = do_PUT = answer

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def steppay() -> Iterator[FakeStepPay]:
    handler = type("Handler", (KeepsConnections,), {"steppay": simulator(clock=lambda: NOW).test_client()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield FakeStepPay(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_a_verification_passes_few_calls_and_few_files(
    steppay: FakeStepPay, migrated: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    copy(migrated, tmp_path / "widget.db")
    settings = environment(steppay.url, tmp_path / "widget.db")
    changes = {"WIDGET_RATE_LIMIT": "600/minute", "WIDGET_RATE_LIMIT_STORE": "memory", "WIDGET_ADMIN_KEY": ""}
    settings |= changes | {"WIDGET_ADMIN_ORIGIN": ""}
    app = create_app(read_settings({name: value for name, value in settings.items() if value}))
    with logging_like_the_server():
        for _ in range(WARM):
            verify(app, steppay.paid())
        calls = counted(app, steppay.paid())
    files = Counter[str]()
    for (file, _function), number in calls.items():
        files[file] += number
    ours = [file for file in files if file.startswith(HOME)]
    record_property("note", f"{calls.total()} Python calls, {len(ours)} files of the server")
    told = "\n".join(f"{number:4} {file}" for file, number in files.most_common())
    assert calls.total() <= MOST_CALLS, f"{calls.total()} calls:\n{told}"
    assert len(ours) <= MOST_FILES, f"{len(ours)} files:\n{told}"


@contextmanager
def logging_like_the_server() -> Iterator[None]:
    """Without pytest's own handlers."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs(json_lines=True, stream=io.StringIO())
    try:
        yield
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])  # forgets which loggers were enabled


def counted(app: Any, code: str) -> Counter[tuple[str, str]]:
    """The Python calls of one verification by file and function."""
    calls = Counter[tuple[str, str]]()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            calls[frame.f_code.co_filename, frame.f_code.co_name] += 1

    environ = environ_of(code)
    sys.setprofile(note)
    try:
        answer = answered(app, environ)
    finally:
        sys.setprofile(None)
    assert b'"paid"' in answer
    return calls


def verify(app: Any, code: str) -> None:
    assert b'"paid"' in answered(app, environ_of(code))


def answered(app: Any, environ: dict[str, Any]) -> bytes:
    return b"".join(app(environ, lambda _status, _headers: None))


def environ_of(code: str) -> dict[str, Any]:
    """As granian hands a request over."""
    body = json.dumps({"orderCode": code, "status": "success"}).encode()
    return {
        **{"REQUEST_METHOD": "POST", "PATH_INFO": "/v1/verify", "QUERY_STRING": "", "REMOTE_ADDR": "127.0.0.1"},
        **{"SERVER_NAME": "x", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "pay.shop.test"},
        **{"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)), "HTTP_ORIGIN": SHOP},
        **{"wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr},
        **{"wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False},
    }
