"""A page from its template: language, labels and the session's form token for all of them."""

from datetime import datetime

from flask import Response, g, render_template, request

from widget_server.web.admin.formatting import Formatter
from widget_server.web.translations import language

_WRITERS = ("t", "label", "tone", "moment", "whole_moment", "recorded_moment", "money", "duration", "gap", "up_to")


def page(template: str, now: datetime, status: int = 200, **values: object) -> Response:
    lang = language(request)
    formatter = Formatter(lang, now)
    writers = {name: getattr(formatter, name) for name in _WRITERS}
    shared = {"lang": lang, "now": now, "path": request.path, "token": g.get("form_token", "")}
    response = Response(render_template(f"admin/{template}", **shared, **writers, **values), status)
    response.vary.add("Accept-Language")
    return response


def see_other(path: str) -> Response:
    """303: whatever the request was, the answer is at `path`."""
    return Response(status=303, headers={"Location": path})
