"""Alerts to the operator: their kinds, and a message in words. It names orders by their codes; never an
amount, a person or a secret."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from widget_server.domain.verdict_json import rfc3339

PARKED, REVIEW, TOKEN, WORKER = "delivery_parked", "order_needs_review", "token_refused", "no_worker"
TEST = "test"
QUIET = timedelta(minutes=10)
"""A refused token, and jobs that are late, count as over when they were not seen for so long."""
LATE = timedelta(minutes=1)
"""A worker asks for due jobs twice a second."""
PATIENCE = timedelta(minutes=5)
"""So long jobs must stay late before it is said: a restart and a rush end by themselves."""
PAUSE = timedelta(hours=1)
"""Between two messages of one kind, while the first is not over: the next reports all that came meanwhile."""
MOST_NAMED = 10


class Words(NamedTuple):
    """Korean and English. `page`: of the admin dashboard; `command`: what shows the same without it."""

    korean: str
    english: str
    page: str = ""
    command: str = ""


KINDS: Mapping[str, Words] = {
    PARKED: Words(
        "백엔드가 사흘 동안 받지 않아 전송이 중단된 알림이 {count}건 있습니다. 백엔드를 고친 뒤 다시 보내 주세요.",
        "Parked webhooks: {count}. Your backend did not accept them for three days. Correct it, then send them again.",
        "/admin/deliveries?show=parked",
        "deliveries list --state parked",
    ),
    REVIEW: Words(
        "직접 확인해야 하는 주문이 {count}건 있습니다. 스텝페이 포털의 주문과 비교해 주세요.",
        "Orders that need review: {count}. Compare them with StepPay's portal.",
        "/admin/orders?show=review",
        "orders list --review",
    ),
    TOKEN: Words(
        "스텝페이가 Secret-Token을 거부하여 결제를 확인할 수 없습니다. 스텝페이 포털에서 토큰을 확인하고, "
        "STEPPAY_SECRET_TOKEN을 고친 뒤 서버를 다시 시작해 주세요.",
        "StepPay refuses the Secret-Token, so no payment can be verified. Check the token in StepPay's portal, correct "
        "STEPPAY_SECRET_TOKEN and restart the server.",
        command="doctor",
    ),
    WORKER: Words(
        "작업이 5분 넘게 밀려 있습니다. worker가 실행 중이 아니거나 처리가 늦습니다. worker를 시작해 주세요.",
        "Jobs have been late for more than five minutes: no worker runs, or it cannot keep up. Start a worker.",
        "/admin",
        "doctor",
    ),
    TEST: Words(
        "시험 메시지입니다. 운영자 알림이 이 주소로 도착합니다.",
        "This is a test. Alerts to the operator arrive at this address.",
    ),
}


@dataclass(frozen=True)
class Alert:
    """`subject` is what it is about: a delivery's id, an order's code, or a word of ours. `told_at`: None until the
    message was accepted, or given up."""

    kind: str
    subject: str
    order_code: str | None
    raised_at: datetime
    told_at: datetime | None = None

    @property
    def id(self) -> str:
        """The same in each message about it; another one when it comes back."""
        named = f"{self.kind} {self.subject} {self.raised_at.timestamp():.6f}"
        return f"alert_{hashlib.sha256(named.encode()).hexdigest()[:24]}"


@dataclass(frozen=True)
class AlertSource:
    """Which server speaks: `host` as shoppers see it; `admin_origin` of the dashboard, None without one; `program`:
    what its commands begin with."""

    host: str
    admin_origin: str | None
    program: str
    sandbox: bool = False


def alert_message(kind: str, alerts: Sequence[Alert], source: AlertSource) -> dict[str, object]:
    """The members of the JSON, `text` among them. Up to `MOST_NAMED` orders and alerts are named, all are counted."""
    words, url = KINDS[kind], _url(kind, source)
    codes = list(dict.fromkeys(alert.order_code for alert in alerts if alert.order_code))
    return {
        "type": kind,
        "server": source.host,
        "sandbox": source.sandbox,
        "count": len(alerts),
        "orderCodes": codes[:MOST_NAMED],
        "alerts": [{"id": one.id, "raisedAt": rfc3339(one.raised_at)} for one in alerts[:MOST_NAMED]],
        "url": url,
        "text": _text(words, len(alerts), codes, url, source),
    }


def _url(kind: str, source: AlertSource) -> str | None:
    page = KINDS[kind].page
    return source.admin_origin + page if source.admin_origin and page else None


def _text(words: Words, count: int, codes: Sequence[str], url: str | None, source: AlertSource) -> str:
    """Slack and Discord show what is between backquotes as it is; an order code may hold underscores."""
    named = ", ".join(f"`{code}`" for code in codes[:MOST_NAMED]) + (" …" if len(codes) > MOST_NAMED else "")
    way = url or (f"`{source.program} {words.command}`" if words.command else "")
    head = f"[{source.host}{', 테스트(sandbox)' if source.sandbox else ''}]"
    korean, english = words.korean.format(count=count), words.english.format(count=count)
    lines = [f"{head} {korean}", english, f"주문 / orders: {named}" if named else "", f"→ {way}" if way else ""]
    return "\n".join(filter(None, lines))
