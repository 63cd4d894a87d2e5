"""Receive a webhook event from StepPay. It is stored, not believed: a worker then verifies the order."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime

from widget_server.domain import strict_json
from widget_server.domain.webhook_event import WebhookEvent, read_event
from widget_server.domain.webhook_signature import BadSignature, StaleSignature, check_signature
from widget_server.errors import InvalidJson, StaleWebhook, StorageError, WebhookNotSigned
from widget_server.services.ports import Inbox

log = logging.getLogger("widget_server.webhooks")


def accept_signed(header: str | None, raw: bytes, secrets: Sequence[str], now: datetime, inbox: Inbox) -> str:
    """`stored`, `known` or `ignored`. Raises `errors.WebhookNotSigned`, `StaleWebhook`, `InvalidJson` and
    `StorageError`. The signature comes before any parser."""
    try:
        check_signature(header, raw, secrets, now.timestamp())
    except StaleSignature:
        log.warning("webhook_refused reason=stale")
        _schedule_check(raw, now, inbox)
        raise StaleWebhook from None
    except BadSignature:
        log.warning("webhook_refused reason=signature")
        raise WebhookNotSigned from None
    event = _read(raw)
    if not event.names_an_order and event.subscription_id is None:
        return "ignored"
    # Events carry no id, so an event is its body; the header differs between two tries of one event.
    new = inbox.accept(hashlib.sha256(raw).hexdigest(), event, now)
    return "stored" if new else "known"


def _read(raw: bytes) -> WebhookEvent:
    try:
        body = strict_json.loads(raw)
    except strict_json.NotStrictJson:
        raise InvalidJson("The body is not plain JSON.") from None
    if not isinstance(body, dict):
        raise InvalidJson("The body must be one JSON object.")
    return read_event(body)


def _schedule_check(raw: bytes, now: datetime, inbox: Inbox) -> None:
    """Perhaps StepPay does not sign its retries again. One recheck of the order per minute does no harm."""
    try:
        event = _read(raw)
        if event.order_code is not None:
            inbox.suggest_check(event.order_code, now)
    except (InvalidJson, StorageError):
        log.warning("stale_webhook_ignored")
