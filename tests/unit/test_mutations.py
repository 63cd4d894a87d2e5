"""The tool behind `make mutants` plants exactly the mistakes that it names, one at a time."""

from __future__ import annotations

import ast

import pytest

from tools.mutators import mutants_of

PLANTED = [
    ("x = a < b", ["a < b -> a <= b", "a < b -> a >= b"]),
    ("x = a is b", ["a is b -> a is not b"]),
    ("x = a and b", ["a and b -> a or b", "a and b -> b", "a and b -> a"]),
    ("x = not a", ["not a -> a"]),
    ("x = a + b", ["a + b -> a - b"]),
    ("x = 7", ["7 -> 8", "7 -> 6"]),
    ("x = True", ["True -> False"]),
    ("x = 'a'", ["'a' -> 'aXX'"]),
    ("x = K.ONE, K.TWO", ["(...) without K.ONE", "(...) without K.TWO", "K.ONE -> K.TWO", "K.TWO -> K.ONE"]),
    ("x = {a: b, **c}", ["{...} without a", "{...} without c"]),
    ("x = b if a else c", ["b if a else c -> b if True else c", "b if a else c -> b if False else c"]),
    ("x = [a for a in b if c]", ["for without if c"]),
    ("x = all(a)", ["all -> any"]),
    ("x = f(a, b=c)", ["f(...) without b=c"]),
    ("x = a.strip()", ["a.strip() -> a"]),
    ("x = re.compile('a{2}')", ["pattern a{3}", "pattern a{1}", "'a{2}' -> 'a{2}XX'"]),
    ("if a:\n    b()", ["if a -> if True", "if a -> if False", "b() -> pass"]),
    ("def f() -> 'T':\n    'text'\n    return a", ["return a -> return None"]),
    ("def f():\n    raise A", ["raise A -> pass"]),
    ("x: 'T' = a\nclass C:\n    'text'", []),
]


@pytest.mark.parametrize(("source", "names"), PLANTED)
def test_each_kind_of_mistake_is_planted_and_named(source: str, names: list[str]) -> None:
    assert [mutant.name.split(" | ")[2] for mutant in mutants_of("file.py", source)] == names


@pytest.mark.parametrize("source", ["\n".join(source for source, _ in PLANTED)])
def test_every_mutant_is_another_program_under_a_name_of_its_own(source: str) -> None:
    mutants = list(mutants_of("file.py", source))
    sources = {mutant.source for mutant in mutants}
    assert ast.unparse(ast.parse(source)) not in sources
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    assert all(ast.parse(text) for text in sources)
