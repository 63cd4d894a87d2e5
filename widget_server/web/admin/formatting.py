"""What the operator reads, Korean first, and how moments, amounts and durations are written."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from widget_server.domain.delivery import FAILURES
from widget_server.domain.order_record import CAUSE_NAMES
from widget_server.domain.parsing import SEOUL
from widget_server.domain.verdict_kinds import KINDS, Tone
from widget_server.services.upstream_stats import Bucket
from widget_server.web.translations import LANGUAGES

_LABELS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "verdict": {kind.value: facts.name for kind, facts in KINDS.items()},
    "cause": {cause.value: name for cause, name in CAUSE_NAMES.items()},
    "delivery": {
        "waiting": ("대기", "Waiting"),
        "delivered": ("전송됨", "Delivered"),
        "parked": ("전송 중단", "Parked"),
    },
    "set": {
        "fulfillable": ("상품 지급 가능", "May be fulfilled"),
        "waiting": ("결제 확인 대기", "Still waiting"),
        "unfulfillable": ("상품 지급 안 함", "Not to be fulfilled"),
        "opened": ("오늘 결제창 열림", "Opened today"),
        "opened_paid": ("오늘 열고 결제 완료", "Opened today, paid"),
        "opened_unpaid": ("오늘 열고 미결제", "Opened today, not paid"),
        "opened_delivered": ("오늘 결제, 알림 전송됨", "Opened today, delivered"),
        "opened_undelivered": ("오늘 결제, 알림 미전송", "Opened today, not delivered"),
    },
    "outcome": FAILURES,
    "event": {
        "new": ("처리 전", "Not processed yet"),
        "done": ("처리함", "Processed"),
        "ignored": ("무시함", "Ignored"),
    },
    "job": {
        "check": ("주문 재확인", "Order re-checks"),
        "ask": ("확정된 주문 재확인", "Late checks of settled orders"),
        "webhook": ("웹훅 처리", "Webhook events from StepPay"),
        "order_number": ("서명 없는 웹훅", "Unsigned webhook events"),
        "subscription": ("구독 확인", "Subscription checks"),
        "delivery": ("알림 전송", "Deliveries"),
        "alert": ("운영자 알림", "Alerts to the operator"),
    },
    "order_type": {
        "ONE_TIME": ("단품 결제", "One-time"),
        "RECURRING_INITIAL": ("구독 첫 결제", "Subscription, first payment"),
        "RECURRING": ("구독 정기 결제", "Subscription, next payment"),
        "PAYMENT_METHOD": ("결제수단 등록", "Payment method registered"),
        "ADD_USAGE": ("추가 사용량", "Additional usage"),
    },
    "payment_status": {
        "STANDBY": ("결제 전", "Not paid yet"),
        "COMPLETE": ("결제 완료", "Complete"),
        "CANCELED": ("결제 취소", "Canceled"),
        "PARTIAL_CANCELED": ("부분 취소", "Partly canceled"),
        "USER_CANCELED": ("구매자 취소", "Canceled by the shopper"),
        "CANCELED_FAIL": ("취소 실패", "Cancellation failed"),
        "CANCEL_PROGRESS": ("취소 진행 중", "Cancellation in progress"),
        "FAILED": ("결제 실패", "Failed"),
        "VIRTUAL_BANK_STANDBY": ("가상계좌 입금 대기", "Deposit awaited"),
        "CMS_STANDBY": ("CMS 출금 대기", "Bank debit awaited"),
    },
    "subscription": {
        "ACTIVE": ("이용 중", "Active"),
        "UNPAID": ("미납", "Unpaid"),
        "PENDING_PAUSE": ("일시 정지 예정", "Pausing at the period's end"),
        "PAUSE": ("일시 정지", "Paused"),
        "PENDING_CANCEL": ("해지 예정", "Canceling at the period's end"),
        "EXPIRED": ("만료", "Expired"),
        "CANCELED": ("해지", "Canceled"),
        "INCOMPLETE": ("첫 결제 전", "First payment missing"),
        "QUEUEING": ("시작 전", "Not started"),
    },
    "breaker": {
        "closed": ("정상", "Normal"),
        "half-open": ("시험 중", "Trying"),
        "open": ("차단됨", "Open"),
    },
}


def _tones() -> Iterator[tuple[str, str]]:
    """`success` for the first kind of a tone, `success-2` for the others: a chart has to tell them apart."""
    seen: Counter[str] = Counter()
    for kind, facts in KINDS.items():
        seen[facts.tone] += 1
        yield kind.value, facts.tone if seen[facts.tone] == 1 else f"{facts.tone}-2"


_TONES = dict(_tones())


def label(lang: str, kind: str, code: str) -> str:
    """The label of one of our codes; the code itself where there is none."""
    labels = _LABELS[kind].get(code)
    return labels[LANGUAGES.index(lang)] if labels else code


class Formatter:
    """What a template writes with. `now` decides which moments are written without their day."""

    def __init__(self, lang: str, now: datetime) -> None:
        self._lang, self._korean, self._today = lang, lang == "ko", now.astimezone(SEOUL).date()

    def t(self, korean: str, english: str) -> str:
        return korean if self._korean else english

    def label(self, kind: str, code: str) -> str:
        return label(self._lang, kind, code)

    @staticmethod
    def tone(kind: str) -> str:
        """What the style sheet knows of a verdict kind, also of one that a newer version stored."""
        return _TONES.get(kind, Tone.NEUTRAL)

    def moment(self, at: datetime) -> str:
        """Korean time: of today's moments the time alone, of others the day too."""
        here = at.astimezone(SEOUL)
        if here.date() == self._today:
            return f"{here:%H:%M:%S}"
        return f"{here:%m-%d %H:%M}" if here.year == self._today.year else f"{here:%Y-%m-%d}"

    @staticmethod
    def whole_moment(at: datetime) -> str:
        return f"{at.astimezone(SEOUL):%Y-%m-%d %H:%M:%S} KST"

    def recorded_moment(self, rfc3339: str | None) -> str | None:
        return self.whole_moment(datetime.fromisoformat(rfc3339)) if rfc3339 else None

    def money(self, amount: float | None, currency: str | None) -> str:
        """`18,000원`, `₩18,000`; other currencies by their code, with as many decimals as they have."""
        if amount is None:
            return "–"
        number = f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.2f}"
        if currency == "KRW":
            return self.t(f"{number}원", f"₩{number}")
        return f"{number} {currency or '?'}"

    def duration(self, time: timedelta) -> str:
        """`12초`, `4 min`, `3 h`: one number is enough to worry or not."""
        units = (("일", "d", 86400), ("시간", "h", 3600), ("분", "min", 60), ("초", "s", 1))
        seconds = max(0, int(time.total_seconds()))
        korean, english, size = next((unit for unit in units if seconds >= unit[2]), units[-1])
        return self.t(f"{seconds // size}{korean}", f"{seconds // size} {english}")

    def gap(self, time: timedelta) -> str:
        """`+0.08초`, `+1.4초`, `+4 min`: tenths tell a return from the answer that it waited for."""
        seconds = time.total_seconds()
        if seconds >= 10:
            return f"+{self.duration(time)}"
        short = f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}"
        return self.t(f"+{short}초", f"+{short} s")

    def up_to(self, bucket: Bucket) -> str:
        """`250 ms 이하`, `up to 2 s`."""
        limit = bucket.up_to_seconds
        if limit is None:
            return self.t("그 이상", "longer")
        size = f"{limit * 1000:g} ms" if limit < 1 else f"{limit:g} s"
        return self.t(f"{size} 이하", f"up to {size}")
