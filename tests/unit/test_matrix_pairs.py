"""What the transport matrix leaves out: no pair of an engine and anything else, and no cell in every engine."""

from __future__ import annotations

import itertools

import pytest

from tests.browser.engines import ENGINE_NAMES
from tests.browser.matrix import CUT_OFF_OUTCOMES, OTHERS
from tests.browser.matrix_cases import BLOCKERS, COOP, LEFT_OUT, OPENINGS, Cell, matrix
from tests.browser.shopper import MODES
from tests.browser.test_payment_flows import FLOWS, OUTCOMES

CELLS = list(matrix())
FIELDS = {"opening": OPENINGS, "coop": COOP, "blocker": BLOCKERS}
NOTHING_IS_BLOCKED_ONCE = ("firefox", "once")  # the driver's doing: LEFT_OUT


@pytest.mark.parametrize("field", FIELDS)
def test_every_engine_meets_every_way_header_and_blocker(field: str) -> None:
    met = {(engine, getattr(cell, field)) for engine, cell in CELLS}
    assert met == set(itertools.product(ENGINE_NAMES, FIELDS[field])) - {NOTHING_IS_BLOCKED_ONCE}


def test_every_cell_that_exists_runs_in_some_engine() -> None:
    cells = [Cell(*values) for values in itertools.product(OPENINGS, COOP, BLOCKERS)]
    there = {cell for cell in cells if not any(left_out("chromium", cell) for left_out in LEFT_OUT.values())}
    assert {cell for _, cell in CELLS} == there
    assert len(CELLS) == len(set(CELLS))


@pytest.mark.parametrize("coop", COOP)
def test_a_tab_meets_every_header_in_every_engine(coop: tuple[str, ...]) -> None:
    assert {engine for engine, cell in CELLS if cell == Cell("tab", coop)} == set(ENGINE_NAMES)


def test_every_other_outcome_and_every_way_is_tried_where_most_is_cut_off() -> None:
    ways, outcomes = zip(*itertools.chain(*CUT_OFF_OUTCOMES.values()), strict=True)
    assert (set(ways), set(outcomes), set(CUT_OFF_OUTCOMES)) == (set(OPENINGS), set(OTHERS), set(ENGINE_NAMES))


def test_payments_are_tried_in_every_pair_of_engine_mode_and_outcome() -> None:
    for (one, names), (other, values) in itertools.combinations(enumerate((ENGINE_NAMES, MODES, tuple(OUTCOMES))), 2):
        assert {(flow[one], flow[other]) for flow in FLOWS} == set(itertools.product(names, values))
