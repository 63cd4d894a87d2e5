"""What the Flask extension reads of an application's configuration, and what follows where nothing is said."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from widget_server import StepPayCheckout
from widget_server.config import Settings
from widget_server.errors import ConfigurationError

TOKEN = "canary-T0ken-4f9a8b7c6d5e"
SANDBOX = {"STEPPAY_SECRET_TOKEN": TOKEN, "WIDGET_ENV": "sandbox", "WIDGET_PUBLIC_URL": "http://127.0.0.1:5000"}
PRODUCTION = {"STEPPAY_SECRET_TOKEN": TOKEN, "WIDGET_PUBLIC_URL": "https://shop.kr"}
Shop = Callable[..., Flask]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """An application with these settings and none in its environment."""
    monkeypatch.setattr("widget_server.cli.environment.os.environ", {})

    def make(**config: Any) -> Flask:
        app = Flask("shop", instance_path=str(tmp_path / "instance"))
        app.config.update(config)
        return app

    return make


def settings_of(app: Flask) -> Settings:
    StepPayCheckout(app)
    settings: Settings = app.extensions["steppay_checkout"].settings
    return settings


def problems_of(app: Flask) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as raised:
        StepPayCheckout(app)
    assert "steppay_checkout" not in app.extensions
    assert TOKEN not in str(raised.value)
    return raised.value.problems


def test_two_settings_are_enough(shop: Shop) -> None:
    app = shop(**PRODUCTION)
    settings = settings_of(app)
    assert settings.public_url == "https://shop.kr/steppay"
    assert settings.allowed_origins == ("https://shop.kr",)
    assert settings.database_url == f"sqlite:///{app.instance_path}/steppay.db"
    assert settings.signing_key_file == Path(app.instance_path, "steppay-signing-keys.json")
    assert Path(app.instance_path).is_dir()
    assert settings.notifies_backend


@pytest.mark.parametrize(
    ("config", "public_url"),
    [
        ({"WIDGET_PUBLIC_URL": "https://shop.kr/"}, "https://shop.kr/steppay"),
        ({"WIDGET_PUBLIC_URL": "https://shop.kr/steppay"}, "https://shop.kr/steppay"),
        ({"WIDGET_PUBLIC_URL": "https://kr.example/shop"}, "https://kr.example/shop/steppay"),
        ({"STEPPAY_CHECKOUT_PREFIX": "/pay/by-card/"}, "https://shop.kr/pay/by-card"),
        (
            {"WIDGET_PUBLIC_URL": None, "SERVER_NAME": "www.shop.kr", "PREFERRED_URL_SCHEME": "https"},
            "https://www.shop.kr/steppay",
        ),
        (
            {
                "WIDGET_PUBLIC_URL": None,
                "SERVER_NAME": "kr.example",
                "PREFERRED_URL_SCHEME": "https",
                "APPLICATION_ROOT": "/shop",
            },
            "https://kr.example/shop/steppay",
        ),
    ],
)
def test_the_public_url_is_the_shops_address_and_the_prefix(
    shop: Shop, config: dict[str, Any], public_url: str
) -> None:
    assert settings_of(shop(**{**PRODUCTION, **config})).public_url == public_url


def test_a_machine_of_a_developer_has_two_names(shop: Shop) -> None:
    assert settings_of(shop(**SANDBOX)).allowed_origins == ("http://127.0.0.1:5000", "http://localhost:5000")


def test_the_environment_fills_what_the_application_does_not_say(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {**PRODUCTION, "WIDGET_RATE_LIMIT": "9/minute", "STEPPAY_CHECKOUT_PREFIX": "/checkout"}
    monkeypatch.setattr("widget_server.cli.environment.os.environ", environ)
    settings = settings_of(shop(WIDGET_RATE_LIMIT="7/minute"))
    assert settings.public_url == "https://shop.kr/checkout"
    assert settings.rate_limit is not None
    assert settings.rate_limit.requests == 7


def test_values_as_python_developers_write_them(shop: Shop, tmp_path: Path) -> None:
    settings = settings_of(
        shop(
            **PRODUCTION,
            WIDGET_ALLOWED_ORIGINS=["https://shop.kr", "https://www.shop.kr"],
            WIDGET_TRUSTED_PROXIES=1,
            WIDGET_WEBHOOK_V1=True,
            WIDGET_RETENTION_DAYS=False,
            WIDGET_RATE_LIMIT=None,
            WIDGET_SIGNING_KEY_FILE=tmp_path / "keys.json",
        )
    )
    assert settings.allowed_origins == ("https://shop.kr", "https://www.shop.kr")
    assert (settings.trusted_proxies, settings.webhook_v1, settings.retention_days) == (1, True, None)
    assert settings.rate_limit is not None
    assert settings.signing_key_file == tmp_path / "keys.json"


def test_every_problem_is_named_and_no_value(shop: Shop) -> None:
    problems = problems_of(
        shop(
            STEPPAY_CHECKOUT_PREFIX="steppay?",
            STEPPAY_CHECKOUT_WORKER="process",
            STEPPAY_CHECKOUT_PREFX="/x",
            WIDGET_TRUSTED_PROXIES={"a": 1},
            WIDGET_RATE_LIMIT="often",
            WIDGET_ALOWED_ORIGINS="https://shop.kr",
        )
    )
    assert [problem.partition(":")[0] for problem in problems] == [
        "WIDGET_TRUSTED_PROXIES",
        "STEPPAY_CHECKOUT_PREFX",
        "WIDGET_ALOWED_ORIGINS",
        "STEPPAY_CHECKOUT_PREFIX",
        "STEPPAY_CHECKOUT_WORKER",
        "WIDGET_PUBLIC_URL",
        "STEPPAY_SECRET_TOKEN",
        "WIDGET_RATE_LIMIT",
    ]
    assert 'WIDGET_PUBLIC_URL = "http://127.0.0.1:5000"' in problems[5]


@pytest.mark.parametrize("address", ["shop.kr", "https://Shop.kr", "http://shop.kr"])
def test_a_wrong_address_is_one_problem_and_not_also_that_of_a_setting_which_is_not_there(
    shop: Shop, address: str
) -> None:
    names = [problem.partition(":")[0] for problem in problems_of(shop(**PRODUCTION | {"WIDGET_PUBLIC_URL": address}))]
    assert names == ["WIDGET_PUBLIC_URL"]


def test_settings_of_the_shop_that_begin_alike_are_its_own(shop: Shop) -> None:
    assert settings_of(shop(**PRODUCTION, STEPPAY_PRODUCT_CODE="product_1", WIDGET_COLOR="blue")).public_url


def test_kubernetes_describes_a_service_of_our_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    links = {"STEPPAY_CHECKOUT_PORT": "tcp://10.0.0.1:80", "STEPPAY_CHECKOUT_SERVICE_HOST": "10.0.0.1"}
    monkeypatch.setattr("widget_server.cli.environment.os.environ", links)
    assert settings_of(shop(**PRODUCTION)).public_url


def test_a_debugger_in_production_does_not_start(shop: Shop) -> None:
    app = shop(**PRODUCTION)
    app.debug = True
    assert [problem.partition(":")[0] for problem in problems_of(app)] == ["FLASK_DEBUG"]
    app.config.update(SANDBOX)
    assert settings_of(app).env == "sandbox"


def test_an_instance_folder_that_cannot_be_made(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("a file")
    problems = problems_of(shop(**PRODUCTION))
    assert problems[0].startswith("WIDGET_DATABASE_URL and WIDGET_SIGNING_KEY_FILE: ")


def test_metrics_of_all_processes_in_one_folder(shop: Shop) -> None:
    assert settings_of(shop(**PRODUCTION)).metrics_dir is None
    app = shop(**PRODUCTION, WIDGET_METRICS_KEY="canary-M3trics-5b8e1f0a7c3d4962e1f0b8a7c6d5")
    folder = settings_of(app).metrics_dir
    assert folder == Path(app.instance_path, "steppay-metrics")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_application_twice(shop: Shop) -> None:
    app = shop(**PRODUCTION)
    StepPayCheckout(app)
    with pytest.raises(RuntimeError, match="already"):
        StepPayCheckout(app)


def test_outside_of_an_application_that_has_it(shop: Shop) -> None:
    with shop().app_context(), pytest.raises(RuntimeError, match="init_app"):
        StepPayCheckout().tag()


@pytest.mark.parametrize("types", [(), ("payment.payed",), (print,), ("renewal.paid", "")])
def test_a_type_that_no_delivery_has(types: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=re.escape("payment.paid, ")):
        StepPayCheckout().on(*types)


def test_handlers_and_an_address_exclude_each_other(shop: Shop) -> None:
    elsewhere = {
        "WIDGET_NOTIFY_URL": "https://shop.kr/hook",
        "WIDGET_NOTIFY_SECRET": "whsec_" + "Q2FuYXJ5" * 5 + "QQ==",
    }
    checkout = StepPayCheckout()
    checkout.on("subscription.past_due")(print)
    with pytest.raises(ConfigurationError, match="WIDGET_NOTIFY_URL"):
        checkout.init_app(shop(**PRODUCTION, **elsewhere))
    late = StepPayCheckout(shop(**PRODUCTION, **elsewhere))
    with pytest.raises(ConfigurationError, match="WIDGET_NOTIFY_URL"):
        late.on("payment.paid")(print)


def test_the_helpers_of_merchants_load_neither_flask_nor_the_server() -> None:
    code = (
        "import sys, widget_server.merchant.webhooks, widget_server.merchant.verdicts;"
        "sys.exit(any(name in sys.modules for name in ('flask', 'sqlalchemy', 'widget_server.app')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
    with pytest.raises(ImportError):
        from widget_server import StepPayCheckOut  # type: ignore[attr-defined] # noqa: F401
