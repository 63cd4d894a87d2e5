"""The list of attacks is complete: each case has a test, or a reason why not yet, and the page tells the truth."""

from __future__ import annotations

from tests.attacks import table
from tests.attacks.case_status import DIFFERENCES, PROVED_BY, WAITING

IDS = [case["id"] for case in table.cases()]


def test_each_case_is_there_once_with_its_outcome() -> None:
    assert len(IDS) == len(set(IDS)) >= 84
    assert all(case["then"] and case["when"] for case in table.cases())


def test_each_case_is_proved_or_waits_for_a_named_feature() -> None:
    proved = set(table.proofs())
    assert set(IDS) - proved - set(WAITING) == set()
    assert proved & set(WAITING) == set(), "proved by now: take it out of WAITING"


def test_nothing_is_said_about_a_case_that_does_not_exist() -> None:
    assert set(table.proofs()) | set(WAITING) | set(DIFFERENCES) | set(PROVED_BY) == set(IDS)


def test_each_named_test_exists() -> None:
    assert {test for tests in PROVED_BY.values() for test in tests} - set(table.all_tests()) == set()


def test_the_page_is_the_one_that_the_tests_make() -> None:
    assert table.PAGE.read_text("utf-8") == table.page(), "write it again: python -m tests.attacks.table"
