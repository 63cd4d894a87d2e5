"""The part of the control API that moves time, lets cards fail and loses events; control.py describes it."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response

from widget_server.demo.simulator.formats import after, local_text, moment_of
from widget_server.demo.simulator.responses import json_answer, json_object, require
from widget_server.demo.simulator.store import Store
from widget_server.demo.simulator.subscription_api import known_subscription
from widget_server.demo.simulator.timeline import catch_up, move, next_payment

_MOST_DAYS = 3660


def add_time_routes(routes: Blueprint, store: Store) -> None:
    @routes.get("/clock")
    def read_clock() -> Response:
        with store.lock:
            return json_answer(clock_summary(store))

    @routes.post("/clock")
    def move_clock() -> Response:
        fields = json_object()
        with store.lock:
            move(store, target_of(store, fields))
            return json_answer(clock_summary(store))

    @routes.post("/subscriptions/<number>/card")
    def change_card(number: str) -> Response:
        works = json_object().get("works")
        require(isinstance(works, bool), "works must be true or false")
        with store.lock:
            subscription = known_subscription(store, number)
            subscription.card_works = works is True
            return json_answer({"subscriptionId": subscription.id, "status": subscription.status, "works": works})

    @routes.put("/events")
    def disturb_events() -> Response:
        fields = json_object()
        lose, shuffle = fields.get("lose", 0), fields.get("shuffle", 0)
        require(all(type(number) is int and number >= 0 for number in (lose, shuffle)), "lose and shuffle are numbers")
        with store.lock:
            store.flush_events()
            store.events.lose, store.events.shuffle, store.events.seen = lose, shuffle, 0
        return json_answer({"lose": lose, "shuffle": shuffle})


def clock_summary(store: Store) -> dict[str, Any]:
    """`now` and `nextPayment` as StepPay writes dates."""
    catch_up(store)
    moved = store.moved.total_seconds()
    return {"now": local_text(store.clock()), "movedSeconds": moved, "nextPayment": local_text(next_payment(store))}


def target_of(store: Store, fields: dict[str, Any]) -> datetime:
    """Where the clock is moved to. Raises Problem 400."""
    now, days, months, to = store.clock(), fields.get("days", 0), fields.get("months", 0), fields.get("to")
    counts = all(type(number) is int and 0 <= number <= _MOST_DAYS for number in (days, months))
    require(counts, f"days and months must be from 0 to {_MOST_DAYS}")
    target = next_payment(store) if to == "next_payment" else moment_of(to) if to is not None else now
    require(target, "to must be next_payment, while one is due, or a date-time")
    latest = now + timedelta(days=_MOST_DAYS)
    target = after((target or now) + timedelta(days=days), "MONTH", min(months, 120))
    require(now <= target <= latest, "time moves forward only, and at most ten years at once")
    return target
