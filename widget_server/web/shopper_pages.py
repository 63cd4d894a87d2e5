"""The pages that shoppers read: a verdict, or why there is none. Without JavaScript, in Korean and English."""

from collections.abc import Mapping
from typing import Any

from flask import Response, render_template, request

from widget_server.config import Settings, origin_of
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.web.openapi.operations import ResponseSpec
from widget_server.web.translations import amount_label, amount_text, labels, language, notice_screen, verdict_screen


def page_answer(status: int, text: str, *headers: str) -> ResponseSpec:
    """The OpenAPI description of such a page."""
    return ResponseSpec(status, text, {"type": "string"}, ("text/html; charset=utf-8",), headers=headers)


def page_headers(frame_ancestors: tuple[str, ...]) -> dict[str, str]:
    """`default-src 'none'` and own files only; framed by the shops alone."""
    csp = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors {' '.join(frame_ancestors)}"
    )
    return {"Content-Security-Policy": csp, "Cache-Control": "no-store", "Vary": "Accept-Language"}


def way_to_shop(origin: str | None, page: str | None, settings: Settings) -> str:
    """The shop's page that the shopper came from, if it is of an allowed origin, else the shop's first page."""
    if page is not None and origin_of(page) in settings.allowed_origins:
        return page
    return (origin or settings.allowed_origins[0]) + "/"


def verdict_page(verdict: Mapping[str, Any], lang: str, status: int = 200, **more: object) -> Response:
    """`more`: what else `return.html` shows."""
    kind = VerdictKind(verdict["verdict"])
    page = _render(
        "return.html",
        lang,
        screen=verdict_screen(kind, verdict["reason"], lang),
        amount_label=amount_label(kind, verdict["reason"]),
        verdict=verdict,
        amount_text=amount_text(verdict.get("amount"), verdict.get("currency"), lang),
        returned_text=verdict.get("returnedAmount")
        and amount_text(verdict["returnedAmount"], verdict.get("currency"), lang),
        order_code=verdict["orderCode"],
        **more,
    )
    return Response(page, status)


def notice_page(status: int, name: str, back: str, locale: str | None = None, **more: object) -> Response:
    """A page that says nothing about a payment. `name`: one of the notices of `web/translations.py`."""
    lang = language(request, locale)
    page = _render("return_unknown.html", lang, screen=notice_screen(name, lang), shop_url=back, **more)
    return Response(page, status)


def _render(template: str, lang: str, **values: object) -> str:
    return render_template(template, lang=lang, labels=labels(lang), **values)
