"""A page from its template: language, words and the session's form token for all of them."""

from __future__ import annotations

from datetime import datetime

from flask import Response, g, render_template, request

from widget_server.web.admin import formatting
from widget_server.web.translations import language


def page(template: str, now: datetime, status: int = 200, **values: object) -> Response:
    lang = language(request)
    writers = {
        "t": formatting.pick(lang),
        "word": formatting.word(lang),
        "moment": formatting.moment(now),
        "whole": formatting.whole_moment,
        "stamp": formatting.stamp,
        "money": formatting.money(lang),
        "span": formatting.span(lang),
        "up_to": formatting.up_to(lang),
    }
    text = render_template(
        f"admin/{template}", lang=lang, now=now, path=request.path, token=g.get("form_token", ""), **writers, **values
    )
    response = Response(text, status)
    response.vary.add("Accept-Language")
    return response
