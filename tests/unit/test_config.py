"""A wrong setting stops the start, every problem is named at once, and no value is ever repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from widget_server.config import STEPPAY_API_URL, Secret, Settings, origin_of, read_settings
from widget_server.errors import ConfigurationError

TOKEN = "canary-T0ken-4f9a8b7c6d5e"
GOOD = {
    "STEPPAY_SECRET_TOKEN": TOKEN,
    "WIDGET_PUBLIC_URL": "https://pay.shop.kr",
    "WIDGET_ALLOWED_ORIGINS": "https://shop.kr,https://www.shop.kr",
}
SANDBOX = GOOD | {"WIDGET_ENV": "sandbox"}


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as fault:
        read_settings(environ)
    return fault.value.problems


def test_three_settings_are_enough() -> None:
    settings = read_settings(GOOD)
    assert settings == Settings(
        secret_token=Secret(TOKEN),
        public_url="https://pay.shop.kr",
        allowed_origins=("https://shop.kr", "https://www.shop.kr"),
    )
    assert (settings.env, settings.steppay_api_url) == ("production", STEPPAY_API_URL)
    assert settings.cors_origins == ("https://shop.kr", "https://www.shop.kr", "https://pay.shop.kr")


@pytest.mark.parametrize(
    ("setting", "on", "orders"),
    [
        ("", False, None),
        ("off", False, None),
        ("on", True, None),
        ("https://shop.kr/test-order", True, "https://shop.kr/test-order"),
    ],
)
def test_the_playground_is_off_in_production_until_switched_on(setting: str, *, on: bool, orders: str | None) -> None:
    settings = read_settings(GOOD | {"WIDGET_PLAYGROUND": setting})
    assert (settings.playground, settings.playground_orders_url) == (on, orders)
    assert read_settings(SANDBOX | {"WIDGET_PLAYGROUND": setting}).playground


@pytest.mark.parametrize(
    "wrong",
    [
        *("yes", "https://evil.tld/x", "https://shop.kr", "https://shop.kr/", "https://shop.kr.evil.tld/x"),
        *("https://shop.kr/x?a=1", "https://shop.kr/x#a", "https://a@shop.kr/x", "https://shop.kr/x;y z"),
        *("https://shop.kr:443/x", "javascript:alert(1)", "https://shop.kr//evil.tld/x"),
    ],
)
def test_test_orders_come_only_from_a_plain_page_of_the_shop(wrong: str) -> None:
    assert problems(GOOD | {"WIDGET_PLAYGROUND": wrong})[0].startswith("WIDGET_PLAYGROUND: must be on, off, or")


def test_every_problem_is_named_at_once_and_no_value() -> None:
    wrong = {
        "STEPPAY_SECRET_TOKEN": "canary with space",
        "STEPPAY_API_URL": "http://canary.test/x",
        "WIDGET_PUBLIC_URL": "canary://pay",
        "WIDGET_ALLOWED_ORIGINS": "https://canary.test/x,*",
        "WIDGET_ENV": "canary",
        "WIDGET_DATABASE_URL": "mysql://canary",
        "WIDGET_PAGE_RULES_FILE": "/nowhere/canary.toml",
        "WIDGET_API_KEY": "canary key",
        "FLASK_DEBUG": "1",
    }
    found = problems(wrong)
    assert {problem.partition(":")[0] for problem in found} == set(wrong)
    assert "canary" not in "\n".join(found)
    assert "entry 1" in "\n".join(found)
    assert "entry 2" in "\n".join(found)


def test_an_empty_environment_names_what_is_missing() -> None:
    names = [problem.partition(":")[0] for problem in problems({})]
    assert names == ["STEPPAY_SECRET_TOKEN", "WIDGET_PUBLIC_URL", "WIDGET_ALLOWED_ORIGINS"]


@pytest.mark.parametrize(
    "token",
    [
        "",
        " ",
        "\t",
        "short",
        "tok en-1234567",
        "token-1234\n567",
        "token-1234567\n",
        "토큰-12345678",
        "token\x7f1234567",
        "{Secret-Token}",
        "${Secret-Token}",
        "<Your Secret-Token>",
        "<token>",
        "changeme",
        "CHANGE-ME-please",
        "your-steppay-secret-key",
        "your_secret_token",
        "secret_token_here",
        "placeholder-1234",
        "example-token-123",
    ],
)
def test_CF_01_a_token_that_cannot_be_one_stops_the_start(token: str) -> None:
    (problem,) = problems(GOOD | {"STEPPAY_SECRET_TOKEN": token})
    assert problem.startswith("STEPPAY_SECRET_TOKEN: ")
    assert len(token.strip()) < 6 or token not in problem


def test_settings_show_neither_token_nor_database_password() -> None:
    settings = read_settings(GOOD | {"WIDGET_DATABASE_URL": "postgresql://me:canary-pw@db/widget"})
    assert "canary" not in repr(settings)
    assert "canary" not in repr(settings.secret_token)
    assert "canary" not in f"{settings}"


@pytest.mark.parametrize("scheme", ["postgresql://", "postgres://", "postgresql+psycopg2://", "postgresql+asyncpg://"])
def test_a_database_address_may_be_one_that_the_shop_has_already(scheme: str) -> None:
    settings = read_settings(GOOD | {"WIDGET_DATABASE_URL": f"{scheme}me:canary-pw@db:5433/shop?sslmode=require"})
    assert settings.database_url == "postgresql://me:canary-pw@db:5433/shop?sslmode=require"


BAD_ORIGINS = [
    *(
        "*",
        "null",
        "https://*",
        "https://*.shop.kr",
        "*.shop.kr",
        r"https://.*\.shop\.kr",
        "/shop/",
        "https://shop.kr|x",
    ),
    *("https://shop.kr/", "https://shop.kr/pay", "https://shop.kr?x", "https://shop.kr#x", "https://me@shop.kr"),
    *("shop.kr", "//shop.kr", "ftp://shop.kr", "file://", "HTTPS://shop.kr", "https://Shop.kr", "https://상점.kr"),
    *("https://shop.kr:443", "https://shop.kr:", "https://shop.kr:0443", "https://shop.kr:x", "https://-shop.kr"),
    *("https://shop.kr\n", "https://shop.kr https://a.kr", "https://shop.kr;", "https://shop.kr'"),
]


@pytest.mark.parametrize("environ", [GOOD, SANDBOX], ids=["production", "sandbox"])
@pytest.mark.parametrize("origin", [origin for origin in BAD_ORIGINS if origin == origin.strip()])
def test_CO_04_only_exact_origins_are_allowed(environ: dict[str, str], origin: str) -> None:
    (problem,) = problems(environ | {"WIDGET_ALLOWED_ORIGINS": f"https://shop.kr,{origin}"})
    assert problem.startswith("WIDGET_ALLOWED_ORIGINS: entry 2 ")


@pytest.mark.parametrize(
    ("origin", "in_sandbox"),
    [
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", True),
        ("http://shop.localhost:8080", True),
        ("http://localhost", True),
        ("http://localhost:80", False),
        ("http://shop.kr", False),
        ("http://127.0.0.1.evil.tld", False),
        ("http://localhost.evil.tld", False),
        ("http://evillocalhost", False),
        ("http://10.0.0.1", False),
    ],
)
@pytest.mark.parametrize("name", ["WIDGET_ALLOWED_ORIGINS", "WIDGET_PUBLIC_URL"])
def test_http_is_only_for_this_machine_and_only_in_the_sandbox(name: str, origin: str, in_sandbox: bool) -> None:
    assert problems(GOOD | {name: origin})
    if in_sandbox:
        assert read_settings(SANDBOX | {name: origin})
    else:
        assert problems(SANDBOX | {name: origin})


def test_origins_may_name_other_ports_and_spaces_around_the_comma() -> None:
    settings = read_settings(GOOD | {"WIDGET_ALLOWED_ORIGINS": " https://shop.kr:8443 , https://a.kr,https://a.kr, "})
    assert settings.allowed_origins == ("https://shop.kr:8443", "https://a.kr")


@pytest.mark.parametrize("url", ["https://pay.shop.kr/", "https://pay.shop.kr"])
def test_the_public_url_has_no_trailing_slash(url: str) -> None:
    assert read_settings(GOOD | {"WIDGET_PUBLIC_URL": url}).public_url == "https://pay.shop.kr"


@pytest.mark.parametrize(
    ("url", "in_sandbox"),
    [
        ("http://api.steppay.kr", False),
        ("https://user:pw@api.steppay.kr", False),
        ("https://api.steppay.kr@evil.tld", False),
        ("https://api.steppay.kr/", False),
        ("https://api.steppay.kr/api", False),
        ("https://api.steppay.kr?x", False),
        ("https://api.steppay.kr.evil.tld", False),
        ("https://evilsteppay.kr", False),
        ("https://203.0.113.7", False),
        ("https://[::1]", False),
        ("ftp://api.steppay.kr", False),
        ("https://API.steppay.kr", False),
        ("api.steppay.kr", False),
        ("https://api.develop.steppay.kr", True),
        ("http://127.0.0.1:8082", True),
        ("http://pay.localhost:8082", True),
    ],
)
def test_CF_04_the_token_goes_to_steppay_alone(url: str, in_sandbox: bool) -> None:
    (problem,) = problems(GOOD | {"STEPPAY_API_URL": url})
    assert problem.startswith("STEPPAY_API_URL: ")
    if in_sandbox:
        assert read_settings(SANDBOX | {"STEPPAY_API_URL": url}).steppay_api_url == url
    else:
        assert problems(SANDBOX | {"STEPPAY_API_URL": url})


def test_production_is_what_runs_when_nothing_is_said() -> None:
    for text in ("", "production"):
        assert read_settings(GOOD | {"WIDGET_ENV": text}).env == "production"


@pytest.mark.parametrize("value", ["1", "true", "yes", "on"])
def test_CF_02_the_debugger_stops_the_start(value: str) -> None:
    (problem,) = problems(GOOD | {"FLASK_DEBUG": value})
    assert problem.startswith("FLASK_DEBUG: ")


def test_the_page_rules_file_must_be_there(tmp_path: Path) -> None:
    file = tmp_path / "pages.toml"
    assert problems(GOOD | {"WIDGET_PAGE_RULES_FILE": str(file)})
    file.touch()
    assert read_settings(GOOD | {"WIDGET_PAGE_RULES_FILE": str(file)}).page_rules_file == file


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://shop.kr/a?b#c", "https://shop.kr"),
        ("https://SHOP.kr:443/", "https://shop.kr"),
        ("http://shop.kr:80/", "http://shop.kr"),
        ("http://shop.kr:443/", "http://shop.kr:443"),
        ("https://shop.kr:8443/", "https://shop.kr:8443"),
        ("https://shop.kr@evil.tld/", None),
        ("https://:pw@evil.tld/", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//shop.kr/", None),
        ("/pricing", None),
        ("https:///x", None),
        ("https://shop.kr:99999/", None),
        ("https://[::1", None),
        ("", None),
    ],
)
def test_an_origin_is_what_a_browser_would_send(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url", ["https://evil.tld\\@shop.kr/", "https://shop.kr\\.evil.tld/", "https://shop.kr\t.evil.tld/"]
)
def test_a_url_that_browsers_read_differently_has_no_shop_origin(url: str) -> None:
    assert origin_of(url) != "https://shop.kr"
