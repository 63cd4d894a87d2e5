"""A webhook delivery to the merchant backend, and its delivery attempts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from widget_server.domain.verdict_kinds import Text

DeliveryState = Literal["waiting", "delivered", "parked"]
"""`parked`: given up after about three days; it stays until an operator redelivers it."""
REDIRECTS = "redirects"
FAILURES: Mapping[str, Text] = {
    "no_address": ("도메인의 주소를 찾을 수 없음", "its name has no address"),
    "unreachable": ("연결할 수 없음", "nothing answers at its address"),
    "certificate": ("인증서를 신뢰할 수 없음", "its certificate is not trusted"),
    "timeout": ("응답 시간 초과", "no answer in time"),
    "proxy": ("프록시가 연결을 거부함", "the proxy of WIDGET_EGRESS_PROXY does not let it through"),
    "forbidden_address": (
        "사설망 주소",
        "its address is in a private network; WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK=on allows that",
    ),
    "unfinished": ("응답 전에 중단됨", "the worker ended before an answer came"),
}
"""Why there was no response, by the word in logs and metrics."""


@dataclass(frozen=True)
class Delivery:
    """`id` is the `webhook-id` of every attempt, `payload` the text that every attempt sends."""

    id: str
    order_code: str | None
    type: str
    payload: str
    created_at: datetime
    state: DeliveryState


@dataclass(frozen=True)
class DeliveryResponse:
    """What came back. `outcome`: answered, redirects (`text` is where to), or in one word why nothing did."""

    outcome: str
    status: int | None = None
    text: str = ""
    retry_after_seconds: int | None = None

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class DeliveryAttempt:
    """One stored attempt."""

    started_at: datetime
    status: int | None
    outcome: str
    answer: str

    @property
    def reason(self) -> str:
        """What an operator reads and can mend; empty where the response says all."""
        if self.outcome == REDIRECTS:
            return f"redirects to {self.answer}: enter that address as WIDGET_NOTIFY_URL"
        return FAILURES[self.outcome][1] if self.outcome in FAILURES else ""
