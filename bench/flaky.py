"""A StepPay and a merchant's backend that fail often, on loopback."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, request

from bench.upstream import TOKEN
from tools.wsgi_server import serving
from widget_server.demo.simulator import create_simulator
from widget_server.web.assets import static_dir, templates_dir

Wsgi = Callable[[Any, Any], Iterable[bytes]]


def failing(answer: Wsgi, dice: random.Random, prefix: str, fail: Callable[[Any], Iterable[bytes]]) -> Wsgi:
    """25 % of the calls under `prefix` fail at once, 5 % hang first."""
    lock = threading.Lock()

    def call(environ: Any, start: Any) -> Iterable[bytes]:
        with lock:
            luck = dice.random()
        if environ["PATH_INFO"].startswith(prefix) and luck < 0.05:
            time.sleep(11)  # longer than every budget, then the work is done all the same
        elif environ["PATH_INFO"].startswith(prefix) and luck < 0.30:
            return fail(start)
        return answer(environ, start)

    return call


@contextmanager
def flaky_steppay(seed: int) -> Iterator[str]:
    """Its address."""
    app: Any = create_simulator(
        secret_token=TOKEN,
        public_url="http://pay.localhost:8082",
        templates_dir=templates_dir(),
        static_dir=static_dir(),
    )
    dice = random.Random(seed)

    def fail(start: Any) -> Iterable[bytes]:
        start(dice.choice(["503 Service Unavailable", "429 Too Many Requests"]), [("Content-Length", "0")])
        return [b""]

    app.wsgi_app = failing(app.wsgi_app, dice, "/api/", fail)
    with serving(app) as url:
        yield url


@contextmanager
def flaky_merchant(seed: int) -> Iterator[tuple[str, Counter[tuple[str, str]]]]:
    """Its address, and how often each (order, webhook-id) came in, late answers included."""
    came: Counter[tuple[str, str]] = Counter()
    app: Any = Flask("merchant")

    @app.post("/webhooks")
    def take() -> Response:
        body = request.get_json()
        came[f"{body['data']['orderCode']} {body['type']}", request.headers["webhook-id"]] += 1
        return Response(status=204)

    def fail(start: Any) -> Iterable[bytes]:
        start("500 Internal Server Error", [("Content-Length", "0")])
        return [b""]

    app.wsgi_app = failing(app.wsgi_app, random.Random(seed), "/webhooks", fail)
    with serving(app) as url:
        yield f"{url}/webhooks", came
