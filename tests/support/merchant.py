"""What a merchant's backend sends, for the tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.app_fixture import API_KEY, World

KEY = {"Authorization": f"Bearer {API_KEY}"}
WON: dict[str, object] = {"amount": 10000, "currency": "KRW"}
MORE: dict[str, object] = {"amount": 420000, "currency": "KRW"}


def bind(world: World, code: str, body: Mapping[str, object] = WON) -> Any:
    return world.client.put(f"/v1/orders/{code}/expectation", json=body, headers=KEY)


def show(world: World, code: str, query: str = "") -> Any:
    return world.client.get(f"/v1/orders/{code}{query}", headers=KEY)


def verify(world: World, code: str, **members: Any) -> Any:
    return world.client.post("/v1/verify", json={"orderCode": code, **members})
