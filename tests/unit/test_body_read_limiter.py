"""Places for bodies being read: no client takes the last ones, whichever others are there."""

from __future__ import annotations

import gc
import weakref
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.errors import Overloaded
from widget_server.web.middleware.bodies import MAX_BODIES, MAX_BODIES_PER_CLIENT, BodyReadLimiter

HALF = MAX_BODIES // 2


def take(readers: BodyReadLimiter, stack: ExitStack, client: str) -> bool:
    try:
        readers.acquire(client)
    except Overloaded:
        return False
    stack.callback(readers.release, client)
    return True


@pytest.mark.parametrize(
    ("others", "taken"),
    [(0, HALF), (1, HALF - 1), (HALF - 3, MAX_BODIES_PER_CLIENT), (HALF, MAX_BODIES_PER_CLIENT), (126, 2), (128, 0)],
)
def test_in_16_a_client_may_take_half_of_all_places_and_few_of_the_rest(others: int, taken: int) -> None:
    readers = BodyReadLimiter()
    with ExitStack() as stack:
        assert all(take(readers, stack, f"other {number}") for number in range(others))
        assert sum(take(readers, stack, "one") for _ in range(MAX_BODIES)) == taken


def test_in_16_a_client_that_left_takes_neither_a_permit_nor_memory() -> None:
    class Client(str):
        """A weak reference can follow it, which plain text does not allow."""

    readers, left = BodyReadLimiter(), []
    with ExitStack() as stack:
        for number in range(MAX_BODIES):
            client = Client(number)
            assert take(readers, stack, client)
            left.append(weakref.ref(client))
    del client
    gc.collect()
    assert [client for client in left if client() is not None] == []
    with ExitStack() as stack:
        assert sum(take(readers, stack, "one") for _ in range(MAX_BODIES)) == HALF


@given(st.lists(st.sampled_from("abcdefghij"), max_size=60))
def test_in_16_a_client_with_few_permits_gets_one_while_one_is_free(clients: list[str]) -> None:
    readers = BodyReadLimiter(slots=20, per_client=2)
    held: dict[str, int] = {}
    with ExitStack() as stack:
        for client in clients:
            got, total = take(readers, stack, client), sum(held.values())
            assert got == (total < 10 or (total < 20 and held.get(client, 0) < 2))
            held[client] = held.get(client, 0) + got
