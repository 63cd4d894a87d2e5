"""The words of the domain: what a word means does not change unseen, and no value changes at all."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import FrozenInstanceError, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest

import widget_server.domain
from tests.unit.test_verdict_gates import GATES
from tests.vectors import VECTORS
from widget_server.domain import checkout, delivery, display_options, job, order_record, subresource_integrity
from widget_server.domain.checkout import Checkout
from widget_server.domain.expectation import Outcome
from widget_server.domain.model import Order, OrderType, PaymentStatus, Verdict
from widget_server.domain.transitions import MISMATCH_TYPE
from widget_server.domain.verdict_json import verdict_body
from widget_server.domain.verdict_kinds import KINDS, VerdictKind
from widget_server.domain.verdict_reasons import REASONS, Finding, Reason

NOW = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
WORDS = [
    (checkout.MODES, "redirect tab popup iframe"),
    (checkout.LOCALES, "ko en"),
    (get_args(checkout.CheckoutState), "open returned"),
    (display_options.MODES, "redirect tab popup iframe auto"),
    (display_options.LOCALES, "auto ko en"),
    (display_options.THEMES, "auto light dark"),
    (get_args(delivery.DeliveryState), "waiting delivered parked"),
    ((job.CHECK, job.WEBHOOK, job.ORDER_NUMBER, job.DELIVERY), "check webhook order_number delivery"),
    (order_record.Cause, "verify return backend webhook recheck"),
    ((MISMATCH_TYPE,), "payment.mismatch"),
    (Outcome, "created kept changed refused"),
    (VerdictKind, "paid no_charge pending failed canceled partially_refunded refunded mismatch unknown"),
    (OrderType, "ONE_TIME RECURRING_INITIAL RECURRING PAYMENT_METHOD ADD_USAGE"),
    (
        PaymentStatus,
        "STANDBY COMPLETE CANCELED PARTIAL_CANCELED USER_CANCELED CANCELED_FAIL CANCEL_PROGRESS FAILED"
        " VIRTUAL_BANK_STANDBY CMS_STANDBY",
    ),
]
MODULES = [module.name for module in pkgutil.iter_modules(widget_server.domain.__path__, "widget_server.domain.")]


@pytest.mark.parametrize("name", MODULES)
def test_a_value_of_the_domain_never_changes(name: str) -> None:
    for kind in vars(importlib.import_module(name)).values():
        if isinstance(kind, type) and is_dataclass(kind):
            with pytest.raises(FrozenInstanceError):
                object.__new__(kind).anything = None


@pytest.mark.parametrize(("words", "text"), WORDS, ids=[text for _, text in WORDS])
def test_pages_backends_stored_rows_and_steppay_know_these_words(words: Iterable[str], text: str) -> None:
    assert [str(word) for word in words] == text.split()


def test_every_reason_in_the_documents_can_happen_and_no_other_does() -> None:
    examples = {vector["expect"]["reason"] for vector in VECTORS if vector["expect"]["http"] == 200}
    happening = examples | {row[-1][1] for row in GATES}
    assert happening == set(get_args(Reason))
    assert tuple(REASONS) == get_args(Reason)


def test_every_kind_has_its_row_and_a_reason() -> None:
    assert set(KINDS) == set(VerdictKind) == {facts.kind for facts in REASONS.values()}


@pytest.mark.parametrize("kind", VerdictKind)
def test_only_paid_is_fulfilled_and_only_what_stays_is_final(kind: VerdictKind) -> None:
    order = Order("order_a", 7, None, Decimal(1), Decimal(0), None, None, None, ())
    body = verdict_body(Verdict(order, Finding(kind, "contradiction"), None, NOW))
    assert body["fulfill"] is (kind == "paid")
    assert body["final"] is (kind in {"paid", "no_charge", "partially_refunded", "refunded"})


def test_a_checkout_is_open_until_the_shopper_returns() -> None:
    opened = Checkout("A" * 22, "order_a", "tab", None, None, NOW, NOW + checkout.LIFETIME)
    back = Checkout("A" * 22, "order_a", "tab", None, None, NOW, NOW + checkout.LIFETIME, returned_at=NOW)
    assert (opened.state, back.state) == ("open", "returned")
    assert timedelta(days=7) == checkout.LIFETIME


@pytest.mark.parametrize(("text", "is_one"), [("Aa0_-" + "z9Z" * 5 + "xy", True), ("A" * 21, False), ("A" * 23, False)])
def test_a_checkouts_id_has_128_bits_in_base64url(text: str, is_one: bool) -> None:
    assert bool(checkout.CHECKOUT_ID.fullmatch(text)) == is_one


def test_the_hash_of_a_script_is_the_one_that_a_browser_makes() -> None:
    """The example of W3C Subresource Integrity, 3.2."""
    script = b"alert('Hello, world.');"
    assert (
        subresource_integrity.integrity(script)
        == "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
    )


def test_the_version_of_a_script_is_the_start_of_its_sha256() -> None:
    assert subresource_integrity.version(b"abc") == "ba7816bf8f01cfea"  # FIPS 180-2, B.1
    assert subresource_integrity.versioned_path(b"abc") == "/v1/widget-ba7816bf8f01cfea.js"
