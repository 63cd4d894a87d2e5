"""Which test proves which case: read from the test files, written to docs/security/attacks.md.

`python -m tests.attacks.table` writes the page; test_table.py keeps it true.
"""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.attacks.case_status import DIFFERENCES, PROVED_BY, WAITING

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs" / "security" / "attacks.md"
_ID = re.compile(r"(?<=_)([a-z]{2})_([0-9]{2})(?=_)", re.IGNORECASE)
_JS_TEST = re.compile(r"^test\('(\w+)'", re.MULTILINE)
_AREAS = {
    "input": "What is sent to us",
    "claim_vs_truth": "What is claimed, and what is true",
    "upstream": "StepPay, or an attacker in its place",
    "return_page": "The return page",
    "cors": "Other pages",
    "webhook": "Webhooks",
    "info_leak": "Leaks",
    "availability": "Availability",
    "secrets_config": "Settings and secrets",
    "supply_chain": "Supply chain",
    "fulfilment": "Fulfillment",
    "orders": "New orders",
    "offers": "Offers of static pages",
    "subscriptions": "Subscriptions",
    "operator": "Test messages and alerts",
    "card": "Change of card",
}
_HEAD = """\
# Attacks, and the tests that prove them

Every case stands in `tests/attacks/attacks.jsonl` with the exact outcome. A test proves a case when the case's id is in
its name. `python -m tests.attacks.table` writes this page, a test keeps it complete, and
`tests/attacks/case_status.py` holds the differences.
"""


def cases() -> list[dict[str, str]]:
    """`id`, `area`, `given`, `when`, `then`, `why` of each case."""
    return [json.loads(line) for line in (TESTS / "attacks" / "attacks.jsonl").read_text("utf-8").splitlines()]


def all_tests() -> Iterator[str]:
    """Every test of the project as `tests/unit/test_x.py::test_y`."""
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        yield from (f"{_from_root(path)}::{name}" for name in names if name.startswith("test_"))
    for path in sorted(TESTS.rglob("*.test.mjs")):
        yield from (f"{_from_root(path)}::{name}" for name in _JS_TEST.findall(path.read_text("utf-8")))


def _from_root(path: Path) -> str:
    return path.relative_to(TESTS.parent).as_posix()


def ids_of(test: str) -> list[str]:
    """`test_IN_05_IN_07_x` proves IN-05 and IN-07."""
    return ["-".join(found).upper() for found in _ID.findall("_" + test.rpartition("::")[2])]


def proofs() -> dict[str, list[str]]:
    """The tests of each case."""
    found: dict[str, list[str]] = defaultdict(list)
    for test in all_tests():
        for case in ids_of(test):
            found[case].append(test)
    for case, tests in PROVED_BY.items():
        found[case] += tests
    return found


def page() -> str:
    proved, parts = proofs(), [_HEAD]
    for area, title in _AREAS.items():
        parts.append(f"\n## {title}\n\n| case | what | test | outcome |\n|---|---|---|---|\n")
        parts += [_row(case, proved.get(case["id"], [])) for case in cases() if case["area"] == area]
    return "".join(parts)


def _row(case: dict[str, str], tests: list[str]) -> str:
    name = case["id"]
    shown = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tests) or "none yet"
    outcome = f"waits for: {WAITING[name]}" if name in WAITING else DIFFERENCES.get(name, "as the case says")
    return f"| {name} | {_cell(case['given'])} | {shown} | {outcome} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
