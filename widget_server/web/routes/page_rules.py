"""`GET /v1/pages?path=/pricing`: the rule for a page. Public and the same for all clients, so any cache may keep
it."""

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from widget_server.domain.pay_url import pay_url_template
from widget_server.errors import RateLimited
from widget_server.web.deps import Deps
from widget_server.web.openapi.examples import PAGE_RULE
from widget_server.web.openapi.operations import Operation, Parameter, ResponseSpec, describe
from widget_server.web.openapi.response_schemas import PageRuleResponse
from widget_server.web.schemas import camel_case

_LONGEST_PATH = 1024
_RULE = Operation(
    "The rule for a page",
    "How the checkout of one page behaves, by the merchant's page rules. The same for all clients; kept for a minute.",
    tag="Widget",
    parameters=(
        Parameter("path", "The page's path; `/` without it.", {"type": "string", "default": "/"}, "/pricing", "query"),
    ),
    responses=(ResponseSpec(200, "The first rule that matches.", PageRuleResponse, examples={"rule": PAGE_RULE}),),
    errors=(RateLimited,),
)


def page_rules_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("pages", __name__)
    template = pay_url_template(deps.settings.steppay_api_url)

    @blueprint.get("/v1/pages")
    @describe(_RULE)
    def page_rule() -> Response:
        path = request.args.get("path", "/")[:_LONGEST_PATH]
        rule = deps.rules.find(path if path.startswith("/") else "/")
        response = jsonify({**{camel_case(name): value for name, value in asdict(rule).items()}, "payUrl": template})
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    return blueprint
