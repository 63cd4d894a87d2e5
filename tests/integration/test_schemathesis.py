"""Requests made up from the document, right and wrong ones, get no answer that the document does not describe.

Schemathesis' own engine runs, as its command does: the locked pytest moved what its pytest decorators reach into.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from schemathesis.engine import events, from_schema

from tests.support.app_fixture import API_KEY, COMPLETE, NOW, PAID, FakeStepPay, World, application, fake_steppay
from widget_server.domain.checkout import LIFETIME, Checkout
from widget_server.web.openapi.examples import CHECKOUT, CODE

CONFIG = f"""
seed = 1
headers = {{ "Accept-Encoding" = "identity" }}  # its client decompresses no answer
[generation]
deterministic = true
database = "none"
max-examples = 100
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "503"]  # 503 is an answer of ours; 500 is a bug
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "404", "405", "413", "415", "422"]  # its own list lacks 413
[checks.ignored_auth]
enabled = false  # asks in a way that werkzeug's test client does not know; test_access.py asks without the key
[auth.openapi.merchant]
bearer = "{API_KEY}"
[dictionaries.checkouts]
values = ["{CHECKOUT}"]
[dictionaries.orders]
values = ["{CODE}"]
[parameters]
"path.checkoutId" = {{ dictionary = "checkouts", probability = 0.7 }}
"path.orderCode" = {{ dictionary = "orders", probability = 0.7 }}
"query.order_code" = {{ dictionary = "orders", probability = 0.5 }}
[[operations]]
include-tag = ["Widget", "Operation"]  # the same for everybody: little to find, so a little less of it
generation.max-examples = 25
[[operations]]
include-operation-id = ["create_checkout", "verify_claim"]
# What the document says in words, because a schema cannot: a way back has the calling page's own origin, 1.0 is no
# order number, and a body full of unknown members may be too large.
checks.positive_data_acceptance.expected-statuses = ["200", "201", "404", "413", "422"]
[[operations]]
include-operation-id = "create"
generation.max-examples = 25
# StepPay knows neither the customer nor the product, and a deadline lies in the future.
checks.positive_data_acceptance.expected-statuses = ["201", "409", "413", "422", "502", "503"]
[[operations]]
include-operation-id = "change_payment_method"
generation.max-examples = 25
checks.positive_data_acceptance.expected-statuses = ["201", "404", "409", "422"]  # 1.0 is no customer's number, either
[[operations]]
include-operation-id = "bind"
# And an amount has at most 15 digits in all.
checks.positive_data_acceptance.expected-statuses = ["200", "201", "409", "413", "422"]
[[operations]]
include-operation-id = "come_back"
# The same for a query that names another order: the page says that it cannot tell, with 400.
checks.positive_data_acceptance.expected-statuses = ["200", "400", "404"]
"""


@pytest.fixture(scope="module")
def shared_steppay() -> Iterator[FakeStepPay]:
    """One of this file's own: other tests count on an unknown order under the documents' code."""
    with fake_steppay() as running:
        yield running


@pytest.fixture(scope="module")
def fuzzed(shared_steppay: FakeStepPay, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The application with the order and the checkout that the document's examples name."""
    shared_steppay.order({**PAID, "orderId": 183682}, COMPLETE, CODE)
    with application(shared_steppay.url, migrated, tmp_path_factory.mktemp("fuzzed"), api_key=API_KEY) as world:
        world.deps.checkouts.add(Checkout(CHECKOUT, CODE, "tab", None, None, NOW, NOW + LIFETIME))
        yield world


@pytest.mark.timeout(600)  # a busy machine: 20 s where nothing else runs
@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a request it made up
def test_no_request_gets_an_answer_that_is_not_described(fuzzed: World) -> None:
    config = schemathesis.Config.from_str(CONFIG)
    document = schemathesis.openapi.from_wsgi("/openapi.json", fuzzed.app, config=config)
    asked: set[tuple[str, int]] = set()
    found: list[str] = []
    for event in from_schema(document).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(repr(event))
        elif isinstance(event, events.ScenarioFinished):
            asked |= answers(event)
            found += failures(event)
    assert not found, "\n".join(found)
    assert {("verify_claim", 200), ("create_checkout", 201), ("poll_checkout", 200), ("come_back", 200)} <= asked


def answers(event: events.ScenarioFinished) -> set[tuple[str, int]]:
    recorder = event.recorder
    return {
        (recorder.cases[case].value.operation.definition.raw["operationId"], interaction.response.status_code)
        for case, interaction in recorder.interactions.items()
        if interaction.response
    }


def failures(event: events.ScenarioFinished) -> list[str]:
    return [
        f"{check.name}: {check.failure_info.failure} {check.failure_info.code_sample}"
        for checks in event.recorder.checks.values()
        for check in checks
        if check.failure_info
    ]
