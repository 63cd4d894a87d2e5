"""A server that is set up wrongly does not start: exit code 2, the setting named, no value repeated, no port bound."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.app_fixture import TOKEN, environment
from widget_server.cli import main, serve
from widget_server.demo import run
from widget_server.demo.serving import serving

BAD_TOKENS = [
    *(
        "",
        "   ",
        "abc\ndef-1234567",
        "abcdefgh12\r\nX-Evil: 1",
        "{Secret-Token}",
        "${Secret-Token}",
        "<Your Secret-Token>",
    ),
    *("changeme", "your-steppay-secret-key", "<the Secret-Token from StepPay's portal>"),
]
BAD_ADDRESSES = [
    *("http://api.steppay.kr", "https://user:pw@api.steppay.kr", "https://api.steppay.kr/api", "https://203.0.113.7"),
    *("https://api.example.com", "https://api.steppay.kr.evil.tld", "http://127.0.0.1:8082"),
]


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Good settings of a production server; a start that gets as far as the port fails the test."""

    def bound(*_: object) -> None:
        raise AssertionError("the server went on to its port")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serve, "check_address", bound)
    return environment("https://api.steppay.kr", tmp_path / "widget.db") | {"WIDGET_ENV": "production"}


def start(settings: dict[str, str]) -> Result:
    return CliRunner().invoke(main, ["serve", "--port", "0"], env=settings)


def assert_refused(settings: dict[str, str], name: str) -> None:
    result = start(settings)
    assert result.exit_code == 2, result.output
    assert f"  - {name}: " in result.output
    assert len(settings[name].strip()) < 6 or settings[name].strip() not in result.output
    assert TOKEN not in result.output
    assert not Path("widget.db").exists()


def test_the_settings_of_these_tests_would_start(production: dict[str, str]) -> None:
    assert isinstance(start(production).exception, AssertionError)


@pytest.mark.parametrize("token", BAD_TOKENS)
def test_CF_01_no_token_or_a_copied_placeholder_does_not_start(production: dict[str, str], token: str) -> None:
    assert_refused(production | {"STEPPAY_SECRET_TOKEN": token}, "STEPPAY_SECRET_TOKEN")


@pytest.mark.parametrize("value", ["1", "true", "yes", "on"])
@pytest.mark.parametrize("env", ["production", "sandbox"])
def test_CF_02_a_debugger_does_not_start(production: dict[str, str], env: str, value: str) -> None:
    assert_refused(production | {"FLASK_DEBUG": value, "WIDGET_ENV": env}, "FLASK_DEBUG")


def test_CF_02_the_development_server_is_never_bound_to_the_outside() -> None:
    ports = {"shop_port", "server_port", "simulator_port", "brand_port"}
    assert {option.name for option in main.commands["demo"].load().params} == ports
    hosts = [line.strip() for line in inspect.getsource(run).splitlines() if "serving(" in line and "host" in line]
    assert hosts == ['with serving(_simulator(public_url, token, webhook, products), port, "--port", host=host):']
    assert inspect.signature(serving).parameters["host"].default == "127.0.0.1"


@pytest.mark.parametrize("url", BAD_ADDRESSES)
def test_CF_04_the_token_goes_to_steppays_address_or_nowhere(production: dict[str, str], url: str) -> None:
    assert_refused(production | {"STEPPAY_API_URL": url}, "STEPPAY_API_URL")


@pytest.mark.parametrize(
    "origin", ["https://.*\\.shop.example", "*.shop.example", "https://*.shop.kr", "*", "null", "https://shop.kr/"]
)
def test_CO_04_a_pattern_of_origins_does_not_start(production: dict[str, str], origin: str) -> None:
    settings = production | {"WIDGET_ALLOWED_ORIGINS": f"https://shop.kr,{origin}"}
    assert_refused(settings, "WIDGET_ALLOWED_ORIGINS")
    assert "entry 2 " in start(settings).output
