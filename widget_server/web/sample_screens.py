"""Every screen of the widget and of the return page with fixed sample data: what the gallery shows.

The names derive from the tables of verdicts: a new kind, or a reason with words of its own, is in the gallery at once.
"""

from collections.abc import Mapping
from typing import Any

from widget_server.domain.verdict_kinds import Text, VerdictKind
from widget_server.domain.verdict_reasons import REASONS, finding
from widget_server.errors import OrderNotFound
from widget_server.web.translations import NOTICES, pick, verdict_screen, with_message

ORDER_CODE = "order_15XqwcM1f"
UNAVAILABLE = "unavailable"
_DAY = "2026-03-02T10:15:00Z"
_PRICE = 18000
_RETURNED = {VerdictKind.REFUNDED: _PRICE, VerdictKind.PARTIALLY_REFUNDED: 5000}

OWN_SCREENS: Mapping[str, Text] = {
    "opening": ("결제창을 여는 중", "Opening the pay page"),
    "paying": ("결제창", "The pay page"),
    "leave": ("결제 중단 확인", "Leave the payment?"),
    "checking": ("결제 확인 중", "Confirming"),
    "slow": ("결제 확인 지연", "Confirming takes longer"),
    "blocked": ("팝업 차단", "Blocked window"),
    "unopened": ("결제창을 열지 못함", "Not opened"),
}
"""The widget's own, which no verdict brings."""


def _verdict_reasons() -> dict[str, str]:
    """The reason that each screen shows. The first reason of a kind stands under the kind's name, another one under its
    own name, and only if its words differ."""
    found: dict[str, str] = {}
    seen = set()
    for reason, facts in REASONS.items():
        words = (facts.kind, facts.title, facts.sentence)
        if words not in seen:
            seen.add(words)
            found[reason if facts.kind.value in found else facts.kind.value] = reason
    return found


VERDICTS: Mapping[str, str] = _verdict_reasons()
SCREENS: Mapping[str, tuple[str, ...]] = {
    "widget": (*OWN_SCREENS, *VERDICTS),
    "return": (*VERDICTS, OrderNotFound.code, *NOTICES, UNAVAILABLE),
}
"""The names by surface. Of the notices two belong to the pay link, which shares the return page's look."""


def sample_verdict(name: str, lang: str) -> dict[str, Any] | None:
    """The members of `POST /v1/verify`, without token. None: the screen shows no verdict."""
    if name == OrderNotFound.code:
        return {"orderCode": ORDER_CODE, "verdict": VerdictKind.UNKNOWN.value, "reason": name}
    if name not in VERDICTS:
        return None
    found = finding(VERDICTS[name])  # type: ignore[arg-type]  # a name of the table
    free = found.kind is VerdictKind.NO_CHARGE
    verdict = {
        "orderCode": ORDER_CODE,
        "orderId": 183682,
        "orderType": "ONE_TIME",
        "verdict": found.kind.value,
        "reason": found.reason,
        "fulfill": free or found.kind is VerdictKind.PAID,
        "final": found.kind.facts.final,
        "retryAfter": found.retry_after_seconds,
        "paymentStatus": None,
        "paymentDate": _DAY if found.kind is VerdictKind.PAID else None,
        "amount": 0 if free else _PRICE,
        "returnedAmount": _RETURNED.get(found.kind, 0),
        "currency": "KRW",
        "subscriptionIds": [],
        "checkedAt": _DAY,
    }
    return with_message(verdict, lang)


def label(name: str, lang: str) -> str:
    """What the screen is called in the gallery."""
    if name in OWN_SCREENS:
        return pick(OWN_SCREENS[name], lang)
    if name in NOTICES:
        return pick(NOTICES[name][0], lang)
    if name == UNAVAILABLE:
        return pick(("지금은 확인할 수 없음", "No answer just now"), lang)
    verdict = sample_verdict(name, lang) or {}
    return verdict_screen(VerdictKind(verdict["verdict"]), verdict["reason"], lang)["title"]
