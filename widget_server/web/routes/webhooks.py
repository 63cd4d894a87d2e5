"""`POST /v1/webhooks/steppay` for StepPay's signed events (v2), `/v1/webhooks/steppay-v1` for its old ones."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from flask import Blueprint, Response, jsonify, request

from widget_server.domain import strict_json
from widget_server.domain.webhook_event import read_v1_event
from widget_server.errors import (
    InvalidJson,
    Overloaded,
    RateLimited,
    StaleWebhook,
    StorageError,
    TooLarge,
    WebhookNotSigned,
    WebhooksDisabled,
)
from widget_server.services.webhooks import accept_signed
from widget_server.web.deps import Deps
from widget_server.web.middleware.bodies import read_raw
from widget_server.web.middleware.pipeline import OUTCOME, current_request
from widget_server.web.openapi.operations import Operation, Parameter, ResponseSpec, describe
from widget_server.web.openapi.response_schemas import WebhookResponse
from widget_server.web.route_table import WEBHOOK_PATH

_STORED = {"stored": {"status": "stored"}}
_SIGNED = Operation(
    "A webhook event from StepPay",
    "Enter this address in StepPay's portal. The event is stored before the response and processed afterwards. It only "
    "triggers a verification: the verdict comes from StepPay's order API. Off without `STEPPAY_WEBHOOK_SECRETS`.",
    tag="StepPay",
    parameters=(
        Parameter(
            "Steppay-Signature",
            "`timestamp=<seconds>,key=<base64>[;<base64>]` over the timestamp, a dot and the body's bytes; at most "
            "five minutes old.",
            {"type": "string"},
            "timestamp=1706002316,key=Zm9yIHRoZSBmb3JtLCBub3QgZm9yIGEgZG9vci4uLi4=",
            "header",
        ),
    ),
    responses=(ResponseSpec(200, "Stored, known already, or ignored.", WebhookResponse, examples=_STORED),),
    errors=(WebhooksDisabled, WebhookNotSigned, StaleWebhook, TooLarge, InvalidJson, StorageError, Overloaded),
)
_UNSIGNED = Operation(
    "An unsigned webhook event from StepPay (v1)",
    "Every client may send it, so it only triggers a verification of that order, at most once a second. Off unless "
    "`WIDGET_WEBHOOK_V1` is `on`.",
    tag="StepPay",
    responses=(ResponseSpec(200, "The same answer to everything.", WebhookResponse, examples=_STORED),),
    errors=(WebhooksDisabled, TooLarge, RateLimited, StorageError, Overloaded),
)


def webhooks_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("webhooks", __name__)
    secrets = deps.settings.webhook_secrets

    @blueprint.post(WEBHOOK_PATH)
    @describe(_SIGNED)
    def receive_signed() -> Response:
        if not secrets:
            raise WebhooksDisabled
        request = current_request()
        raw = read_raw(request)
        header = request.headers.get("Steppay-Signature")
        return _taken(accept_signed(header, raw, secrets, deps.clock(), deps.inbox))

    @blueprint.post("/v1/webhooks/steppay-v1")
    @describe(_UNSIGNED)
    def receive_unsigned() -> Response:
        if not deps.settings.webhook_v1:
            raise WebhooksDisabled
        number = read_v1_event(_v1_members(read_raw(request))).order_id
        if number is not None and not deps.inbox.accept_number(number, deps.clock()):
            raise Overloaded
        return _taken("stored")

    return blueprint


def _taken(status: str) -> Response:
    request.environ[OUTCOME] = status  # for the metrics
    return jsonify({"status": status})


def _v1_members(raw: bytes) -> Mapping[str, object]:
    """JSON or a form; what is neither names no order."""
    if request.mimetype == "application/x-www-form-urlencoded":
        return _form(raw)
    try:
        body = strict_json.loads(raw)
    except strict_json.NotStrictJson:
        return {}
    return body if isinstance(body, dict) else {}


def _form(raw: bytes) -> Mapping[str, object]:
    try:
        return dict(parse_qsl(raw.decode("utf-8", "replace"), max_num_fields=16))
    except ValueError:  # too many fields
        return {}
