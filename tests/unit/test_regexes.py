"""No regular expression of the product takes more than linear time, whatever it is matched against (AV-10).

By machine: every expression in the sources is collected, and each is proved by its automaton, without any clock.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.regex_ambiguity import Automaton

ROOT = Path(__file__).resolve().parents[2]
MADE_ELSEWHERE = {"json_pattern(pattern)": "another notation of an expression that stands in this list itself"}
INSIDE = {
    r"(\w+)=(%[a-z]|\w+)": "reads the formats of our own log lines",
    r".*_(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)": "environment names",
    r"(?P<before>postgresql://(?:.*@)?)(?P<hosts>[^@/?#]+,[^@/?#]+)(?P<path>/[^?#]*)?(?P<query>\?.*)?": "a setting",
    r"[?&#;]steppay_return=[^#]*": "never fails behind its name, so that no other place is tried",
    r"; wv|Version\/\S+ Chrome|AppleWebKit(?!.* Safari\/\S+( (Edg|OP|Ddg)\S+)*$)": "a browser's own name",
    r"(?P<code>```.*?```|`[^`\n]+`)|!?\[(?P<text>[^\[\]]*)\]\((?P<target>[^()\s]+)\)": "reads our own documents",
}
"""Not linear by this proof, and why that does no harm: none meets text of a stranger in the server."""
_FUNCTIONS = {"compile", "match", "fullmatch", "search", "split", "sub", "subn", "findall", "finditer"}
_ANYWHERE = {"search", "split", "sub", "subn", "findall", "finditer"}
_JS = re.compile(r"(?<=[(,=:!&|?;\s])/((?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/[dgimsuvy]*(?=[\s).,;\]])")
_PHP = re.compile(r"'/((?:[^/'\\]|\\.)+)/[a-zA-Z]*'")
Found = tuple[str, str, int, bool]


def of_python(path: Path) -> Iterator[Found]:
    """Where, pattern, flags, and whether it may begin anywhere in the text."""
    tree = ast.parse(path.read_text("utf-8"))
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    searched = {
        ast.unparse(call.func.value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _ANYWHERE
    }
    for node in ast.walk(tree):
        for call in ast.walk(node) if isinstance(node, ast.stmt) and not hasattr(node, "body") else ():
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if ast.unparse(call.func.value) != "re" or call.func.attr not in _FUNCTIONS:
                continue
            text = ast.unparse(call.args[0])
            if text in MADE_ELSEWHERE:
                continue
            names = vars(importlib.import_module(name)) if name.startswith("widget_server") else {"re": re}
            pattern = eval(text, dict(names))  # noqa: S307  # our own source
            flags = eval(ast.unparse(call.args[1]), dict(names)) if call.func.attr == "compile" and call.args[1:] else 0  # noqa: S307
            targets = {ast.unparse(target) for target in getattr(node, "targets", ())}
            anywhere = call.func.attr in _ANYWHERE or bool(targets & searched)
            if isinstance(pattern, bytes):
                pattern = pattern.decode("latin-1")
            yield f"{path.relative_to(ROOT)}:{call.lineno}", pattern, int(flags), anywhere


def of_scripts() -> Iterator[Found]:
    """JavaScript and PHP match anywhere, unless the expression begins with ^."""
    scripts = [*ROOT.glob("static/js/src/*.js"), *ROOT.glob("docs/examples/*.mjs"), *ROOT.glob("docs/examples/*.js")]
    for path in [*scripts, *ROOT.glob("docs/examples/*.php")]:
        reader = _PHP if path.suffix == ".php" else _JS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            for pattern in [] if line.lstrip().startswith(("//", "*", "/*")) else reader.findall(line):
                yield f"{path.relative_to(ROOT)}:{number}", pattern, 0, not pattern.startswith("^")


PYTHON = [*ROOT.glob("widget_server/**/*.py"), *ROOT.glob("docs/examples/*.py")]
FOUND = [*(one for path in sorted(PYTHON) for one in of_python(path)), *of_scripts()]


@pytest.mark.parametrize(("where", "pattern", "flags", "anywhere"), FOUND, ids=[one[0] for one in FOUND])
def test_av_10_every_expression_takes_linear_time(*, where: str, pattern: str, flags: int, anywhere: bool) -> None:
    assert pattern in INSIDE or Automaton(pattern, flags, search=anywhere).fault() is None, where


def test_av_10_the_expressions_are_found() -> None:
    suffixes = {where.rpartition(":")[0].rpartition(".")[2] for where, *_rest in FOUND}
    assert suffixes == {"py", "js", "mjs", "php"}
    compiled = sum(path.read_text("utf-8").count("re.compile(") for path in PYTHON)
    assert len([one for one in FOUND if one[0].partition(":")[0].endswith(".py")]) >= compiled - len(MADE_ELSEWHERE)


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("(a+)+b", "exponential"),
        ("(aa|a)*b", "exponential"),
        ("(a|ab|b)*c", "exponential"),
        ("([a-z]+-?)+", "exponential"),
        ("(.*,)*x", "exponential"),
        ("a*a*b", "polynomial"),
        (r"[^/]*-[^/]*-[^/]*-buy", "polynomial"),
        (r"\s*,?\s*x", "polynomial"),
        (r"[a-z]{1,500}[a-z]{1,500}!", "polynomial"),
        ("(a+b)+c", None),
        ("[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", None),
        ("a{85}", None),
        ("(?:[A-Za-z]{4})*(?:[A-Za-z]{2})?", None),
        (r"(?![0-9]+$)[A-Za-z0-9_-]{4,64}", None),
        (r"(?!(x+)+$)a", "exponential"),
    ],
)
def test_slow_expressions_are_distinguished_from_others(pattern: str, fault: str | None) -> None:
    assert Automaton(pattern).fault() == fault


def test_each_exception_is_needed() -> None:
    slow = {pattern for _where, pattern, flags, anywhere in FOUND if Automaton(pattern, flags, search=anywhere).fault()}
    assert slow == set(INSIDE)


def test_an_expression_that_begins_with_a_repetition_is_slow_to_search() -> None:
    assert Automaton("a+b").fault() is None
    assert Automaton("a+b", search=True).fault() == "polynomial"
