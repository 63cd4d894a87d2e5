"""Settings for calls to others, and names that are no settings."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from tests.unit.test_config import GOOD, SANDBOX, problems
from widget_server.config import read_settings
from widget_server.config.secret_files import FILE_SETTINGS

LOOPBACK = SANDBOX | {"STEPPAY_API_URL": "http://127.0.0.1:8082"}


@pytest.mark.parametrize("token", ["dev", "abc123", "my-secret-token", "test-secret-token-of-my-shop", "changeme", "x"])
def test_a_simulated_steppay_takes_any_token(token: str) -> None:
    for url in ("http://127.0.0.1:8082", "http://pay.localhost:8082"):
        assert read_settings(LOOPBACK | {"STEPPAY_API_URL": url, "STEPPAY_SECRET_TOKEN": token}).secret_token == token
    for environ in (GOOD, SANDBOX, SANDBOX | {"STEPPAY_API_URL": "https://api.develop.steppay.kr"}):
        assert problems(environ | {"STEPPAY_SECRET_TOKEN": token})


@pytest.mark.parametrize("token", ["", " ", "a b", "토큰", "a\nb", "x" * 4097])
def test_what_no_header_can_carry_is_no_token_of_a_simulated_steppay_either(token: str) -> None:
    (problem,) = problems(LOOPBACK | {"STEPPAY_SECRET_TOKEN": token})
    assert problem.startswith("STEPPAY_SECRET_TOKEN: ")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("WIDGET_ALOWED_ORIGINS", "WIDGET_ALLOWED_ORIGINS"),
        ("STEPPAY_SECRET_TOKN", "STEPPAY_SECRET_TOKEN"),
        ("STEPPAY_WEBHOOK_SECRET", "STEPPAY_WEBHOOK_SECRETS"),
        ("WIDGET_API_KEY_FIEL", "WIDGET_API_KEY_FILE"),
        ("WIDGET_CA_FIL", "WIDGET_CA_FILE"),
        ("WIDGET_PUBLIC_URL_FILE", "WIDGET_PUBLIC_URL"),
        ("widget_env", "WIDGET_ENV"),
    ],
)
def test_a_misspelt_name_is_named_with_the_nearest(name: str, near: str) -> None:
    (problem,) = problems(GOOD | {name: "canary"})
    assert problem == f"{name}: is no setting of this server; did you mean {near}?"
    assert read_settings(GOOD | {name: " "})


def test_a_name_like_no_other_is_named_too() -> None:
    (problem,) = problems(GOOD | {"WIDGET_QQQQQQQQQQQQQQQQQQQQ": "canary"})
    assert problem == "WIDGET_QQQQQQQQQQQQQQQQQQQQ: is no setting of this server; remove it"


SERVICE_LINKS = {
    "WIDGET_SERVICE_HOST": "10.0.0.1",
    "WIDGET_SERVICE_PORT": "8081",
    "STEPPAY_WIDGET_SERVICE_PORT_HTTP": "8081",
    "STEPPAY_WIDGET_PORT": "tcp://10.0.0.1:8081",
    "WIDGET_PORT_8081_TCP": "tcp://10.0.0.1:8081",
    "WIDGET_PORT_8081_TCP_PROTO": "tcp",
    "WIDGET_PORT_8081_TCP_PORT": "8081",
    "WIDGET_PORT_8081_TCP_ADDR": "10.0.0.1",
}


def test_what_kubernetes_says_of_a_service_of_this_name_is_no_mistake() -> None:
    assert read_settings(GOOD | SERVICE_LINKS) == read_settings(GOOD)
    assert problems(GOOD | {"WIDGET_PORT": "8081"})


def test_all_settings_are_known_by_their_names() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/settings.md").read_text("utf-8")
    for name in FILE_SETTINGS:
        assert f"`{name}`" in page
        assert problems(GOOD | {f"{name}S": "canary"})[0].endswith(f"did you mean {name}?")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"WIDGET_ALLOWED_ORIGINS": "https://shop.kr/"}, "entry 1 ends with a slash: https://shop.kr/; enter https://shop.kr"),
        ({"STEPPAY_API_URL": "https://api.steppay.kr//"}, "ends with a slash: https://api.steppay.kr//; enter https://api.steppay.kr"),
    ],
)  # fmt: skip
def test_a_slash_at_the_end_is_shown(changes: dict[str, str], problem: str) -> None:
    assert problems(GOOD | changes) == (f"{next(iter(changes))}: {problem}",)


def test_authorities_are_a_readable_file_of_certificates(tmp_path: Path) -> None:
    file = tmp_path / "canary.pem"
    assert problems(GOOD | {"WIDGET_CA_FILE": str(file)}) == ("WIDGET_CA_FILE: names a file that cannot be read",)
    for text in ("", "canary", "-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n"):
        file.write_text(text, "utf-8")
        (problem,) = problems(GOOD | {"WIDGET_CA_FILE": str(file)})
        assert problem.startswith("WIDGET_CA_FILE: holds no certificate")
    trustme.CA().cert_pem.write_to_path(str(file))
    assert read_settings(GOOD | {"WIDGET_CA_FILE": str(file)}).ca_file == file


@pytest.mark.parametrize(
    "url",
    ["http://proxy:3128", "http://10.0.0.1:3128/", "http://[fd00::1]:8080", "http://me:c%40nary@proxy.corp:1", ""],
)
def test_a_proxy_is_an_address_perhaps_with_a_password(url: str) -> None:
    settings = read_settings(GOOD | {"WIDGET_EGRESS_PROXY": url})
    assert settings.egress_proxy == (url or None)
    assert "c%40nary" not in repr(settings)


@pytest.mark.parametrize(
    "url", ["proxy:3128", "https://proxy:3128", "socks5://canary:1080", "http://", "http://a b", "http://p:99999",
            "http://p/canary", "http://p?canary", "http://:canary@p", "http://p:0"]
)  # fmt: skip
def test_another_proxy_is_none(url: str) -> None:
    (problem,) = problems(GOOD | {"WIDGET_EGRESS_PROXY": url})
    assert problem.startswith("WIDGET_EGRESS_PROXY: must be http://host:port")
    assert "canary" not in problem
