"""JSON that two parsers cannot read in two ways.

Python's `json` accepts UTF-16, repeated keys (keeping the last), `NaN` and `Infinity`, and dies with
`RecursionError` on deep nesting. Each of these lets one program check a value and another act on a different
one, so all are refused here.
"""

from __future__ import annotations

import json
from decimal import Decimal

MAX_DEPTH = 32


class NotStrictJson(ValueError):
    """The bytes are not the strict subset. The message never repeats any of the input."""


def loads(raw: bytes) -> object:
    """Parse UTF-8 JSON bytes; numbers with a fraction or exponent become `Decimal`. Raises `NotStrictJson`."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object_without_repeats,
        )
    except NotStrictJson:
        raise
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise NotStrictJson("not valid UTF-8 JSON") from error
    _refuse_deep(value)
    return value


def _refuse_constant(_name: str) -> object:
    raise NotStrictJson("NaN and Infinity are not JSON")


def _object_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrictJson("a key stands twice in one object")
    return members


def _refuse_deep(value: object) -> None:
    """Level by level, looking only at what can have children: most values of an order have none."""
    level = _with_children([value])
    for _ in range(MAX_DEPTH - 1):
        if not level:
            return
        level = [child for parent in level for child in _with_children(parent)]
    if level:
        raise NotStrictJson(f"nested deeper than {MAX_DEPTH} levels")


def _with_children(parent: dict[str, object] | list[object]) -> list[dict[str, object] | list[object]]:
    children = parent.values() if isinstance(parent, dict) else parent
    return [child for child in children if isinstance(child, (dict, list)) and child]
