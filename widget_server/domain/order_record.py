"""The record of an order, and the webhook that reports it to the merchant backend."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from widget_server.domain.transitions import OrderState
from widget_server.domain.verdict_json import rfc3339
from widget_server.domain.verdict_kinds import Text, VerdictKind


class Cause(StrEnum):
    """Why StepPay was asked."""

    VERIFY = "verify"
    RETURN = "return"
    BACKEND = "backend"
    WEBHOOK = "webhook"
    RECHECK = "recheck"


CAUSE_NAMES: Mapping[Cause, Text] = {
    Cause.VERIFY: ("구매자 화면에서 확인", "Shopper's page"),
    Cause.RETURN: ("구매자 복귀", "Return page"),
    Cause.BACKEND: ("쇼핑몰 백엔드에서 확인", "Merchant backend"),
    Cause.WEBHOOK: ("스텝페이 웹훅 수신", "Webhook event from StepPay"),
    Cause.RECHECK: ("자동 재확인", "Recheck"),
}


@dataclass(frozen=True)
class Transition:
    """One step of an order. `cause` is the value of a `Cause`."""

    step: str
    verdict: str
    reason: str
    cause: str
    at: datetime

    def body(self) -> dict[str, object]:
        return {"verdict": self.verdict, "reason": self.reason, "cause": self.cause, "at": rfc3339(self.at)}


@dataclass(frozen=True)
class Record:
    """The ledger's row and its history, oldest first. `body`: the verdict's JSON members."""

    order_code: str
    state: OrderState
    body: Mapping[str, object]
    needs_review: bool
    history: tuple[Transition, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether rechecks have ended."""
        return self.state.settled


def latest_verdict(
    answered: Mapping[str, object] | None, recorded: Mapping[str, object] | None
) -> Mapping[str, object] | None:
    """Of two verdicts on one order, as JSON members: the last one answered, and the record's. The one that was
    checked later counts; within one second the answered one, unless the record is settled."""
    return max((body for body in (answered, recorded) if body is not None), key=_age, default=None)


def _age(body: Mapping[str, object]) -> tuple[str, int]:
    return str(body["checkedAt"]), max(VerdictKind(str(body["verdict"])).facts.rank, 1)


def webhook_payload(kind: str, at: datetime, verdict: Mapping[str, object], history: Sequence[Transition]) -> str:
    """The body of a delivery. It is stored and sent as this text, so that every attempt sends the same bytes."""
    data = {**verdict, "history": [transition.body() for transition in history]}
    return event_text(kind, at, data)


def event_text(kind: str, at: datetime, data: Mapping[str, object]) -> str:
    """A Standard Webhooks payload."""
    return json.dumps({"type": kind, "timestamp": rfc3339(at), "data": data}, ensure_ascii=False)
