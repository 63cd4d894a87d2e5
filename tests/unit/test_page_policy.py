"""A Content-Security-Policy is read as browsers read it (CSP level 3)."""

from __future__ import annotations

import pytest

from widget_server.doctor.page_policy import CONNECTIONS, FRAMES, blocked_by, read_policies, script_blocked_by

PAGE = "https://shop.test/pricing"
WIDGET = "https://pay.shop.test/v1/widget.js"


@pytest.mark.parametrize(
    ("policy", "blocks"),
    [
        ("", None),
        ("upgrade-insecure-requests", None),
        ("script-src https://pay.shop.test", None),
        ("SCRIPT-SRC HTTPS://PAY.shop.test", None),
        ("script-src pay.shop.test", None),
        ("script-src *.shop.test", None),
        ("script-src https://*:443", None),
        ("script-src http://pay.shop.test", None),
        ("script-src https://pay.shop.test/v1/", None),
        ("script-src https://pay.shop.test/v1/widget.js", None),
        ("script-src *", None),
        ("script-src https:", None),
        ("script-src 'nonce-abc'", None),
        ("script-src 'sha384-abc'", None),
        ("script-src 'strict-dynamic' 'nonce-abc' https:", None),
        ("default-src 'none'; script-src https://pay.shop.test", None),
        ("script-src https://pay.shop.test; script-src 'none'", None),
        ("default-src 'self'", "default-src"),
        ("script-src 'none'", "script-src"),
        ("script-src", "script-src"),
        ("script-src 'self' 'unsafe-inline'", "script-src"),
        ("script-src https://*.pay.shop.test", "script-src"),
        ("script-src https://pay.shop.test:8443", "script-src"),
        ("script-src https://pay.shop.test/v1", "script-src"),
        ("script-src 'strict-dynamic' https:", "script-src"),
        ("script-src 'nonce-xyz'", "script-src"),
        ("script-src https:; script-src-elem 'self'", "script-src-elem"),
        ("script-src https:, default-src 'self'", "default-src"),
    ],
)
def test_a_script(policy: str, blocks: str | None) -> None:
    assert script_blocked_by(read_policies([policy]), WIDGET, PAGE, "abc", "sha384-abc") == blocks


@pytest.mark.parametrize(
    ("policy", "chain", "blocks"),
    [
        ("default-src 'self'", CONNECTIONS, "default-src"),
        ("default-src 'self'; connect-src https:", CONNECTIONS, None),
        ("child-src 'self'", FRAMES, "child-src"),
        ("child-src 'self'; frame-src https:", FRAMES, None),
        ("script-src 'none'", FRAMES, None),
    ],
)
def test_what_takes_the_place_of_a_missing_directive(policy: str, chain: tuple[str, ...], blocks: str | None) -> None:
    assert blocked_by(read_policies([policy]), chain, WIDGET, PAGE) == blocks


def test_below_the_path_of_the_shop_self_is_enough() -> None:
    policies = read_policies(["default-src 'self'"])
    assert script_blocked_by(policies, "https://shop.test/steppay/v1/widget.js", PAGE) is None
    assert script_blocked_by(policies, "https://shop.test:444/steppay/v1/widget.js", PAGE) == "default-src"
