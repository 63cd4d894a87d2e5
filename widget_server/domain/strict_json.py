"""JSON that two parsers cannot read in two ways.

Python's `json` accepts UTF-16, repeated keys (keeping the last), `NaN` and `Infinity`, and dies with
`RecursionError` on deep nesting. Each of these lets one program check a value and another act on a different
one, so all are refused here.
"""

import json
from decimal import Decimal
from typing import Any

MAX_DEPTH = 32
_NESTED = frozenset({dict, list})


class NotStrictJson(ValueError):
    """The bytes are not the strict subset. The message never repeats any of the input."""


def loads(raw: bytes) -> object:
    """Parse UTF-8 JSON bytes; numbers with a fraction or exponent become `Decimal`. Raises `NotStrictJson`."""
    try:
        value: object = _DECODER.decode(raw.decode("utf-8"))
    except NotStrictJson:
        raise
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise NotStrictJson("not valid UTF-8 JSON") from error
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:  # else it cannot be deeper
        _refuse_deep(value)
    return value


def _refuse_constant(_name: str) -> object:
    raise NotStrictJson("NaN and Infinity are not JSON")


def _object_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrictJson("a key stands twice in one object")
    return members


_DECODER = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_object_without_repeats
)
"""Made once, for all threads, as `json` keeps its own."""


def _refuse_deep(value: object) -> None:
    """Level by level, looking only at what can have children: most values of an order have none. The decoder makes
    nothing but plain `dict` and `list`."""
    level: list[Any] = [[value]]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) in _NESTED and child
        ]
        if not level:
            return
    raise NotStrictJson(f"nested deeper than {MAX_DEPTH} levels")
