"""The fast reader of StepPay's JSON gives what the strict reader gives, and refuses what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.adapters.steppay.fast_json import read_json
from widget_server.domain import strict_json

SAMPLE = Path(__file__).parent.parent / "samples" / "order-created.json"
TEXT = st.text(st.sampled_from('a:"{}[]\\ \n한\u00e9'), max_size=6)
NUMBERS = st.integers() | st.sampled_from([0.1, 1e22, 1.5, -0.0, float("nan"), float("inf"), 10**30])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)
STYLES = st.sampled_from([{}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}])
INSERTED = [
    b'"a":1,',
    b'"a":1, "a" :2',
    b"{",
    b"}",
    b"[" * 33,
    b"]" * 33,
    b"\\ud83d",
    b"\\u003a",
    b":",
    b"\xff",
    b"NaN",
    b"",
]


def outcome(read: Callable[[bytes], object], body: bytes) -> str:
    """With its types: 1 is not Decimal(1), and nothing equals what is no number."""
    try:
        return repr(read(body))
    except strict_json.NotStrictJson:
        return "refused"


@given(VALUES, STYLES, st.sampled_from(INSERTED), st.integers(0, 60))
def test_both_readers_agree_on_whatever_arrives(value: Any, style: dict[str, Any], inserted: bytes, at: int) -> None:
    body = json.dumps({"a": value, "b": [value]}, **style).encode("utf-8", "surrogatepass")
    body = body[:at] + inserted + body[at:]
    assert outcome(read_json, body) == outcome(strict_json.loads, body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":2}',
        b'{"a":"x:y","a":2}',
        b'{"a":"\\u003a","b":1,"b":2}',
        b'{"a":"\\u003A","b":1,"b":2}',
        b'{"items":[{"currency":"KRW","currency":"USD"}]}',
        b'{"a" :1,"a" : 2}',
        b"[" * 33 + b"1" + b"]" * 33,
        b"[" * 200_000,
    ],
)
def test_a_key_twice_or_too_many_levels_are_refused(body: bytes) -> None:
    assert outcome(read_json, body) == "refused"


def test_an_order_is_read_without_the_strict_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nothing is gained."""
    monkeypatch.setattr(strict_json, "loads", lambda _body: None)
    assert isinstance(read_json(SAMPLE.read_bytes()), dict)
