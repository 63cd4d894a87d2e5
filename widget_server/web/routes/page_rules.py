"""`GET /v1/pages?path=/pricing`: the rule for a page. Public, so any cache may keep it, one answer for each origin."""

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
    "How the checkout of one page behaves, by the merchant's page rules. Kept for a minute. "
    "A page whose origin is not allowed gets no `payUrl`: it pays by its plain links.",
    tag="Widget",
    parameters=(
        Parameter("path", "The page's path; `/` without it.", {"type": "string", "default": "/"}, "/pricing", "query"),
    ),
    responses=(ResponseSpec(200, "The first rule that matches.", PageRuleResponse, examples={"rule": PAGE_RULE}),),
    errors=(RateLimited,),
)


def page_rules_blueprint(deps: Deps) -> Blueprint:
    blueprint = Blueprint("pages", __name__)
    template, origins = pay_url_template(deps.settings.steppay_api_url), deps.settings.cors_origins

    @blueprint.get("/v1/pages")
    @describe(_RULE)
    def page_rule() -> Response:
        path = request.args.get("path", "/")[:_LONGEST_PATH]
        rule = deps.rules.find(path if path.startswith("/") else "/")
        members = {camel_case(name): value for name, value in asdict(rule).items()}
        foreign = request.headers.get("Origin", origins[0]) not in origins  # a page of our own origin sends none
        response = jsonify({**members, "payUrl": None if foreign else template})
        response.vary.add("Origin")
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    return blueprint
