"""Test messages and alerts: what they are taken for, and where they go."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from tests.attacks.test_deliveries import backend
from tests.support.upstream import Upstream, answer
from widget_server.adapters.webhooks_out.alerts import AlertSender
from widget_server.merchant.webhooks import WebhookVerificationError, verify_delivery
from widget_server.testing import NOTIFY_SECRET, signed_delivery

OTHER = "whsec_" + base64.b64encode(b"not-this!" * 4).decode()


@pytest.mark.parametrize("accept_test", [True, False])
def test_OP_02_a_test_message_never_becomes_a_real_one(*, accept_test: bool) -> None:
    body, headers = signed_delivery("payment.paid", order_code="order_a", wrong="test_message")
    unmarked, later = body.replace(b'"test"', b'"tost"'), datetime.now(UTC) + timedelta(minutes=6)
    assert unmarked != body
    for raw, secret, at, code in (
        (body, OTHER, None, "bad_signature"),
        (unmarked, NOTIFY_SECRET, None, "bad_signature"),
        (body, NOTIFY_SECRET, later, "stale"),
    ):
        with pytest.raises(WebhookVerificationError, match=f"^{code}: "):
            verify_delivery(raw, headers, secrets=[secret], accept_test=accept_test, now=at)


def test_OP_04_an_alert_goes_to_public_addresses_and_follows_nothing() -> None:
    with backend() as inside:
        for url in (inside.url, inside.url.replace("127.0.0.1", "localhost")):
            sender = AlertSender(url)
            assert [sender.send({"text": "x"}).outcome, sender.probe().outcome] == ["forbidden_address"] * 2
        assert inside.came == []
        moved = answer(b"", status="307 Temporary Redirect", headers=f"Location: {inside.url}\r\n")
        with Upstream(moved) as outside:
            found = AlertSender(outside.url, private=True).send({"text": "x"})
        assert (found.status, found.accepted, inside.came) == (307, False, [])
