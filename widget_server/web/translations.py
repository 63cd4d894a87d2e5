"""What people read: one title and one sentence for each reason, in Korean and English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from flask import Request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

LANGUAGES = ("ko", "en")

_TITLES = {
    "paid": ("결제가 완료되었습니다", "Payment complete"),
    "no_charge": ("신청이 완료되었습니다", "You're all set"),
    "pending": ("결제 확인 중입니다", "Checking your payment"),
    "awaiting": ("입금을 기다리고 있습니다", "Waiting for your payment"),
    "failed": ("결제하지 못했습니다", "The payment did not go through"),
    "canceled": ("결제가 취소되었습니다", "Payment canceled"),
    "partially_refunded": ("일부 금액이 환불되었습니다", "Partly refunded"),
    "refunded": ("환불되었습니다", "Refunded"),
    "mismatch": ("주문 정보가 일치하지 않습니다", "This order does not match"),
    "unknown": ("결제를 확인하고 있습니다", "We are confirming your payment"),
    "neutral": ("주문을 확인할 수 없습니다", "We could not identify your order"),
    "no_order": ("결제 링크를 확인해 주세요", "Please check the payment link"),
    "busy": ("잠시 후 다시 시도해 주세요", "Please try again in a moment"),
}

_CHECKING = (
    "결제를 확인하고 있습니다. 다시 결제하지 마세요.",
    "We are confirming your payment. Please do not pay again.",
)
_MESSAGES = {
    "payment_complete": ("결제가 완료되었습니다.", "Your payment is complete."),
    "zero_amount": (
        "신청이 완료되었습니다. 오늘 결제된 금액은 없습니다.",
        "You're all set. Nothing was charged today.",
    ),
    "payment_method_registered": (
        "결제수단이 등록되었습니다. 결제된 금액은 없습니다.",
        "Your payment method is registered. Nothing was charged.",
    ),
    "not_paid_yet": ("아직 결제가 확인되지 않았습니다.", "This order has not been paid yet."),
    "awaiting_deposit": (
        "가상계좌가 발급되었습니다. 계좌번호는 스텝페이의 안내 문자나 메일에서 확인해 주세요. "
        "안내받은 계좌로 입금하시면 주문이 완료됩니다.",
        "A virtual account was issued. You find its number in StepPay's text message or e-mail. "
        "Your order completes when your deposit arrives.",
    ),
    "awaiting_bank_debit": (
        "계좌 출금이 끝나면 주문이 완료됩니다.",
        "Your order completes when the bank debit goes through.",
    ),
    "cancel_in_progress": ("결제 취소를 처리하고 있습니다.", "The cancellation is being processed."),
    "order_lagging": _CHECKING,
    "payment_failed": (
        "결제가 승인되지 않았습니다. 다시 시도해 주세요.",
        "The payment was declined. Please try again.",
    ),
    "not_paid_after_error": (
        "결제가 이루어지지 않았습니다. 다시 시도해 주세요.",
        "The payment did not go through. Please try again.",
    ),
    "shopper_canceled": (
        "결제가 취소되었습니다. 청구된 금액은 없습니다.",
        "Payment canceled. Nothing was charged.",
    ),
    "not_paid_after_cancel": (
        "결제가 취소되었습니다. 청구된 금액은 없습니다.",
        "Payment canceled. Nothing was charged.",
    ),
    "payment_canceled": ("결제가 취소되었습니다.", "The payment was canceled."),
    "partially_refunded": ("결제 금액의 일부가 환불되었습니다.", "Part of the payment was refunded."),
    "refunded": ("결제 금액이 환불되었습니다.", "The payment was refunded."),
    "order_id_mismatch": (
        "주문 정보가 일치하지 않습니다. 쇼핑몰에 문의해 주세요.",
        "The order does not match. Please contact the shop.",
    ),
    "amount_mismatch": (
        "주문 금액이 일치하지 않습니다. 쇼핑몰에 문의해 주세요.",
        "The amount does not match. Please contact the shop.",
    ),
    "currency_mismatch": (
        "주문 통화가 일치하지 않습니다. 쇼핑몰에 문의해 주세요.",
        "The currency does not match. Please contact the shop.",
    ),
    "order_not_found": ("주문을 찾을 수 없습니다.", "There is no such order."),
    "no_order": (
        "이 주소에는 결제할 주문이 없습니다. 링크가 잘렸거나 잘못 입력되었을 수 있습니다.",
        "There is no order at this address. The link may be cut off or mistyped.",
    ),
    "busy": (
        "지금은 결제창을 열 수 없습니다. 아직 결제되지 않았다면 잠시 후 다시 시도해 주세요.",
        "The payment page cannot be opened just now. If you have not paid yet, try again in a moment.",
    ),
    "neutral": (
        "주문을 확인할 수 없습니다. 쇼핑몰로 돌아가 주문 내역을 확인해 주세요.",
        "Please go back to the shop and look at your orders.",
    ),
}

_PAGE_TITLES = {"payment_method_registered": ("결제수단이 등록되었습니다", "Payment method registered")}
_PAGE_TEXTS = {
    "not_paid_yet": (
        "결제를 마치셨다면 잠시 후 '다시 확인'을 눌러 주세요.",
        'If you have paid, choose "Check again" in a moment.',
    ),
}
"""Where a page of ours says more than the sentence for programs: it has the button that it speaks of."""
_PART = ("결제 금액 {amount} 중 {returned}이 환불되었습니다.", "{returned} of {amount} was refunded.")

_BOTH = ("amount", "returnedAmount")

_LABELS = {
    "back": ("쇼핑몰로 돌아가기", "Back to the shop"),
    "close": ("창 닫기", "Close this window"),
    "order": ("주문번호", "Order"),
    "amount": ("금액", "Amount"),
    "returned": ("환불 금액", "Refunded"),
    "again": ("다시 확인", "Check again"),
    "stop": ("자동 확인 멈추기", "Stop checking by itself"),
    "retry": ("다시 시도", "Try again"),
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
    """One sentence; every reason without its own means that we are still confirming."""
    return _MESSAGES.get(reason, _CHECKING)[LANGUAGES.index(lang)]


def with_message(verdict: Mapping[str, object], lang: str) -> dict[str, object]:
    return {**verdict, "message": _refunded_part(verdict, lang) or message(str(verdict["reason"]), lang)}


def _refunded_part(verdict: Mapping[str, object], lang: str) -> str | None:
    """An amount alone would leave open whether it went back or was kept."""
    if verdict["reason"] != "partially_refunded":
        return None
    amount, returned = (amount_text(verdict.get(name), verdict.get("currency"), lang) for name in _BOTH)
    return _PART[LANGUAGES.index(lang)].format(amount=amount, returned=returned) if amount and returned else None


def screen(kind: str, reason: str, lang: str) -> dict[str, str]:
    """Kind, title and text of a full screen. Waiting for a deposit looks calmer than "not paid"."""
    shown = "awaiting" if reason.startswith("awaiting_") else kind
    number = LANGUAGES.index(lang)
    title = (_PAGE_TITLES.get(reason) or _TITLES[shown])[number]
    text = _PAGE_TEXTS[reason][number] if reason in _PAGE_TEXTS else message(reason, lang)
    return {"kind": shown, "title": title, "text": text}


def labels(lang: str) -> dict[str, str]:
    return {name: texts[LANGUAGES.index(lang)] for name, texts in _LABELS.items()}


def amount_text(amount: object, currency: object, lang: str) -> str | None:
    """`18,000원` or `₩18,000`; other currencies by their code."""
    if type(amount) not in (int, float) or not isinstance(currency, str):
        return None
    if currency == "KRW":
        return f"{amount:,}원" if lang == "ko" else f"₩{amount:,}"
    return f"{amount:,} {currency}"
