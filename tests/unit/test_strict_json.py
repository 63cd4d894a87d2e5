"""What two parsers could read in two ways is refused."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.domain.strict_json import MAX_DEPTH, NotStrictJson, loads

ORDER = '{"orderCode": "order_a"}'
REFUSED = [
    b"",
    b"{",
    b"{]",
    b"{'a': 1}",
    b'{"a": 1,}',
    b"\xff",
    b'{"a": "\xff"}',
    b'{"a": "\xed\xa0\x80"}',
    b'{"a": 01}',
    b"NaN",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": -Infinity}',
    b'{"a": 1} {"a": 2}',
    b'{"orderCode": "order_paid", "orderCode": "order_mine"}',
    b'{"a": {"b": 1, "b": 1}}',
    b'[{"a": 1, "\\u0061": 2}]',
    b'{"a": 1e99999999999999999999}',
    b'{"a": ' + b"9" * 5000 + b"}",
    ORDER.encode("utf-16"),
    ORDER.encode("utf-16-le"),
    ORDER.encode("utf-32"),
    b"\xef\xbb\xbf" + ORDER.encode(),
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"[" * 2000 + b"]" * 2000,
    b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
]


@pytest.mark.parametrize("raw", REFUSED, ids=lambda raw: repr(raw[:30]))
def test_what_two_parsers_could_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(NotStrictJson):
        loads(raw)


@pytest.mark.parametrize("raw", REFUSED, ids=lambda raw: repr(raw[:30]))
def test_a_refusal_repeats_nothing_of_the_input(raw: bytes) -> None:
    with pytest.raises(NotStrictJson) as refusal:
        loads(raw)
    assert "order_" not in str(refusal.value)


def test_numbers_keep_their_exact_value() -> None:
    assert loads(b"[0.1, 10000.00, 7, 1e2]") == [Decimal("0.1"), Decimal("10000.00"), 7, Decimal("1e2")]


def test_nesting_up_to_the_limit_is_read() -> None:
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"\xff", "not valid UTF-8 JSON"),
        (b"{", "not valid UTF-8 JSON"),
        (b"[NaN]", "NaN and Infinity are not JSON"),
        (b'{"a": 1, "a": 1}', "a key stands twice in one object"),
        (b"[" * 33 + b"]" * 33, "nested deeper than 32 levels"),
        (b'{"a":' * 33 + b"{}" + b"}" * 33, "nested deeper than 32 levels"),
    ],
)
def test_a_refusal_says_what_is_wrong(raw: bytes, sentence: str) -> None:
    with pytest.raises(NotStrictJson) as refusal:
        loads(raw)
    assert str(refusal.value) == sentence


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_plain_json_is_read_as_it_was_written(value: object) -> None:
    try:
        raw = json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8
        raw = json.dumps(value).encode()
    assert loads(raw) == value


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(raw: bytes) -> None:
    try:
        loads(raw)
    except NotStrictJson:
        return
