"""The dashboard, the alert rules and the document name metrics, labels and values that a real scrape has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.app_fixture import METRICS_KEY, FakeStepPay, World
from tests.support.metrics_helpers import BEARER, names, scrape
from widget_server.app import create_app
from widget_server.config import Secret

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "operations"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text("utf-8"))
RULES: dict[str, Any] = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))
DOCUMENT = (FOLDER / "metrics.md").read_text("utf-8")
NAME = re.compile(r"\bwidget_[a-z_]+\b")
SELECTOR = re.compile(r"(widget_[a-z_]+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
ADDED_BY_PROMETHEUS = {"instance", "job"}


def expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))
    yield from (variable["definition"] for variable in DASHBOARD["templating"]["list"] if "definition" in variable)
    yield from (rule["expr"] for group in RULES["groups"] for rule in group["rules"])


@pytest.fixture
def told(world: World, steppay: FakeStepPay) -> dict[str, set[str]]:
    """Of the application as it is put together for production, after one verification."""
    client = create_app(replace(world.settings, metrics_key=Secret(METRICS_KEY))).test_client()
    client.post("/v1/verify", json={"orderCode": steppay.paid()})
    assert client.get("/metrics", headers=BEARER).mimetype == "text/plain"
    return dict(names(scrape(client)))


def test_every_name_label_and_value_in_an_expression_is_in_a_scrape(told: dict[str, set[str]]) -> None:
    assert sum(len(MATCHER.findall(selected)) for one in expressions() for _, selected in SELECTOR.findall(one)) > 20
    for expression in expressions():
        used = NAME.findall(expression)
        assert used, expression
        assert set(used) <= told.keys(), expression
        for name, matchers in SELECTOR.findall(expression):
            for label, how, text in MATCHER.findall(matchers):
                values = {word.partition("=")[2] for word in told[name] if word.startswith(f"{label}=")}
                assert label in ADDED_BY_PROMETHEUS or values, expression
                words = text.split("|") if how in ("=~", "!~") else [text]
                assert label in ADDED_BY_PROMETHEUS or set(words) <= values, expression
        for labels in GROUPED.findall(expression):
            known = {word.partition("=")[0] for name in used for word in told[name]} | ADDED_BY_PROMETHEUS
            assert {label.strip() for label in labels.split(",")} <= known, expression


def test_the_document_explains_every_metric_and_no_other(told: dict[str, set[str]]) -> None:
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in told}
    explained = set(re.findall(r"^\| `(widget_[a-z_]+)`", DOCUMENT, re.MULTILINE))
    assert explained == families


def test_every_alert_says_what_it_means_and_how_urgent_it_is() -> None:
    rules = [rule for group in RULES["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 10
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith((".", "?"))


def test_every_panel_has_a_title_a_text_and_a_place_of_its_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        fields = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert panel["title"]
        assert place["x"] + place["w"] <= 24
        assert not taken & fields
        assert panel["type"] == "row" or panel["description"].endswith(".")
        taken |= fields
