"""The OpenAPI document is valid, complete, made of the domain's own words, and tells nothing of the inside."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
from flask import Flask, jsonify
from jsonschema import Draft202012Validator
from marshmallow import Schema
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.app_fixture import TOKEN, World
from tests.support.openapi_conformance import watch
from widget_server import errors
from widget_server.adapters.page_rules import load_page_rules
from widget_server.app import create_app
from widget_server.domain.display_options import LOCALES, MODES, THEMES
from widget_server.domain.model import OrderType, PaymentStatus
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Reason
from widget_server.web.openapi import response_schemas
from widget_server.web.openapi.document import build_document, methods_of
from widget_server.web.openapi.operations import (
    EVERY_ROUTE,
    NotFoundProblem,
    Operation,
    ResponseSpec,
    describe,
    operation_of,
)

RULES = Path(__file__).resolve().parents[2] / "widget_server" / "domain" / "rules.py"


@pytest.fixture
def document(world: World) -> dict[str, Any]:
    answer = world.client.get("/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return dict(answer.json)


def test_the_document_is_valid_openapi_31(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_says_what_it_does(world: World, document: dict[str, Any]) -> None:
    rules = list(world.app.url_map.iter_rules())
    assert [rule.rule for rule in rules if operation_of(world.app.view_functions[rule.endpoint]) is None] == []
    assert sum(len(methods) for methods in document["paths"].values()) == sum(len(methods_of(rule)) for rule in rules)
    names = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))


def test_every_variable_of_a_path_is_described(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            given = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert given == set(re.findall(r"{(\w+)}", path)), path


def test_enums_are_the_domains_own(document: dict[str, Any]) -> None:
    said = document["components"]["schemas"]["Verdict"]["properties"]
    assert said["verdict"]["enum"] == [one.value for one in VerdictKind]
    assert said["reason"]["enum"] == list(get_args(Reason))
    assert said["orderType"]["enum"] == [*(one.value for one in OrderType), None]
    assert said["paymentStatus"]["enum"] == [*(one.value for one in PaymentStatus), None]


def test_every_listed_reason_is_one_that_the_rules_give() -> None:
    """The type checker proves the other half: no rule gives an unlisted one."""
    text = RULES.read_text(encoding="utf-8")
    assert {reason for reason in get_args(Reason) if f'"{reason}"' not in text} == set()


def test_page_rules_have_the_choices_that_the_rules_file_has(document: dict[str, Any], tmp_path: Path) -> None:
    """Every word of the page's own vocabulary, in every place: taken from the file if and only if it is documented."""
    said = document["components"]["schemas"]["PageRule"]["properties"]
    chosen = {"mode": "mode", "mode_mobile": "modeMobile", "locale": "locale", "theme": "theme"}
    file = tmp_path / "pages.toml"
    for name, word in product(chosen, {*MODES, *LOCALES, *THEMES, "sideways"}):
        file.write_text(f'[default]\n{name} = "{word}"\n', "utf-8")
        assert can_be_read(file) is (word in said[chosen[name]]["enum"]), (name, word)


def can_be_read(rules: Path) -> bool:
    try:
        load_page_rules(rules)
    except errors.ConfigurationError:
        return False
    return True


IN_PYTHON_ALONE = {"order_not_bound"}
"""Of `services/create_order.py`, which no route calls."""


def test_every_error_class_is_an_answer_of_some_route(world: World) -> None:
    views = [operation_of(world.app.view_functions[rule.endpoint]) for rule in world.app.url_map.iter_rules()]
    told = {kind.code for view in views if view for kind in (*view.errors, *EVERY_ROUTE)}
    declared = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "code")}
    assert told == declared - IN_PYTHON_ALONE | {NotFoundProblem.code}


def test_each_example_is_an_instance_of_its_schema(world: World, document: dict[str, Any]) -> None:
    """OpenAPI's validator checks no `examples`."""
    faults = [
        f"{path} {status} {name}: {error.message}"
        for path, methods in document["paths"].items()
        for operation in methods.values()
        for status, said in (operation["responses"] | {"body": operation.get("requestBody", {})}).items()
        for content in said.get("content", {}).values()
        for name, example in content.get("examples", {}).items()
        for error in Draft202012Validator({**content["schema"], "components": document["components"]}).iter_errors(
            example["value"]
        )
    ]
    assert faults == []


def test_the_document_holds_nothing_of_the_inside(world: World) -> None:
    for path in ("/openapi.json", "/docs"):
        text = world.client.get(path).text
        inside = [TOKEN, str(world.settings.database_url), world.settings.steppay_api_url, str(RULES.parents[2])]
        assert [value for value in inside if value in text] == []
        assert not re.search(
            r"Secret-Token|idKey|sqlite|postgres|Traceback|\.py\b|widget_server|/tmp/|[\w.]+@(?!example\.com)[\w.]+",
            text,
        )
        assert not re.search(r"01[016789]-?\d{3,4}-?\d{4}", text)  # no telephone number of Korea


def test_the_document_is_built_once_and_only_when_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []

    def build(app: Flask, public_url: str) -> dict[str, Any]:
        built.append(public_url)
        return build_document(app, public_url)

    monkeypatch.setattr("widget_server.web.openapi.routes.build_document", build)
    client = create_app(world.settings, world.deps).test_client()
    assert built == []
    for path in ("/openapi.json", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 200
    assert built == [world.settings.public_url]


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_an_unchanged_document_is_not_sent_twice(world: World, path: str) -> None:
    first = world.client.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = world.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_any_page_may_read_the_document_but_none_may_frame_the_page(world: World) -> None:
    document, page = world.client.get("/openapi.json"), world.client.get("/docs")
    assert document.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in page.headers
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_the_page_shows_every_route_and_needs_no_script(world: World, document: dict[str, Any]) -> None:
    page = world.client.get("/docs")
    for path, methods in document["paths"].items():
        assert f"<code>{path}</code>" in page.text
        assert all(f'<article id="{one["operationId"]}"' in page.text for one in methods.values())
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page.text)
    assert re.findall(r"<script[^>]*>", page.text) == ['<script defer src="/assets/js/docs.js">']
    assert re.findall(r"<(?:form|input|button)[^>]*>", page.text.partition("<template")[0])[0].endswith(" hidden>")
    addresses = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert {address for address in addresses if address[0] not in "/#?"} == set()
    targets = {address[1:] for address in addresses if address[0] == "#"}
    assert {name for name in targets if f'id="{name}"' not in page.text} == set()
    files = {address for address in addresses if address.startswith("/assets/")}
    assert {world.client.get(file).status_code for file in files} == {200}


def test_the_merchants_own_routes_ask_for_its_key() -> None:
    app = Flask("toy")
    hidden = Operation(
        "Hidden",
        "For the backend.",
        "Verdict",
        (ResponseSpec(200, "Yes.", response_schemas.HealthResponse),),
        merchant_only=True,
    )
    app.get("/v1/hidden")(describe(hidden)(lambda: jsonify(status="ok")))
    document = build_document(app, "https://pay.shop.test")
    assert document["paths"]["/v1/hidden"]["get"]["security"] == [{"merchant": []}]
    assert document["components"]["securitySchemes"]["merchant"] == {"type": "http", "scheme": "bearer"}
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


@pytest.mark.parametrize(
    ("body", "status"), [({"status": "ok", "email": "x"}, 200), ({}, 200), ({"status": "ok"}, 202)]
)
def test_an_answer_that_is_not_described_is_noticed(body: dict[str, str], status: int) -> None:
    app, noticed = Flask("toy"), list[str]()
    said = Operation("Toy", "A toy.", "Verdict", (ResponseSpec(200, "Yes.", response_schemas.HealthResponse),))
    app.get("/toy")(describe(said)(lambda: (jsonify(body), status)))
    watch(app, noticed)
    app.test_client().get("/toy")
    assert len(noticed) == 1


def test_every_schema_class_is_used(document: dict[str, Any]) -> None:
    classes = [one for one in vars(response_schemas).values() if isinstance(one, type) and issubclass(one, Schema)]
    names = {one.__name__.removesuffix("Response") for one in classes if one.__name__.endswith("Response")} - {"_"}
    assert names <= set(document["components"]["schemas"])
