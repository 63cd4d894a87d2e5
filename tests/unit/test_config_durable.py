"""The settings of StepPay's events and of the deliveries: what is wrong stops the start, and no value is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.app_fixture import environment
from widget_server.config import Settings, read_settings
from widget_server.errors import ConfigurationError

URL, SECRET = "https://shop.kr/hooks/steppay", "whsec_" + "QUJD" * 8


def read(tmp_path: Path, **changes: str) -> Settings:
    return read_settings(environment("http://127.0.0.1:9", tmp_path / "widget.db") | changes)


def test_good_values_are_taken(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        STEPPAY_WEBHOOK_SECRETS="first-one-77, other-one-88 ,first-one-77",
        WIDGET_WEBHOOK_V1="on",
        WIDGET_NOTIFY_URL=URL,
        WIDGET_NOTIFY_SECRET=SECRET,
        WIDGET_RETENTION_DAYS="400",
    )
    assert [secret.reveal() for secret in settings.webhook_secrets] == ["first-one-77", "other-one-88"]
    assert (settings.webhook_v1, settings.notify_url, settings.retention_days) == (True, URL, 400)
    assert SECRET not in repr(settings)
    assert "shop.kr/hooks" not in repr(settings)


def test_everything_is_off_by_default(tmp_path: Path) -> None:
    settings = read(tmp_path, STEPPAY_WEBHOOK_SECRETS="")
    assert (settings.webhook_secrets, settings.webhook_v1, settings.notify_allow_private_network) == ((), False, False)
    assert (settings.notify_url, settings.notify_secret, settings.retention_days) == (None, None, None)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"STEPPAY_WEBHOOK_SECRETS": "canary"}, "STEPPAY_WEBHOOK_SECRETS"),
        ({"STEPPAY_WEBHOOK_SECRETS": "canary-good,<canary-secret>"}, "STEPPAY_WEBHOOK_SECRETS"),
        ({"WIDGET_WEBHOOK_V1": "canary"}, "WIDGET_WEBHOOK_V1"),
        ({"WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK": "1"}, "WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK"),
        ({"WIDGET_RETENTION_DAYS": "29"}, "WIDGET_RETENTION_DAYS"),
        ({"WIDGET_RETENTION_DAYS": "-1"}, "WIDGET_RETENTION_DAYS"),
        ({"WIDGET_NOTIFY_SECRET": "whsec_canary"}, "WIDGET_NOTIFY_SECRET"),
        ({"WIDGET_NOTIFY_SECRET": "QUJD" * 8}, "WIDGET_NOTIFY_SECRET"),
        ({"WIDGET_NOTIFY_SECRET": ""}, "WIDGET_NOTIFY_URL"),
        ({"WIDGET_NOTIFY_URL": ""}, "WIDGET_NOTIFY_URL"),
        *(
            ({"WIDGET_NOTIFY_URL": url}, "WIDGET_NOTIFY_URL")
            for url in (
                "file:///canary",
                "http://canary.kr/x",
                "https://u:canary@shop.kr/",
                "https:///canary",
                "https://shop.kr:0/canary",
                "https://shop.kr:x/canary",
                "https://shop.kr/ca nary",
                "https://shop.kr/#canary",
                "https://shöp.kr/canary",
            )
        ),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(tmp_path: Path, changes: dict[str, str], name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, **({"WIDGET_NOTIFY_URL": URL, "WIDGET_NOTIFY_SECRET": SECRET} | changes))
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [name]
    assert "canary" not in str(caught.value)


def test_plain_http_is_for_loopback_in_the_sandbox_alone(tmp_path: Path) -> None:
    told = {"WIDGET_NOTIFY_URL": "http://127.0.0.1:8080/told", "WIDGET_NOTIFY_SECRET": SECRET}
    assert read(tmp_path, **told).notify_url == told["WIDGET_NOTIFY_URL"]
    with pytest.raises(ConfigurationError, match=r"WIDGET_NOTIFY_URL: must be https"):
        read(tmp_path, **told, WIDGET_ENV="production", STEPPAY_API_URL="")
