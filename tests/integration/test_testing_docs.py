"""docs/testing.md: its tables are those of the code, its samples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.test_merchant_suite import SHOP, SUITE
from tests.support.merchant_suite import run_suite
from widget_server.testing import OUTCOMES, WRONG_DELIVERIES, WRONG_VERDICTS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, KOREAN = ((DOCS / name).read_text("utf-8") for name in ("testing.md", "ko/testing.md"))
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
FIRST_SHOP, FIRST_TEST, BETTER = BLOCKS[:3]


def cells(page: str) -> list[list[str]]:
    rows = re.findall(r"^\| (`.*) \|$", page, re.MULTILINE)
    return [[cell.strip().strip("`") for cell in row.split("|")] for row in rows]


@pytest.mark.parametrize(("page", "words"), [(PAGE, "english"), (KOREAN, "korean")], ids=["en", "ko"])
def test_the_table_of_order_codes_is_the_simulators(page: str, words: str) -> None:
    listed = [tuple(row) for row in cells(page) if row[0].startswith("order_test_")]
    assert listed == [(row.code, getattr(row, words), row.verdict, row.reason) for row in OUTCOMES.values()]


@pytest.mark.parametrize("page", [PAGE, KOREAN], ids=["en", "ko"])
def test_every_way_to_be_wrong_is_listed(page: str) -> None:
    rows = [row for row in cells(page) if row[0] in WRONG_VERDICTS]
    assert {row[0]: row[1] for row in rows} == dict(WRONG_VERDICTS)
    assert {row[2]: row[3] for row in rows if row[2]} == dict(WRONG_DELIVERIES)


def test_the_first_test_fails_and_then_passes(tmp_path: Path) -> None:
    files = {"shop.py": FIRST_SHOP, "test_shop.py": FIRST_TEST}
    failed = run_suite(tmp_path, files)
    assert "1 failed" in failed.stdout, failed.stdout + failed.stderr
    files["shop.py"] = FIRST_SHOP[: FIRST_SHOP.index("@checkout.on")] + BETTER
    passed = run_suite(tmp_path, files)
    assert "1 passed" in passed.stdout, passed.stdout + passed.stderr


def test_every_other_sample_is_in_the_suite_or_runs(tmp_path: Path) -> None:
    others = [block for block in BLOCKS[3:] if block not in SUITE]
    assert [block for block in BLOCKS[3:] if block in SUITE] != []
    files = {f"test_{number}.py": block for number, block in enumerate(others)}
    done = run_suite(tmp_path, files)
    assert "5 passed" in done.stdout, done.stdout + done.stderr


def test_the_page_counts_the_tests_of_the_suite() -> None:
    said = re.search(r"\[its tests\]\(examples/tested_shop/test_shop\.py\), ([0-9]+) in", PAGE)
    parametrized = len(WRONG_VERDICTS) + 4 - 2
    assert said
    assert int(said[1]) == len(re.findall(r"^def test_", SUITE, re.MULTILINE)) + parametrized
    assert "SHOP_DATABASE" in SHOP
