"""Whatever the rules conclude, a person can read it in both languages."""

from __future__ import annotations

import re

import pytest

from tests.vectors import VECTORS
from widget_server import errors
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import REASONS
from widget_server.web.translations import (
    LANGUAGES,
    amount_label,
    amount_text,
    labels,
    message,
    notice_screen,
    verdict_screen,
    with_message,
)

CHECKING = {
    "ko": "결제를 확인하고 있습니다. 다시 결제하지 마세요.",
    "en": "We are confirming your payment. Please do not pay again.",
}


def reasons_by_kind() -> list[tuple[str, str]]:
    """Every row of the table of reasons, and what the examples hold."""
    told = {(facts.kind.value, reason) for reason, facts in REASONS.items()}
    return sorted(told | {(row["expect"]["verdict"], row["expect"]["reason"]) for row in VECTORS})


def test_the_rules_can_conclude_every_kind() -> None:
    assert {kind for kind, _ in reasons_by_kind()} == {kind.value for kind in VerdictKind}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("kind", "reason"), reasons_by_kind())
def test_every_finding_has_a_title_and_a_sentence(kind: str, reason: str, lang: str) -> None:
    shown = verdict_screen(VerdictKind(kind), reason, lang)
    assert shown["title"]
    assert shown["text"].endswith((".", "다."))
    assert shown["text"].isascii() == (lang == "en")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("kind", "reason"), reasons_by_kind())
def test_only_a_doubt_reads_as_do_not_pay_again(kind: str, reason: str, lang: str) -> None:
    doubtful = kind == "unknown" or reason == "order_lagging"
    expected = doubtful and reason != "order_not_found"
    assert (message(reason, lang) == CHECKING[lang]) == expected


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("fault", [*errors.UpstreamError.__subclasses__(), errors.UpstreamError])
def test_an_outage_reads_as_do_not_pay_again(fault: type[errors.UpstreamError], lang: str) -> None:
    assert verdict_screen(VerdictKind.UNKNOWN, fault.code, lang)["text"] == CHECKING[lang]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_labels_and_screens_without_a_verdict_exist(lang: str) -> None:
    assert all(labels(lang).values())
    assert all(notice_screen("unidentified", lang).values())


@pytest.mark.parametrize(
    ("verdict", "ko", "en"),
    [
        (
            {"reason": "partially_refunded", "amount": 18000, "returnedAmount": 9000, "currency": "KRW"},
            "결제 금액 18,000원 중 9,000원이 환불되었습니다.",
            "₩9,000 of ₩18,000 was refunded.",
        ),
        (
            {"reason": "partially_refunded", "amount": 18000, "returnedAmount": 9000, "currency": None},
            "결제 금액의 일부가 환불되었습니다.",
            "Part of the payment was refunded.",
        ),
        (
            {"reason": "refunded", "amount": 18000, "returnedAmount": 18000, "currency": "KRW"},
            "결제 금액이 환불되었습니다.",
            "The payment was refunded.",
        ),
    ],
)
def test_a_partial_refund_says_what_went_back(verdict: dict[str, object], ko: str, en: str) -> None:
    verdict = {"verdict": verdict["reason"], **verdict}
    assert (with_message(verdict, "ko")["message"], with_message(verdict, "en")["message"]) == (ko, en)


@pytest.mark.parametrize("reason", ["zero_amount", "payment_method_registered", "awaiting_deposit", "shopper_canceled"])
def test_titles_fit_their_sentences_and_words_are_the_same_everywhere(reason: str) -> None:
    kind = {"awaiting_deposit": "pending", "shopper_canceled": "canceled"}.get(reason, "no_charge")
    shown = verdict_screen(VerdictKind(kind), reason, "ko")
    assert shown["text"].startswith(shown["title"]) or reason == "awaiting_deposit"
    words = shown["title"] + shown["text"] + "".join(labels("ko").values())
    assert not re.search("상점|주문 번호|했습니다|하고 있어요", words)


@pytest.mark.parametrize(
    ("amount", "currency", "ko", "en"),
    [
        (18000, "KRW", "18,000원", "₩18,000"),
        (0, "KRW", "0원", "₩0"),
        (9.5, "USD", "9.5 USD", "9.5 USD"),
        (None, "KRW", None, None),
        (True, "KRW", None, None),
        (1, None, None, None),
    ],
)
def test_amounts_read_as_people_write_them(amount: object, currency: object, ko: str | None, en: str | None) -> None:
    assert amount_text(amount, currency, "ko") == ko
    assert amount_text(amount, currency, "en") == en


def test_only_what_was_charged_reads_as_paid() -> None:
    named = {reason: amount_label(facts.kind, reason) for reason, facts in REASONS.items()}
    assert {r for r, name in named.items() if name == "amount_paid"} == {
        "payment_complete",
        "partially_refunded",
        "refunded",
    }
    assert {r for r, name in named.items() if name == "amount_due"} == {"awaiting_deposit", "awaiting_bank_debit"}
