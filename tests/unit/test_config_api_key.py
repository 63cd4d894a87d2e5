"""The key of the merchant's backend: random, of its own, or none."""

from __future__ import annotations

import pytest

from tests.unit.test_config import GOOD, problems
from widget_server.config import read_settings

API_KEY = "canary-K3y-9d2c7b1a6f5e4830b7c6d5e4f3a2"


def test_without_a_key_the_merchants_routes_are_off() -> None:
    for text in ("", " ", "\t"):
        assert read_settings(GOOD | {"WIDGET_API_KEY": text}).api_key is None


@pytest.mark.parametrize("key", [API_KEY, "0123456789abcdef" * 2, "AZaz09-._~+/" * 3 + "=="])
def test_a_random_key_is_taken_as_it_is_and_not_shown(key: str) -> None:
    settings = read_settings(GOOD | {"WIDGET_API_KEY": key})
    assert settings.api_key == key
    assert key not in repr(settings)


@pytest.mark.parametrize(
    "key",
    [
        *("short", API_KEY[:31], "a" * 64, "abcabc" * 8, f" {API_KEY}", f"{API_KEY}\n", f"{API_KEY} {API_KEY}"),
        *(f"{API_KEY},{API_KEY}", f'"{API_KEY}"', f"Bearer {API_KEY}", "열쇠" * 20, API_KEY + "é", "=" * 40),
        *(
            "<random key of the merchant backend>",
            "changeme-changeme-changeme-1234567",
            "your-api-key-0123456789abcdefghijkl",
        ),
        *("placeholder-0123456789-abcdefghijk", "${WIDGET_API_KEY}-0123456789-abcdef"),
    ],
)
def test_a_guessable_key_stops_the_start(key: str) -> None:
    (problem,) = problems(GOOD | {"WIDGET_API_KEY": key})
    assert problem.startswith("WIDGET_API_KEY: ")
    assert key not in problem


def test_the_secret_token_is_no_api_key() -> None:
    token = API_KEY
    (problem,) = problems(GOOD | {"STEPPAY_SECRET_TOKEN": token, "WIDGET_API_KEY": token})
    assert "differ" in problem
    assert token not in problem
