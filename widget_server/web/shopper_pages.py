"""The pages that shoppers read: a verdict, or why there is none. They need no JavaScript, speak Korean and English, and
show what the settings say of the shop."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request

from widget_server.config import Settings, origin_of
from widget_server.domain.opening import may_pay_another_way
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.web.openapi.operations import ResponseSpec
from widget_server.web.translations import (
    amount_label,
    amount_text,
    is_charged,
    labels,
    language,
    moment_text,
    notice_screen,
    verdict_screen,
)

PAY_PATH = "/v1/pay"
_MAY_ASK = (VerdictKind.PENDING, VerdictKind.FAILED, VerdictKind.MISMATCH, VerdictKind.UNKNOWN)
"""Something went wrong, or is not known: the page names whom to ask."""


def page_answer(status: int, text: str, *headers: str) -> ResponseSpec:
    """The OpenAPI description of such a page."""
    return ResponseSpec(status, text, {"type": "string"}, ("text/html; charset=utf-8",), headers=headers)


def page_headers(settings: Settings, frame_ancestors: tuple[str, ...] | None = None) -> dict[str, str]:
    """`default-src 'none'`, own files and the shop's logo only; framed by the shops alone, if nothing else is given."""
    logo = origin_of(settings.shop_logo_url) if settings.shop_logo_url else None
    csp = (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"img-src 'self'{f' {logo}' if logo else ''}; connect-src 'self'; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors {' '.join(frame_ancestors or settings.frame_ancestors)}"
    )
    return {"Content-Security-Policy": csp, "Cache-Control": "no-store", "Vary": "Accept-Language"}


def pay_link(order_code: str, settings: Settings, page: str | None = None, **query: str) -> str:
    """The path of the order's payment link. `page`: the shop's page to go back to."""
    text = urlencode({**query, **({"return": page} if page else {})})
    return f"{settings.base_path}{PAY_PATH}/{order_code}" + (f"?{text}" if text else "")


def way_to_shop(origin: str | None, page: str | None, settings: Settings) -> str:
    """The shop's page that the shopper came from, if it is of an allowed origin, else the shop's first page."""
    if page is not None and origin_of(page) in settings.allowed_origins:
        return page
    return (origin or settings.allowed_origins[0]) + "/"


def verdict_page(
    verdict: Mapping[str, Any], lang: str, settings: Settings, status: int = 200, **more: object
) -> Response:
    """`more`: what else `return.html` shows."""
    kind, currency = VerdictKind(verdict["verdict"]), verdict.get("currency")
    is_settled = is_charged(kind) or kind is VerdictKind.NO_CHARGE or may_pay_another_way(verdict)
    page = _render(
        "return.html",
        lang,
        settings,
        screen=verdict_screen(kind, verdict["reason"], lang),
        amount_label=amount_label(kind, verdict["reason"]),
        amount_text=amount_text(verdict.get("amount"), currency, lang),
        returned_text=verdict.get("returnedAmount") and amount_text(verdict["returnedAmount"], currency, lang),
        paid_text=moment_text(verdict.get("paymentDate"), lang) if is_charged(kind) else None,
        order_code=verdict["orderCode"],
        orders_url=settings.shop_orders_url if is_settled else None,
        support=settings.shop_support if kind in _MAY_ASK else None,
        **more,
    )
    return Response(page, status)


def notice_page(
    status: int, name: str, back: str, settings: Settings, *, locale: str | None = None, **more: object
) -> Response:
    """A page that says nothing about a payment. `name`: one of the notices of `web/translations.py`."""
    lang = language(request, locale)
    shown = {"screen": notice_screen(name, lang), "shop_url": back, "support": settings.shop_support}
    return Response(_render("return_unknown.html", lang, settings, **shown, **more), status)


def _render(template: str, lang: str, settings: Settings, **values: object) -> str:
    return render_template(
        template,
        lang=lang,
        labels=labels(lang),
        shop_name=settings.shop_name,
        logo_url=settings.shop_logo_url,
        logo_text="" if settings.shop_name else _host(settings.shop_logo_url),
        **values,
    )


def _host(url: str | None) -> str:
    return (origin_of(url or "") or "").partition("://")[2]
