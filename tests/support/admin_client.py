"""An operator at work, for tests: signs in, reads pages, sends forms."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient

from tests.support.app_fixture import ADMIN, ADMIN_KEY, World


class Operator:
    """Browser-like: keeps the cookie, follows no redirect, sends `Origin` and the form's token with a form."""

    def __init__(self, world: World, client: FlaskClient | None = None) -> None:
        self.client = client or world.app.test_client()

    def get(self, path: str, lang: str = "ko", **options: Any) -> Any:
        return self.client.get(path, base_url=ADMIN, headers={"Accept-Language": lang}, **options)

    def post(self, path: str, *, origin: str | None = ADMIN, **fields: str) -> Any:
        headers = {"Origin": origin} if origin is not None else {}
        return self.client.post(path, base_url=ADMIN, data=fields, headers=headers)

    def sign_in(self, key: str = ADMIN_KEY, **fields: str) -> Any:
        return self.post("/admin/session", key=key, **fields)

    def cookie(self) -> str:
        found = self.client.get_cookie("__Host-steppay-admin", domain="admin.shop.test")
        assert found
        return found.value

    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.get("/admin/orders").text)
        assert found
        return found[1]


def signed_in(world: World) -> Operator:
    operator = Operator(world)
    assert operator.sign_in().status_code == 303
    return operator


def table(html: str, part: str) -> list[list[str]]:
    """The cells of the body of the table in the section with this id, as a reader sees them."""
    section = re.search(rf'<section id="{part}".*?</section>', html, re.DOTALL)
    body = re.search(r"<tbody>(.*?)</tbody>", section[0], re.DOTALL) if section else None
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body[1], re.DOTALL) if body else []
    return [[words(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)] for row in rows]


def timeline(html: str) -> list[str]:
    """The entries of an order's page, the oldest first, as a reader sees them."""
    listed = re.search(r'<ol class="timeline">(.*?)</ol>', html, re.DOTALL)
    return [words(entry) for entry in re.findall(r"<li[^>]*>(.*?)</li>", listed[1], re.DOTALL)] if listed else []


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
