"""A wrong request costs nothing: StepPay is not asked, nothing is stored, and the answer names the fault."""

from __future__ import annotations

import gzip
import json
import socket
from typing import Any

import pytest

from tests.support.app_fixture import FakeStepPay, World
from tools.wsgi_server import serving

VERIFY = "/v1/verify"
JSON = "application/json"
GOOD = b'{"orderCode": "order_a"}'
TEXT = GOOD.decode()

NOT_OBJECTS = [
    b"",
    b"null",
    b"[]",
    b'["order_a"]',
    b'"order_a"',
    b"123",
    b"true",
    b"{",
    b"order_a",
    b"{'a': 1}",
    GOOD + GOOD,
]
NOT_UTF_8 = [
    *((TEXT.encode(name), JSON) for name in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig")),
    (b'{"orderCode": "\xff"}', JSON),
    (GOOD, JSON + "; charset=utf-16"),
    (GOOD, JSON + "; charset=euc-kr"),
]
TWICE = [
    b'{"orderCode": "order_paid", "orderCode": "order_mine"}',
    b'{"orderCode": "order_a", "orderId": 1, "orderId": 2}',
    b'{"orderCode": "order_a", "status": "error", "status": "success"}',
]
OTHER_TYPES = [
    "",
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "multipart/form-data; boundary=x",
]
NO_CODES: list[object] = [183682, True, None, [], {}, "", "   ", "abc", "183682", "order a", "order_a\n", " order_a"]
OTHER_SCRIPTS = ["order_ａ", "１２３４", "order_é", "주문번호1", "order_a\u200b", "order_a\0"]
PATHS = [
    *("..", ".", "../customers/1", "order_a/../../customers/1", "order_a/cancel", "%2e%2e", "%2e%2e%2fcustomers%2f1"),
    *("order_a%2Fcancel", "order_a%00", "..%252f"),
]
URL_SIGNS = [
    *("order_a?x=1", "order_a#f", "order_a;x", "order_a\\..", "//evil.tld/x", "@evil.tld/", "order_a&status=1"),
]
BAD_IDS: list[object] = [
    *(True, False, "1 ", " 1", "+1", "1_0", "1e0", 1.0, "１", "", "x", 0, -1, "0", 2**63, [], {}, "9" * 20),
]
BAD_MEMBERS: list[tuple[dict[str, object], str]] = [
    *(({"orderCode": "order_a", "status": status}, "status") for status in ("x" * 65, True, [], {})),
    *(({"orderCode": "order_a", "checkout": text}, "checkout") for text in ("x", "x" * 23, "a" * 21 + "\n", 7, [])),
]


def assert_cost_nothing(world: World, steppay: FakeStepPay, answer: Any) -> None:
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    assert {"type", "title", "detail"} <= answer.json.keys()
    assert "verdict" not in answer.json
    assert steppay.calls() == []
    assert world.rows() == 0


def assert_not_json(world: World, steppay: FakeStepPay, raw: bytes, kind: str = JSON) -> None:
    answer = world.client.post(VERIFY, data=raw, content_type=kind)
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_json")
    assert_cost_nothing(world, steppay, answer)


def assert_named(world: World, steppay: FakeStepPay, body: dict[str, object], field: str) -> Any:
    answer = world.client.post(VERIFY, data=json.dumps(body), content_type=JSON)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert list(answer.json["errors"]) == [field]
    assert all(isinstance(text, str) and text for text in answer.json["errors"][field])
    assert_cost_nothing(world, steppay, answer)
    return answer


def test_IN_01_a_body_without_a_code_says_how_to_read_it(world: World, steppay: FakeStepPay) -> None:
    answer = assert_named(world, steppay, {}, "orderCode")
    assert 'get("order_code")' in answer.json["errors"]["orderCode"][0]


@pytest.mark.parametrize("raw", NOT_OBJECTS)
def test_IN_02_json_that_is_no_object_is_refused(world: World, steppay: FakeStepPay, raw: bytes) -> None:
    assert_not_json(world, steppay, raw)


@pytest.mark.parametrize(("raw", "kind"), NOT_UTF_8)
def test_IN_04_nothing_but_plain_utf_8_is_read(world: World, steppay: FakeStepPay, raw: bytes, kind: str) -> None:
    assert_not_json(world, steppay, raw, kind)


@pytest.mark.parametrize("code", [*NO_CODES, *OTHER_SCRIPTS], ids=ascii)
def test_IN_05_what_is_no_order_code_is_never_turned_into_one(world: World, steppay: FakeStepPay, code: object) -> None:
    assert_named(world, steppay, {"orderCode": code}, "orderCode")


@pytest.mark.parametrize("code", PATHS)
def test_IN_07_no_code_leads_to_another_resource(world: World, steppay: FakeStepPay, code: str) -> None:
    assert_named(world, steppay, {"orderCode": code}, "orderCode")


@pytest.mark.parametrize("code", URL_SIGNS)
def test_IN_08_no_sign_of_a_url_is_part_of_a_code(world: World, steppay: FakeStepPay, code: str) -> None:
    assert_named(world, steppay, {"orderCode": code}, "orderCode")


@pytest.mark.parametrize("length", [65, 4000])
def test_IN_10_a_code_that_is_too_long_is_named(world: World, steppay: FakeStepPay, length: int) -> None:
    assert_named(world, steppay, {"orderCode": "a" * length}, "orderCode")


@pytest.mark.parametrize("raw", [GOOD.ljust(4097), b'{"orderCode": "' + b"a" * 10_000 + b'"}'], ids=len)
def test_IN_10_a_body_over_the_limit_is_not_parsed(world: World, steppay: FakeStepPay, raw: bytes) -> None:
    answer = world.client.post(VERIFY, data=raw, content_type=JSON)
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert_cost_nothing(world, steppay, answer)


@pytest.mark.parametrize("raw", TWICE)
def test_IN_11_a_key_given_twice_is_refused(world: World, steppay: FakeStepPay, raw: bytes) -> None:
    assert_not_json(world, steppay, raw)


@pytest.mark.parametrize("number", BAD_IDS, ids=ascii)
def test_IN_13_only_a_whole_number_is_an_order_id(world: World, steppay: FakeStepPay, number: object) -> None:
    assert_named(world, steppay, {"orderCode": "order_a", "orderId": number}, "orderId")


@pytest.mark.parametrize(
    "raw", [b'{"a":' * 800, b"[" * 2000 + b"]" * 2000, b"[" * 4096], ids=["objects", "arrays", "open"]
)
def test_IN_14_deep_nesting_is_refused_and_the_server_lives(world: World, steppay: FakeStepPay, raw: bytes) -> None:
    assert_not_json(world, steppay, raw)
    assert world.client.get("/healthz").status_code == 200


def test_a_number_that_is_none_is_refused(world: World, steppay: FakeStepPay) -> None:
    assert_not_json(world, steppay, b'{"orderCode": "order_a", "orderId": NaN}')


@pytest.mark.parametrize("kind", OTHER_TYPES)
def test_IN_16_another_media_type_is_refused(world: World, steppay: FakeStepPay, kind: str) -> None:
    answer = world.client.post(VERIFY, data=GOOD, content_type=kind)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")
    assert_cost_nothing(world, steppay, answer)


@pytest.mark.parametrize(("body", "field"), BAD_MEMBERS, ids=lambda value: ascii(value)[:50])
def test_a_wrong_member_is_named(world: World, steppay: FakeStepPay, body: dict[str, object], field: str) -> None:
    assert_named(world, steppay, body, field)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_IN_16_a_compressed_body_is_refused_unread(world: World, steppay: FakeStepPay, encoding: str) -> None:
    body, headers = gzip.compress(GOOD), {"Content-Encoding": encoding}
    answer = world.client.post(VERIFY, data=body, content_type=JSON, headers=headers)
    assert answer.status_code == 415
    assert_cost_nothing(world, steppay, answer)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_IN_16_other_methods_get_the_allowed_ones(world: World, steppay: FakeStepPay, method: str) -> None:
    answer = world.client.open(VERIFY + "?orderCode=order_a", method=method, headers={"X-HTTP-Method-Override": "POST"})
    assert answer.status_code == 405
    assert {"POST", "OPTIONS"} == set(answer.headers["Allow"].split(", "))
    assert method == "HEAD" or answer.json["code"] == "method_not_allowed"
    assert steppay.calls() == []


def test_IN_16_the_query_string_is_never_read(world: World, steppay: FakeStepPay) -> None:
    answer = world.client.post(VERIFY + "?orderCode=order_a", json={})
    assert answer.status_code == 422
    assert_cost_nothing(world, steppay, answer)


def test_a_body_of_exactly_the_limit_is_read(world: World, steppay: FakeStepPay) -> None:
    answer = world.client.post(VERIFY, data=GOOD.ljust(4096), content_type=JSON)
    assert answer.status_code == 404
    assert answer.json["code"] == "order_not_found"


@pytest.mark.parametrize(("size", "status"), [(4096, b"404"), (4097, b"413"), (100_000, b"413")])
def test_IN_10_a_chunked_body_has_the_same_limit(world: World, steppay: FakeStepPay, size: int, status: bytes) -> None:
    body = GOOD.ljust(size)
    head = "POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(world.app) as url, socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 10) as peer:
        peer.sendall(head.encode() + f"{size:x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
        first_line = peer.recv(4096).partition(b"\r\n")[0]
    assert status in first_line
    assert len(steppay.calls()) == (1 if status == b"404" else 0)


@pytest.mark.parametrize("path", ["/v1", "/v1/verify/", "/v1/verify/x", "/v1//verify", "/%2e%2e/etc", "/console"])
def test_an_unknown_path_is_a_problem_without_the_path(world: World, path: str) -> None:
    answer = world.client.post(path)
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert answer.mimetype == "application/problem+json"
