"""Cookies that another program on this machine has planted do not lock the operator out (CF-06)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.app_fixture import ADMIN_KEY, World


@pytest.mark.parametrize("planted", ["x", "", "a.b.c", "%ff", "x" * 3000])
@pytest.mark.parametrize("first", [True, False])
def test_cf_06_a_planted_cookie_of_the_name_keeps_the_session(world: World, planted: str, *, first: bool) -> None:
    assert world.deps.admin
    origin = "http://steppay-admin.localhost:8081"
    client = world.with_deps(admin=replace(world.deps.admin, origin=origin))
    client.post("/admin/session", base_url=origin, data={"key": ADMIN_KEY}, headers={"Origin": origin})
    good = client.get_cookie("steppay-admin", "steppay-admin.localhost")
    assert good is not None
    cookies = [f"steppay-admin={planted}", f"steppay-admin={good.value}"]
    fresh = client.application.test_client(use_cookies=False)
    header = {"Cookie": "; ".join(cookies if first else cookies[::-1])}
    assert fresh.get("/admin", base_url=origin, headers=header).status_code == 200
    assert fresh.get("/admin", base_url=origin, headers={"Cookie": cookies[0]}).status_code == 303


def test_cf_06_the_guide_recommends_a_name_that_no_other_port_has() -> None:
    guide = (Path(__file__).parents[2] / "docs/operations/admin.md").read_text("utf-8")
    assert "WIDGET_ADMIN_ORIGIN=http://steppay-admin.localhost:8081" in guide
    assert "ORIGIN=http://127.0.0.1" not in guide
