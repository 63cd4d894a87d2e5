"""`GET /v1/pages?path=/pricing`: the rule for a page. Public and the same for everybody, so any cache may keep it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from widget_server.domain.pay_url import pay_url_template
from widget_server.web.deps import Deps

_LONGEST_PATH = 1024


def pages_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("pages", __name__)
    template = pay_url_template(deps.settings.steppay_api_url)

    @blueprint.get("/v1/pages")
    def page_rule() -> Response:
        path = request.args.get("path", "/")[:_LONGEST_PATH]
        rule = deps.rules.find(path if path.startswith("/") else "/")
        response = jsonify(
            {
                "mode": rule.mode,
                "modeMobile": rule.mode_mobile,
                "locale": rule.locale,
                "theme": rule.theme,
                "payUrl": template,
            }
        )
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    return blueprint
