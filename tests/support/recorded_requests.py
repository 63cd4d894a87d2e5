"""Plays the corpus against the real application and writes down what it answers, so that a difference can be read.

`python -m tests.support.recorded_requests` records anew after a difference that is meant; `git diff tests/recorded`
shows it. Left out: the signature and id of a token, request ids, keys, entity tags, and the wording of pages for people
that are not a shopper's (their own tests read them). Everything else is kept byte for byte.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from html import unescape
from itertools import count
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.app_fixture import (
    API_KEY,
    METRICS_KEY,
    PUBLIC,
    World,
    application_over,
    environment,
    fake_steppay,
)
from tests.support.databases import url_of
from tests.support.metrics_helpers import counted_deps
from tests.support.recorded_corpus import ORDERS, Recorded, corpus
from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.services.verdict_cache import VerdictCache
from widget_server.web.assets import static_dir

FOLDER = Path(__file__).parent.parent / "recorded"
_USUAL = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Request-Id": "<varies>",
    "Content-Length": "right",
}
"""Left out where they are as here; one that is missing is written down."""
_PAGES_OF_OTHERS = ("/docs", "/playground", "/openapi.json", "/metrics", "/admin", "/.well-known")
_JWS = re.compile(r"\b(eyJ[\w-]+)\.([\w-]+)\.[\w-]{86}\b")
_VARYING = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), "<steppay>"),
    (re.compile(r"checkout\d{14}"), "<checkout>"),
    (re.compile(r"(/v1/widget-)[0-9a-f]{16}"), r"\1<digest>"),
    (re.compile(r'"requestId":"[0-9a-f]{16}"'), '"requestId":"<id>"'),
)
_VARYING_HEADERS = {"Date", "ETag", "X-Request-Id"}
_RULES = '[[page]]\npath = "/pricing*"\nmode = "iframe"\nmode_mobile = "redirect"\nlocale = "en"\ntheme = "dark"\n'


def play(
    base_path: str = "", change: Callable[[int, Recorded], Recorded] = lambda _number, request: request
) -> Iterator[tuple[Recorded, str]]:
    """Each request with its answer as text. `base_path`: that of the public URL. `change`: what is sent instead."""
    with _applications(base_path) as (clients, full):
        for number, request in enumerate(corpus()):
            if number % 400 == 399:  # few dates, so that most answers are the same text
                full.clock.pass_by(timedelta(seconds=10))
            yield request, _answer(clients[request.app], request, change(number, request))


@contextmanager
def _applications(base_path: str) -> Iterator[tuple[dict[str, FlaskClient], World]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        steppay = stack.enter_context(fake_steppay())
        for code, (order, receipt) in ORDERS.items():
            steppay.order(order, receipt, code)
        rules = folder / "pages.toml"
        rules.write_text(_RULES, "utf-8")
        public = {"WIDGET_PUBLIC_URL": PUBLIC + base_path}
        more = public | {"WIDGET_PLAYGROUND": "on", "WIDGET_WEBHOOK_V1": "on", "WIDGET_METRICS_KEY": METRICS_KEY}
        full = stack.enter_context(_world(folder / "full.db", steppay.url, rules, API_KEY, more))
        less = public | {
            "WIDGET_RATE_LIMIT": "2/hour",
            "WIDGET_RATE_LIMIT_STORE": "memory",
            "WIDGET_TRUSTED_PROXIES": "1",
        }
        less |= {"STEPPAY_WEBHOOK_SECRETS": "", "WIDGET_ADMIN_KEY": "", "WIDGET_ADMIN_ORIGIN": ""}
        bare = stack.enter_context(_world(folder / "bare.db", steppay.url, None, "", less))
        counted = create_app(
            full.settings, counted_deps(full, cache=VerdictCache(clock=map((0.1).__mul__, count()).__next__))
        )
        yield {"full": _client(counted), "bare": _client(bare.app)}, full


@contextmanager
def _world(database: Path, steppay: str, rules: Path | None, key: str, more: dict[str, str]) -> Iterator[World]:
    upgrade(url_of(database))
    environ = environment(steppay, database, key) | more | {"WIDGET_SIGNING_KEY_FILE": f"{database}-keys.json"}
    with application_over({name: value for name, value in environ.items() if value}, rules) as world:
        yield world


def _client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def _answer(client: FlaskClient, request: Recorded, sent: Recorded) -> str:
    response = client.open(sent.path, method=sent.method, headers=sent.headers, data=sent.body, base_url=sent.base_url)
    headers = [(name, _header(name, value, request, response)) for name, value in response.headers.items()]
    told = [f"{name}: {value}" for name, value in sorted(headers) if _USUAL.get(name) != value]
    told += [f"no {name}" for name in _USUAL if name not in response.headers]
    text = "\n".join([response.status, *told, "", _body(request, response)])
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return _JWS.sub(_claims, text)


def _header(name: str, value: str, request: Recorded, response: TestResponse) -> str:
    if name == "Content-Length":
        return "right" if request.method == "HEAD" or int(value) == len(response.data) else "wrong"
    if name == "Set-Cookie":
        return re.sub(r"Expires=[^;]*", "Expires=<date>", re.sub(r"=[^;]*", "=<value>", value, count=1))
    if name == "Allow":
        return ", ".join(sorted(value.split(", ")))  # a set's order differs from run to run
    if name == "Retry-After" and response.status_code == 429:
        return "<seconds>"
    return "<varies>" if name in _VARYING_HEADERS else value


def _body(request: Recorded, response: TestResponse) -> str:
    path = request.path.partition("?")[0]
    if response.status_code == 200 and path.startswith(("/v1/widget", "/assets", "/admin/assets")):
        return "<the file>" if _is_a_file(response) else "<nothing>" if not response.data else "<another file>"
    if response.status_code == 200 and (path.startswith(_PAGES_OF_OTHERS) or "/admin" in request.base_url):
        return "<a page>" if response.data else "<nothing>"
    if response.status_code == 429:
        return re.sub(r'("retryAfter":|content="|data-wait=")\d+', r"\1<seconds>", _readable(response))
    return _readable(response)


def _is_a_file(response: TestResponse) -> bool:
    coded = response.headers.get("Content-Encoding")
    return bool(coded) or any(file.read_bytes() == response.data for file in static_dir().rglob("*") if file.is_file())


def _readable(response: TestResponse) -> str:
    """JSON as it is; of a page what people read, and where its links and attributes lead."""
    text = response.get_data(as_text=True)
    if response.mimetype != "text/html":
        return text
    links = re.findall(r'(?:href|src|content|action|data-[\w-]+|lang)="[^"]*"', text)
    words = re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|script|svg).*?</\1>", " ", text))
    return "\n".join([" ".join(unescape(words).split()), " ".join(links)])


def _claims(token: re.Match[str]) -> str:
    """A verdict's token by what it says beside the answer's own members: its signature and its id are of the moment."""
    head, told = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in token.groups())
    same = ", ".join(f"{name}={told[name]}" for name in sorted(told) if name not in ("jti", "aud"))
    return f"<token {head['typ']} {head['alg']} {len(told['aud'])} audiences, {same}>"


def written(answer: str) -> str:
    """The name of an answer in the files."""
    return hashlib.sha256(answer.encode()).hexdigest()[:10]


def read_requests() -> list[str]:
    return (FOLDER / "requests.txt").read_text("utf-8").splitlines()


def read_answers() -> dict[str, str]:
    blocks = (FOLDER / "answers.txt").read_text("utf-8").split("\n=== ")[1:]
    return {name: answer for name, _newline, answer in (block.rstrip("\n").partition("\n") for block in blocks)}


def record() -> None:
    answers, lines = dict[str, str](), []
    for request, answer in play():
        lines.append(f"{written(answer)} {request.method} {request.path[:60]}".encode("unicode_escape").decode())
        answers[written(answer)] = answer
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "requests.txt").write_text("\n".join(lines) + "\n", "utf-8")
    blocks = [f"\n=== {name}\n{answer}\n" for name, answer in sorted(answers.items(), key=lambda item: item[1])]
    (FOLDER / "answers.txt").write_text("".join(blocks), "utf-8")


if __name__ == "__main__":
    record()
