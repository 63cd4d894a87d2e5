"""Werkzeug compiles two URL builders for each route of each application: half of the time that one takes to make. The
tests make thousands of equal ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_compile = Rule._compile_builder
_compiled: dict[object, Callable[..., Any]] = {}


def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    """What a builder does follows from the parts of its rule; without defaults there is nothing else in it."""
    if rule.defaults:
        return _compile(rule, append_unknown)
    key = (rule.rule, tuple(rule._trace), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]


def share_url_builders() -> None:
    Rule._compile_builder = compile_once  # type: ignore[method-assign]
