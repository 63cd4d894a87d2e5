"""What shoppers read, in Korean and English. Titles and sentences of verdicts stand in the domain's tables."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from flask import Request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from widget_server.domain.parsing import SEOUL
from widget_server.domain.verdict_kinds import Text, Tone, VerdictKind
from widget_server.domain.verdict_reasons import Money, reason_facts
from widget_server.errors import OrderNotFound

LANGUAGES = ("ko", "en")

NOTICES: Mapping[str, tuple[Text, Text]] = {
    "unidentified": (
        ("주문을 확인할 수 없습니다", "We could not identify your order"),
        (
            "주문을 확인할 수 없습니다. 쇼핑몰로 돌아가 주문 내역을 확인해 주세요.",
            "Please go back to the shop and look at your orders.",
        ),
    ),
    "no_order": (
        ("결제 링크를 확인해 주세요", "Please check the payment link"),
        (
            "이 주소에는 결제할 주문이 없습니다. 링크가 잘렸거나 잘못 입력되었을 수 있습니다.",
            "There is no order at this address. The link may be cut off or mistyped.",
        ),
    ),
    "busy": (
        ("잠시 후 다시 시도해 주세요", "Please try again in a moment"),
        (
            "지금은 결제창을 열 수 없습니다. 아직 결제되지 않았다면 잠시 후 다시 시도해 주세요.",
            "The payment page cannot be opened just now. If you have not paid yet, try again in a moment.",
        ),
    ),
}
"""Title and text of the pages that say nothing about a payment."""
_WITHOUT_REASON: Mapping[str, tuple[Text, Text]] = {
    OrderNotFound.code: (
        ("주문을 찾을 수 없습니다", "Order not found"),
        ("주문을 찾을 수 없습니다. 쇼핑몰에 문의해 주세요.", "Order not found. Please contact the shop."),
    ),
}
"""Title and sentence of error codes that take the place of a reason and do not mean that the payment is being
confirmed."""
_PAGE_TEXTS: Mapping[str, Text] = {
    "not_paid_yet": (
        "결제를 마치셨다면 잠시 후 '다시 확인'을 눌러 주세요.",
        'If you have paid, choose "Check again" in a moment.',
    ),
}
"""Where a page of ours says more than the sentence for programs: it has the button that it speaks of."""
_PART: Text = ("결제 금액 {amount} 중 {returned}이 환불되었습니다.", "{returned} of {amount} was refunded.")

_SHORT = (
    *(VerdictKind.PAID, VerdictKind.FAILED, VerdictKind.CANCELED),
    *(VerdictKind.PARTIALLY_REFUNDED, VerdictKind.REFUNDED),
)
"""What the name alone says as well as the title, in the little room of a browser's tab."""
_CHARGED = (VerdictKind.PAID, VerdictKind.PARTIALLY_REFUNDED, VerdictKind.REFUNDED)
_BOTH = ("amount", "returnedAmount")

_LABELS: Mapping[str, Text] = {
    "back": ("쇼핑몰로 돌아가기", "Back to the shop"),
    "close": ("창 닫기", "Close this window"),
    "order": ("주문번호", "Order"),
    "amount_paid": ("결제 금액", "Paid"),
    "amount_due": ("입금하실 금액", "Amount due"),
    "amount_ordered": ("주문 금액", "Order amount"),
    "returned": ("환불 금액", "Refunded"),
    "again": ("다시 확인", "Check again"),
    "stop": ("자동 확인 멈추기", "Stop checking by itself"),
    "retry": ("다시 시도", "Try again"),
    "pay_again": ("다시 결제하기", "Pay again"),
    "orders": ("주문 내역 보기", "View your orders"),
    "paid_at": ("결제 일시", "Paid on"),
    "support": ("문의:", "Need help?"),
    "checked": ("마지막 확인", "Last checked"),
    "now": ("방금", "just now"),
    "other_way": ("다른 방법으로 결제하기", "Pay another way"),
}


def language(request: Request, preferred: str | None = None) -> str:
    """`preferred` (the page's choice) or what the browser asks for; Korean when it says neither."""
    return preferred or browser_language(request) or "ko"


def browser_language(request: Request) -> str | None:
    """None: the browser asks for no language of ours."""
    return _wanted(request.environ.get("HTTP_ACCEPT_LANGUAGE", "")[:200])


@lru_cache(maxsize=256)
def _wanted(accepted: str) -> str | None:
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES)


def message(reason: str, lang: str) -> str:
    """One sentence; every reason without its own means that the payment is being confirmed."""
    own = _WITHOUT_REASON.get(reason)
    return pick(own[1] if own else reason_facts(reason).sentence, lang)


def pick(text: Text, lang: str) -> str:
    return text[LANGUAGES.index(lang)]


def with_message(verdict: Mapping[str, object], lang: str) -> dict[str, object]:
    """Adds what the shopper reads: `title` and `message`. The message, which may begin with the words of the title, is
    complete: a page may show it alone."""
    title, sentence = _words(str(verdict["verdict"]), str(verdict["reason"]), lang)
    return {**verdict, "title": title, "message": _refunded_part(verdict, lang) or sentence}


@lru_cache(maxsize=256)
def _words(kind: str, reason: str, lang: str) -> tuple[str, str]:
    return pick(_title(VerdictKind(kind), reason), lang), message(reason, lang)


def _title(kind: VerdictKind, reason: str) -> Text:
    """Waiting for a deposit reads calmer than "not paid"."""
    own = _WITHOUT_REASON.get(reason)
    return own[0] if own else reason_facts(reason).title or kind.facts.title


def _refunded_part(verdict: Mapping[str, object], lang: str) -> str | None:
    """An amount alone would leave open whether it went back or was kept."""
    if verdict["reason"] != "partially_refunded":
        return None
    amount, returned = (amount_text(verdict.get(name), verdict.get("currency"), lang) for name in _BOTH)
    return pick(_PART, lang).format(amount=amount, returned=returned) if amount and returned else None


def verdict_screen(kind: VerdictKind, reason: str, lang: str) -> dict[str, str]:
    """What a full screen says of a verdict."""
    text = pick(_PAGE_TEXTS[reason], lang) if reason in _PAGE_TEXTS else message(reason, lang)
    look = {"kind": kind.value, "tone": kind.facts.tone.value, "icon": kind.facts.icon}
    title = _title(kind, reason)
    tab = kind.facts.name if kind in _SHORT else title
    return {**look, "reason": reason, "title": pick(title, lang), "tab": pick(tab, lang), "text": text}


def is_charged(kind: VerdictKind) -> bool:
    return kind in _CHARGED


def amount_label(kind: VerdictKind, reason: str) -> str:
    """The name of the label: an amount alone looks charged."""
    if is_charged(kind):
        return "amount_paid"
    return "amount_due" if reason_facts(reason).money is Money.AWAITED else "amount_ordered"


def notice_screen(name: str, lang: str) -> dict[str, str]:
    """What a full screen says without a verdict; `name` as in `NOTICES`, or `unknown`: the payment cannot be looked up
    now."""
    if name == VerdictKind.UNKNOWN:
        return verdict_screen(VerdictKind.UNKNOWN, name, lang)
    title, text = NOTICES[name]
    look = {"kind": name, "tone": Tone.NEUTRAL.value, "icon": "question"}
    return {**look, "title": pick(title, lang), "tab": pick(title, lang), "text": pick(text, lang)}


def labels(lang: str) -> dict[str, str]:
    return {name: pick(text, lang) for name, text in _LABELS.items()}


def amount_text(amount: object, currency: object, lang: str) -> str | None:
    """`18,000원` or `₩18,000`; other currencies by their code."""
    if type(amount) not in (int, float) or not isinstance(currency, str):
        return None
    if currency == "KRW":
        return f"{amount:,}원" if lang == "ko" else f"₩{amount:,}"
    return f"{amount:,} {currency}"


def moment_text(rfc3339: object, lang: str) -> str | None:
    """To the minute, in Korean time: `2026. 11. 30. 21:05` or `Nov 30, 2026, 21:05 KST`."""
    if not isinstance(rfc3339, str):
        return None
    at = datetime.fromisoformat(rfc3339).astimezone(SEOUL)
    return (
        f"{at.year}. {at.month}. {at.day}. {at:%H:%M}"
        if lang == "ko"
        else f"{at:%b} {at.day}, {at.year}, {at:%H:%M} KST"
    )
