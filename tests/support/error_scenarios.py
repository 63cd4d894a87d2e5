"""Situations in which a request is answered in a certain way, for tests."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.test import TestResponse

from tests.support.app_fixture import FakeStepPay, World

Provoke = Callable[[World, FakeStepPay], TestResponse]


def of_a_paid_order(method: str, path: str) -> Provoke:
    """`path` may hold `{code}`."""

    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        body = {"orderCode": steppay.paid(), "mode": "tab"}
        world.client.post("/v1/verify", json=body)
        return world.client.open(path.format(code=body["orderCode"]), method=method, json=body)

    return provoke


def without_storage(ask: Provoke) -> Provoke:
    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        world.break_storage()
        return ask(world, steppay)

    return provoke
