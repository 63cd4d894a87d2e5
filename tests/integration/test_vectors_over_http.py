"""The table of examples once more, through the whole server and a StepPay that answers exactly so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app_fixture import FakeStepPay, World
from tests.vectors import VECTORS, name_of


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_the_server_answers_as_the_table_says(vector: dict[str, Any], world: World, steppay: FakeStepPay) -> None:
    code = steppay.order(vector["order"], vector["receipt"])
    answer = world.client.post("/v1/verify", json={"orderCode": code, **vector["claim"]})
    body, expect = answer.json, dict(vector["expect"])
    assert answer.status_code == expect.pop("http")
    assert {name: body[name] for name in expect} == expect
    assert (body["retryAfter"] is None) == expect["final"]
