"""Situations in which a request is answered in a certain way, for tests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.test import TestResponse

from tests.support.app_fixture import SHOP, FakeStepPay, World
from widget_server.app import create_app
from widget_server.errors import WidgetServerError
from widget_server.services.steppay_call import Body, Deadline, Posting, Request
from widget_server.web.middleware import bodies

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


@dataclass(frozen=True)
class Refusing:
    """A StepPay that cannot be asked. Real ones: test_steppay_client.py and test_availability.py."""

    fault: type[WidgetServerError]

    def call(self, _request: Request, _deadline: Deadline) -> Body | None:
        raise self.fault

    def post(self, _posting: Posting, _deadline: Deadline) -> Body:
        raise self.fault


def when_steppay(fault: type[WidgetServerError], method: str, path: str, **options: Any) -> Provoke:
    return lambda world, _steppay: world.with_deps(steppay=Refusing(fault)).open(path, method=method, **options)


def when_all_places_are_taken(ask: Provoke) -> Provoke:
    def provoke(world: World, steppay: FakeStepPay) -> TestResponse:
        with ExitStack() as taken:
            for number in range(bodies.MAX_BODIES):
                bodies._readers.acquire(f"192.0.2.{number}")
                taken.callback(bodies._readers.release, f"192.0.2.{number}")
            return ask(world, steppay)

    return provoke


def without_api_key(method: str, path: str) -> Provoke:
    def provoke(world: World, _steppay: FakeStepPay) -> TestResponse:
        return create_app(replace(world.settings, api_key=None), world.deps).test_client().open(path, method=method)

    return provoke


def for_the_merchant_alone(route: str, method: str, path: str) -> dict[tuple[str, int, str], Provoke]:
    def ask(**headers: str) -> Provoke:
        return lambda world, _steppay: world.client.open(path, method=method, headers=headers)

    return {
        (route, 401, "unauthorized"): ask(),
        (route, 403, "browser_not_allowed"): ask(Origin=SHOP),
        (route, 403, "merchant_api_disabled"): without_api_key(method, path),
    }


def bad_bodies(route: str, send: Callable[..., Provoke], limit: int) -> dict[tuple[str, int, str], Provoke]:
    return {
        (route, 400, "invalid_json"): send(data=b"{", content_type="application/json"),
        (route, 413, "too_large"): send(data=b" " * (limit + 1), content_type="application/json"),
        (route, 415, "unsupported_media_type"): send(data=b"{}", content_type="text/plain"),
        (route, 422, "invalid_request"): send(json={}),
        (route, 503, "overloaded"): when_all_places_are_taken(send(json={})),
    }
