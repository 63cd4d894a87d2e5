"""The small mistakes that tools/mutation_testing.py plants into a module, one at a time (docs/decisions/0016).

Annotations and docstrings are left alone: the first are mypy's business, the second never runs.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Pow: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_TWINS = {"all": "any", "any": "all", "max": "min", "min": "max"}
_TIDYING = {"lower", "ljust", "removeprefix", "removesuffix", "replace", "resolve", "rstrip", "strip"}
_SKIPPED_FIELDS = {"annotation", "returns", "ctx"}


@dataclass(frozen=True)
class Mutant:
    """`name` says where and what, and stays the same while other lines of the file move."""

    name: str
    source: str


Variant = tuple[ast.AST, str]
Put = Callable[[ast.AST], None]


def mutants_of(path: str, source: str) -> Iterator[Mutant]:
    """Every mutant of one file. `path` becomes part of the names."""
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    constants = _constants(tree)
    for place, node, put in _slots(tree, ""):
        for new, label in _variants(node, constants):
            put(new)
            name = f"{path} | {place or 'module'} | {' '.join((label or _arrow(node, new)).split())}"
            seen[name] += 1
            yield Mutant(
                name if seen[name] == 1 else f"{name} #{seen[name]}", ast.unparse(ast.fix_missing_locations(tree))
            )
            put(node)


def _slots(parent: ast.AST, place: str) -> Iterator[tuple[str, ast.AST, Put]]:
    """Each node below `parent`, the function it stands in, and how another node is put in its place."""
    for field, value in ast.iter_fields(parent):
        if field in _SKIPPED_FIELDS:
            continue
        for index, node in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(node, ast.AST) or _is_docstring(node):
                continue
            here = ".".join(filter(None, (place, getattr(node, "name", "")))) if isinstance(node, _NAMED) else place
            yield here, node, _putter(parent, field, index if isinstance(value, list) else None)
            yield from _slots(node, here)


_NAMED = (ast.FunctionDef, ast.ClassDef)


def _putter(parent: ast.AST, field: str, index: int | None) -> Put:
    def put(node: ast.AST) -> None:
        if index is None:
            setattr(parent, field, node)
        else:
            getattr(parent, field)[index] = node

    return put


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _constants(tree: ast.AST) -> dict[str, list[str]]:
    """The members named of each class in this file: `{"VerdictKind": ["FAILED", "PAID"]}`."""
    named: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr.isupper():
            members = named.setdefault(node.value.id, [])
            if node.attr not in members:
                members.append(node.attr)
    return named


def _variants(node: ast.AST, constants: dict[str, list[str]]) -> Iterator[Variant]:
    if isinstance(node, ast.stmt):
        yield from _of_statement(node)
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node)
    elif isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        members = constants.get(node.value.id, []) if node.attr.isupper() else []
        others = [*members, *members][members.index(node.attr) + 1 :][:1] if len(members) > 1 else []
        yield from ((ast.Attribute(node.value, other, node.ctx), "") for other in others)
    elif isinstance(node, ast.Name) and node.id in _TWINS:
        yield ast.Name(_TWINS[node.id], node.ctx), ""
    elif isinstance(node, ast.IfExp):
        yield from ((ast.IfExp(ast.Constant(value), node.body, node.orelse), "") for value in (True, False))
    elif isinstance(node, ast.comprehension):
        yield from (
            (_with(node, "ifs", index, None), f"for without if {_text(test)}") for index, test in enumerate(node.ifs)
        )
    else:
        yield from _of_operation(node)


def _of_statement(node: ast.stmt) -> Iterator[Variant]:
    if isinstance(node, ast.If):
        for value in (True, False):
            yield ast.If(ast.Constant(value), node.body, node.orelse), f"if {_text(node.test)} -> if {value}"
    elif isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield ast.Return(ast.Constant(None)), ""
    elif isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield ast.Pass(), ""


def _of_constant(node: ast.Constant) -> Iterator[Variant]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value), ""
    elif isinstance(value, int):
        yield from ((ast.Constant(other), "") for other in (value + 1, value - 1))
    elif isinstance(value, str):
        yield ast.Constant(value + "XX"), ""
    elif isinstance(value, bytes):
        yield ast.Constant(value + b"XX"), ""


def _of_call(node: ast.Call) -> Iterator[Variant]:
    for index, keyword in enumerate(node.keywords):
        yield _with(node, "keywords", index, None), f"{_text(node.func)}(...) without {_text(keyword)}"
    if isinstance(node.func, ast.Attribute) and node.func.attr in _TIDYING:
        yield node.func.value, ""
    if _text(node.func) == "re.compile" and isinstance(node.args[0], ast.Constant):
        pattern = str(node.args[0].value)
        for number in re.finditer(r"[0-9]+", pattern):
            for other in (int(number[0]) + 1, int(number[0]) - 1):
                changed = f"{pattern[: number.start()]}{other}{pattern[number.end() :]}"
                yield ast.Call(node.func, [ast.Constant(changed), *node.args[1:]], node.keywords), f"pattern {changed}"


def _of_operation(node: ast.AST) -> Iterator[Variant]:
    if isinstance(node, ast.Compare):
        for index, op in enumerate(node.ops):
            for other in _COMPARISONS[type(op)]:
                yield _with(node, "ops", index, other()), ""
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values), ""
        yield from ((_with(node, "values", index, None), "") for index in range(len(node.values)))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        yield node.operand, ""
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        yield ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right), ""
    else:
        yield from _of_collection(node)


def _of_collection(node: ast.AST) -> Iterator[Variant]:
    """One entry less; a collection of one stays."""
    if isinstance(node, ast.Dict) and len(node.keys) > 1:
        for index, key in enumerate(node.keys):
            rest = ast.Dict([*node.keys], [*node.values])
            del rest.keys[index], rest.values[index]
            yield rest, f"{{...}} without {_text(key or node.values[index])}"
    elif isinstance(node, (ast.Tuple, ast.List, ast.Set)) and len(node.elts) > 1:
        for index, element in enumerate(node.elts):
            yield _with(node, "elts", index, None), f"(...) without {_text(element)}"


def _with(node: ast.AST, field: str, index: int, new: ast.AST | None) -> ast.AST:
    """A copy whose list `field` has `new` at `index`, or nothing there."""
    members = dict(ast.iter_fields(node))
    members[field] = [*members[field][:index], *([new] if new else []), *members[field][index + 1 :]]
    return type(node)(**members)


def _arrow(node: ast.AST, new: ast.AST) -> str:
    return f"{_text(node)} -> {_text(new)}"


def _text(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node))
