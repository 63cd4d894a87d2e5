"""What each answer of StepPay means to the client."""

from __future__ import annotations

import json
import logging
import random
from decimal import Decimal

import pytest

from tests.support.steppay_calls import (
    KEY,
    LOST,
    ORDER,
    PAID,
    TOKEN,
    ask_order,
    ask_receipt,
    chunked,
    client_of,
    gzipped,
    longer_than_sent,
    order_of,
)
from tests.support.upstream import Reply, Upstream, answer
from widget_server import errors
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.transport import open_transport
from widget_server.services.steppay_call import Request

pytestmark = pytest.mark.usefixtures("each_adapter")
BOMB = b'{"orderCode":"' + b"a" * 40_000_000 + b'"}'
TRUNCATED_AFTER_DATE = b'{"orderCode":"order_15XqwcM1f","paymentDate":"2026-01-01T00:00:00"'

USELESS = {
    "an HTML maintenance page": answer(b"<html>soon</html>", content_type="text/html"),
    "JSON called HTML": answer(PAID.raw.partition(b"\r\n\r\n")[2], content_type="text/html; charset=utf-8"),
    "JSON without a type": answer(content_type=""),
    "two types": answer(headers="Content-Type: text/html\r\n"),
    "an empty body": answer(b""),
    "204": answer(b"", status="204 No Content"),
    "201": answer(status="201 Created"),
    "206": answer(status="206 Partial Content"),
    "400": answer(status="400 Bad Request"),
    "402": answer(status="402 Payment Required"),
    "redirect without a target": answer(status="302 Found"),
    "redirect that is a gzip bomb": gzipped(BOMB, status="302 Found", headers="Location: /x\r\n"),
    "a list": answer(b"[]"),
    "null": answer(b"null"),
    "a string": answer(b'"paid"'),
    "truncated JSON": answer(TRUNCATED_AFTER_DATE),
    "Content-Length over the body": longer_than_sent(b"{}"),
    "reset in the body": longer_than_sent(TRUNCATED_AFTER_DATE, reset=True),
    "chunks that stop": chunked(b'5\r\n{"a":\r\n'),
    "a chunk that stops": chunked(b"50\r\n{}"),
    "a chunk without a size": chunked(b"zz\r\n{}\r\n0\r\n\r\n"),
    "a key twice": answer(b'{"paymentStatus":"UNPAID","paymentStatus":"COMPLETE"}'),
    "Infinity": answer(b'{"paidAmount":-Infinity}'),
    "NaN": answer(b'{"paidAmount":NaN}'),
    "UTF-16": answer('{"a":1}'.encode("utf-16")),
    "100000 brackets": answer(b"[" * 100_000),
    "33 levels": answer(b'{"a":' * 40 + b"1" + b"}" * 40),
    "100000 levels": answer(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "2 MB": answer(b'{"a":"' + b"a" * 2_000_000 + b'"}'),
    "2 MB of chunks": chunked(b"1e8480\r\n" + b" " * 2_000_000 + b"\r\n0\r\n\r\n"),
    "a gzip bomb": gzipped(BOMB),
    "gzip that is not": answer(b"{}", headers="Content-Encoding: gzip\r\n"),
    "gzip of HTML": gzipped(b"<html>"),
}


@pytest.mark.parametrize("reply", [pytest.param(reply, id=name) for name, reply in USELESS.items()])
def test_an_answer_that_is_not_steppays_json_is_a_bad_response_asked_for_once(reply: Reply) -> None:
    with Upstream(reply, PAID) as upstream:
        with pytest.raises(errors.UpstreamBadResponse):
            order_of(upstream)
        assert len(upstream.heads) == 1


def slow_down(retry_after: str) -> Reply:
    return answer(status="429 Slow", headers=f"Retry-After: {retry_after}\r\n")


STATUSES = {
    "401": (answer(status="401 Unauthorized"), errors.UpstreamAuthError, None, 1),
    "403 HTML": (answer(b"<h1>", status="403 Forbidden", content_type="text/html"), errors.UpstreamAuthError, None, 1),
    "401 cut off": (Reply(b"HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\n{"), errors.UpstreamAuthError, None, 1),
    "429 in 7 s": (slow_down("7"), errors.UpstreamRateLimited, 7, 1),
    "429 in 300 s": (slow_down("300"), errors.UpstreamRateLimited, 300, 1),
    "429 in 301 s": (slow_down("301"), errors.UpstreamRateLimited, 10, 1),
    "429 in 0 s": (slow_down("0"), errors.UpstreamRateLimited, 10, 1),
    "429 in -5 s": (slow_down("-5"), errors.UpstreamRateLimited, 10, 1),
    "429 on a date": (slow_down("Wed, 21 Oct 2026 07:28:00 GMT"), errors.UpstreamRateLimited, 10, 1),
    "429 silent": (answer(status="429 Slow"), errors.UpstreamRateLimited, 10, 1),
    "500": (LOST, errors.UpstreamUnavailable, None, 2),
    "503 with paid JSON": (answer(status="503 Service Unavailable"), errors.UpstreamUnavailable, None, 2),
    "599": (answer(status="599 Odd"), errors.UpstreamUnavailable, None, 2),
    "closed without a word": (Reply(b""), errors.UpstreamUnavailable, None, 2),
    "reset without a word": (Reply(b"", reset=True), errors.UpstreamUnavailable, None, 2),
    "2 MB of headers": (answer(headers=f"X-Bomb: {'a' * 10_000}\r\n" * 200), errors.UpstreamUnavailable, None, 2),
    "not HTTP": (Reply(b"SSH-2.0-x\r\n\r\n"), errors.UpstreamUnavailable, None, 2),
}
UNKNOWN = {
    "404": answer(status="404 Not Found"),
    "404 HTML": answer(b"<h1>", status="404 Not Found", content_type="text/html"),
    "404 cut off": Reply(b"HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n{"),
}


@pytest.mark.parametrize(
    ("reply", "error", "wait_seconds", "calls"),
    [pytest.param(*row, id=name) for name, row in STATUSES.items()],
)
def test_each_status_has_its_error_and_only_outages_are_asked_twice(
    reply: Reply, error: type[errors.WidgetServerError], wait_seconds: int | None, calls: int
) -> None:
    with Upstream(reply) as upstream:
        with pytest.raises(error) as caught:
            order_of(upstream)
        assert type(caught.value) is error
        assert caught.value.retry_after_seconds == wait_seconds
        assert len(upstream.heads) == calls


@pytest.mark.parametrize("reply", [pytest.param(reply, id=name) for name, reply in UNKNOWN.items()])
def test_what_steppay_does_not_know_is_none_and_asked_for_once(reply: Reply) -> None:
    with Upstream(reply) as upstream:
        assert order_of(upstream) is None
        assert len(upstream.heads) == 1


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=UTF-8", "application/problem+json"]
)
def test_each_spelling_of_the_json_type_is_read(content_type: str) -> None:
    with Upstream(answer(b'{"a":1}', content_type=content_type)) as upstream:
        assert order_of(upstream) == {"a": 1}


def test_a_small_compressed_answer_is_still_read() -> None:
    with Upstream(gzipped(b'{"a":1}')) as upstream:
        assert order_of(upstream) == {"a": 1}


def test_a_missing_receipt_is_none_and_a_present_one_is_read() -> None:
    with Upstream(answer(status="404 Not Found"), answer(b'{"status":"PAID"}')) as upstream:
        client = client_of(upstream.url)
        assert ask_receipt(client) is None
        assert ask_receipt(client) == {"status": "PAID"}
        assert upstream.heads[0].startswith(f"GET /api/payment/receipt/{KEY} HTTP/1.1\r\n")


@pytest.mark.parametrize("first", [LOST, Reply(b""), Reply(b"", reset=True)], ids=["500", "closed", "reset"])
def test_one_outage_is_survived_by_one_retry(first: Reply) -> None:
    with Upstream(first, PAID) as upstream:
        assert order_of(upstream)
        assert len(upstream.heads) == 2


def test_the_pause_before_the_retry_is_jittered_and_short() -> None:
    asked: list[tuple[float, float]] = []
    slept: list[float] = []

    def jitter(low: float, high: float) -> float:
        asked.append((low, high))
        return 0.25

    with Upstream(LOST, PAID) as upstream:
        client = StepPayClient(
            open_transport(), secret_token=TOKEN, api_url=upstream.url, jitter=jitter, sleep=slept.append
        )
        ask_order(client)
    assert set(asked) == {(0.1, 0.4)}
    assert slept == [0.25]


def test_no_retry_begins_when_its_pause_would_use_up_the_budget() -> None:
    with Upstream(LOST, PAID) as upstream:
        client = StepPayClient(
            open_transport(),
            secret_token=TOKEN,
            api_url=upstream.url,
            jitter=lambda _l, _h: 9.0,
        )
        with pytest.raises(errors.UpstreamUnavailable):
            ask_order(client)
        assert len(upstream.heads) == 1


def test_a_refused_connection_is_unavailable() -> None:
    with Upstream(PAID) as upstream:
        url = upstream.url
    with pytest.raises(errors.UpstreamUnavailable):
        ask_order(client_of(url))


def test_an_unknown_host_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(*_: object, **__: object) -> object:
        raise OSError("name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", no_such_name)
    with pytest.raises(errors.UpstreamUnavailable):
        ask_order(client_of("https://steppay.invalid"))


BAD_CODES = "abc 12345 ../../x ..%2F.. order_1?x=1 order_1# order_1/receipt order_1;a order.1 주문_코드 ١٢٣٤٥"


@pytest.mark.parametrize("code", [*BAD_CODES.split(), "", "a" * 65, "order 1", "order_1\n"])
def test_nothing_but_an_order_code_becomes_part_of_the_path(code: str) -> None:
    with Upstream(PAID) as upstream:
        with pytest.raises(ValueError, match="not an order code"):
            ask_order(client_of(upstream.url), code)
        assert upstream.connections == 0


@pytest.mark.parametrize("key", ["", "short", "a" * 65, "../orders/1", "abcdefgh\n", "abc_defgh", "abcdefg%"])
def test_nothing_but_a_receipt_key_becomes_part_of_the_path(key: str) -> None:
    with Upstream(PAID) as upstream:
        with pytest.raises(ValueError, match="not a receipt key"):
            ask_receipt(client_of(upstream.url), key)
        assert upstream.connections == 0


@pytest.mark.parametrize("token", ["", "two words", "line\r\nX: y", "토큰-canary", "\x00canary"])
def test_a_token_that_is_no_header_value_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(ValueError, match="secret_token must be") as caught:
        StepPayClient(open_transport(), secret_token=token, api_url="https://api.steppay.kr")
    assert "canary" not in str(caught.value)


def test_the_token_is_in_no_repr() -> None:
    client = client_of("https://api.steppay.kr")
    assert TOKEN not in repr(client)


def test_the_receipt_key_is_in_no_repr_of_a_request() -> None:
    assert KEY not in repr(Request("receipt", ORDER, KEY))


@pytest.mark.parametrize(
    ("reply", "level", "words"),
    [
        (answer(b"canary-body", status="401 No"), logging.ERROR, ("upstream_auth", "status=401")),
        (LOST, logging.WARNING, ("upstream_unavailable", "status=500")),
        (answer(b"<canary-body>"), logging.WARNING, ("upstream_bad_response", "status=200")),
        (longer_than_sent(b"canary-body"), logging.WARNING, ("upstream_bad_response",)),
        (Reply(b"", reset=True), logging.WARNING, ("upstream_unavailable",)),
    ],
)
def test_a_fault_leaves_one_log_line_without_secrets(
    reply: Reply, level: int, words: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    with Upstream(answer(keep=True), reply) as upstream, caplog.at_level(logging.INFO):
        client = client_of(upstream.url)
        ask_order(client)
        with pytest.raises(errors.UpstreamError) as caught:
            ask_receipt(client)
    [record] = caplog.records
    line = record.getMessage()
    assert (record.name, record.levelno) == ("widget_server.steppay", level)
    assert all(word in line for word in (*words, f"order={ORDER}"))
    assert not any(secret in line for secret in ("canary", KEY, TOKEN, "\n"))
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_random_bytes_never_become_an_order() -> None:
    chance = random.Random(20261123)
    replies = [Reply(chance.randbytes(chance.randrange(400))) for _ in range(20)]
    with Upstream(*replies) as upstream:
        client = client_of(upstream.url)
        for _ in range(10):
            with pytest.raises(errors.UpstreamError):
                ask_order(client)


AMOUNTS = {"1000": 1000, **{text: Decimal(text) for text in ("1000.5", "1e3", "0.1", "1e999")}}


@pytest.mark.parametrize(("written", "amount"), AMOUNTS.items())
def test_an_amount_is_read_exactly(written: str, amount: object) -> None:
    with Upstream(answer(b'{"paidAmount":%s}' % written.encode())) as upstream:
        read = order_of(upstream)["paidAmount"]
    assert (type(read), read) == (type(amount), amount)


def test_half_an_emoji_in_a_name_makes_no_order_unreadable() -> None:
    with Upstream(answer(b'{"name":"\\ud83d","a":1.5}')) as upstream:
        assert order_of(upstream) == {"name": "\ud83d", "a": Decimal("1.5")}


def test_every_json_object_arrives_as_it_was_sent() -> None:
    members = {"orderCode": ORDER, "name": "결제 🍊", "list": [1, None, True], "big": 10**30}
    with Upstream(answer(json.dumps(members).encode())) as upstream:
        assert order_of(upstream) == members
