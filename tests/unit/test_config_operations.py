"""Who may watch the server, and where what it sees goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_config import GOOD, TOKEN, problems
from widget_server.config import read_settings

KEY = "3f9c1b7a5e8d4026b1c7a9e5d3f80142"
WRONG_KEYS = ["short", "a" * 40, f"{KEY} x", f"{KEY}\n", "change-me-" + KEY, "é" * 40]
WRONG_URLS = ["collector:4318", "ftp://collector/v1/traces", "http://a:b@collector/", "http://collector/?token=x", "x"]


def test_nothing_is_counted_or_traced_unless_it_is_turned_on() -> None:
    for text in ("", " "):
        settings = read_settings(GOOD | dict.fromkeys(("WIDGET_METRICS_KEY", "WIDGET_TRACES_URL"), text))
        assert (settings.metrics_key, settings.traces_url, settings.metrics_enabled) == (None, None, False)
    settings = read_settings(GOOD | {"WIDGET_METRICS_KEY": KEY})
    assert settings.metrics_enabled
    assert KEY not in f"{settings!r} {settings.metrics_key}"


@pytest.mark.parametrize("key", WRONG_KEYS)
def test_a_weak_metrics_key_stops_the_start(key: str) -> None:
    (problem,) = problems(GOOD | {"WIDGET_METRICS_KEY": key})
    assert problem.startswith("WIDGET_METRICS_KEY: must be random")
    assert key not in problem


@pytest.mark.parametrize("other", ["STEPPAY_SECRET_TOKEN", "WIDGET_API_KEY"])
def test_the_metrics_key_is_no_other_secret(other: str) -> None:
    key = TOKEN + KEY
    (problem,) = problems(GOOD | {other: key, "WIDGET_METRICS_KEY": key})
    assert problem.startswith("WIDGET_METRICS_KEY: must differ")


def test_a_folder_of_figures_must_be_there(tmp_path: Path) -> None:
    assert read_settings(GOOD | {"WIDGET_METRICS_DIR": str(tmp_path)}).metrics_dir == tmp_path
    (problem,) = problems(GOOD | {"WIDGET_METRICS_DIR": str(tmp_path / "canary")})
    assert problem == "WIDGET_METRICS_DIR: names no folder"


@pytest.mark.parametrize("url", WRONG_URLS)
def test_traces_go_to_a_plain_address(url: str) -> None:
    (problem,) = problems(GOOD | {"WIDGET_TRACES_URL": url})
    assert problem.startswith("WIDGET_TRACES_URL: must be")


def test_a_collector_is_named_by_its_address() -> None:
    for url in ("http://127.0.0.1:4318/v1/traces", "https://collector.shop.kr/v1/traces"):
        assert read_settings(GOOD | {"WIDGET_TRACES_URL": url}).traces_url == url
