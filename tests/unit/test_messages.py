"""Whatever the rules conclude, a person can read it in both languages."""

from __future__ import annotations

import ast
import inspect

import pytest

from tests.vectors import VECTORS
from widget_server import errors
from widget_server.domain import rules
from widget_server.domain.model import VerdictKind
from widget_server.web.messages import LANGUAGES, amount_text, labels, message, screen

CHECKING = {
    "ko": "결제를 확인하고 있습니다. 다시 결제하지 마세요.",
    "en": "We are confirming your payment. Please do not pay again.",
}


def reasons_by_kind() -> list[tuple[str, str]]:
    """Every `Finding(VerdictKind.X, "reason")` in the source of the rules, and what the examples hold."""
    found = {(row["expect"]["verdict"], row["expect"]["reason"]) for row in VECTORS}
    for node in ast.walk(ast.parse(inspect.getsource(rules))):
        match node:
            case ast.Call(func=ast.Name(id="Finding"), args=[ast.Attribute(attr=kind), ast.Constant(value=reason)]):
                found.add((VerdictKind[kind].value, reason))
    return sorted(found)


def test_the_rules_can_conclude_every_kind() -> None:
    assert {kind for kind, _ in reasons_by_kind()} == {kind.value for kind in VerdictKind}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("kind", "reason"), reasons_by_kind())
def test_every_finding_has_a_title_and_a_sentence(kind: str, reason: str, lang: str) -> None:
    shown = screen(kind, reason, lang)
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
@pytest.mark.parametrize("fault", [*errors.UpstreamFault.__subclasses__(), errors.UpstreamFault])
def test_an_outage_reads_as_do_not_pay_again(fault: type[errors.UpstreamFault], lang: str) -> None:
    assert screen("unknown", fault.code, lang)["text"] == CHECKING[lang]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_labels_and_neutral_screens_exist(lang: str) -> None:
    assert all(labels(lang).values())
    assert screen("neutral", "neutral", lang)["text"]


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
