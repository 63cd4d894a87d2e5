"""The record of an order, and the webhook that reports it to the merchant backend."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from widget_server.domain.transitions import OrderState
from widget_server.domain.verdict_json import rfc3339
from widget_server.domain.verdict_kinds import VerdictKind


class Cause(StrEnum):
    """Why StepPay was asked."""

    VERIFY = "verify"
    """A shop's page verified."""
    RETURN = "return"
    """The return page or the pay link was opened."""
    BACKEND = "backend"
    """The merchant backend asked."""
    WEBHOOK = "webhook"
    """StepPay sent an event."""
    RECHECK = "recheck"
    """A recheck of our own was due."""


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
