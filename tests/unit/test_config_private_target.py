"""A merchant's address that no message would ever be sent to stops the start (CF-07)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.app_fixture import environment
from widget_server.config import read_settings
from widget_server.errors import ConfigurationError

INSIDE = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "017700000001",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "localhost.",
    "shop.localhost",
    "LOCALHOST",
    "10.0.0.5",
    "192.168.1.20",
    "172.16.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "0",
    "[fd00::5]",
    "[fe80::1]",
    "[fec0::1]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[64:ff9b::a00:1]",
    "[::7f00:1]",
]


def start(folder: Path, host: str, **more: str) -> str | None:
    settings = environment("http://127.0.0.1:9", folder / "w.db") | {
        "WIDGET_NOTIFY_URL": f"https://{host}/told",
        "WIDGET_NOTIFY_SECRET": "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=",
    }
    return read_settings(settings | more).notify_url


@pytest.mark.parametrize("host", INSIDE)
def test_cf_07_a_private_target_is_refused_unless_it_is_allowed(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        start(tmp_path, host)
    [problem] = caught.value.problems
    assert problem.startswith("WIDGET_NOTIFY_URL: ")
    assert "WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK=on" in problem
    assert host not in problem or host in ("0", "127.1"), "the address may be a secret"
    assert start(tmp_path, host, WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK="on")


@pytest.mark.parametrize("host", ["shop.kr", "8.8.8.8", "[2606:4700::1111]", "127.0.0.1.shop.kr", "10.shop.kr"])
def test_cf_07_every_other_address_is_taken(tmp_path: Path, host: str) -> None:
    assert start(tmp_path, host)
