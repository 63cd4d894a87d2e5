"""The page at the server's own address: what this server is, and nothing that helps an attacker."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.support.app_fixture import SHOP, World
from widget_server import __version__
from widget_server.app import create_app


def test_the_start_names_the_shop_in_both_languages_and_links_only_what_is_there(world: World) -> None:
    page = world.client.get("/")
    assert (page.status_code, page.headers["X-Robots-Tag"]) == (200, "noindex")
    assert page.text.index("연결하는 서버입니다") < page.text.index("This server")
    assert page.text.count(f'href="{SHOP}/"') == 2
    assert __version__ not in page.text
    assert "<script" not in page.text
    for link in re.findall(r'href="(/[^"]*)"', page.text):
        assert world.client.get(link).status_code == 200, link
    named = replace(world.settings, shop_name="달보드레 <커피>")
    assert ">달보드레 &lt;커피&gt;</a>" in create_app(named, world.deps).test_client().get("/").text
    unchanged = world.client.get("/", headers={"If-None-Match": page.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
