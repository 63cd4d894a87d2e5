"""What shoppers read of the shop: the settings `WIDGET_SHOP_…`, and that nothing hostile passes as one of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.test_config import GOOD, SANDBOX, problems
from widget_server.config import read_settings
from widget_server.config.env_file import read_env_file
from widget_server.config.shop import Contact

ROOT = Path(__file__).resolve().parents[2]
SAID = {
    "WIDGET_SHOP_NAME": "달보드레 <b>커피</b>",
    "WIDGET_SHOP_LOGO_URL": "https://www.shop.kr/img/logo.png?v=2",
    "WIDGET_SHOP_SUPPORT": "02-123-4567",
    "WIDGET_SHOP_ORDERS_URL": "https://shop.kr/my/orders",
}


def test_what_is_set_is_what_the_widget_gets_and_nothing_else() -> None:
    assert read_settings(GOOD).shop_members == {}
    assert read_settings(GOOD | {"WIDGET_SHOP_NAME": " 달보드레 커피 "}).shop_members == {"name": "달보드레 커피"}
    settings = read_settings(GOOD | SAID)
    assert settings.shop_logo_url == SAID["WIDGET_SHOP_LOGO_URL"]
    assert settings.shop_members == {
        "name": "달보드레 <b>커피</b>",
        "support": {"label": "02-123-4567", "url": "tel:021234567"},
        "ordersUrl": "https://shop.kr/my/orders",
    }


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("1588-1234", ("1588-1234", "tel:15881234")),
        ("(02) 123 4567", ("(02) 123 4567", "tel:021234567")),
        ("+82 2-123-4567", ("+82 2-123-4567", "tel:+8221234567")),
        ("help+kr@shop.kr", ("help+kr@shop.kr", "mailto:help+kr@shop.kr")),
        ("https://pf.kakao.com/_xab/chat", ("pf.kakao.com", "https://pf.kakao.com/_xab/chat")),
        ("https://www.shop.kr:8443/help?from=pay", ("shop.kr", "https://www.shop.kr:8443/help?from=pay")),
    ],
)
def test_shoppers_ask_for_help_by_a_link_with_a_readable_label(text: str, contact: tuple[str, str]) -> None:
    assert read_settings(GOOD | {"WIDGET_SHOP_SUPPORT": text}).shop_support == Contact(*contact)


ADDRESSES = [
    *("javascript:alert(1)", "data:image/svg+xml,<svg/>", "//shop.kr/x", "/x", "shop.kr/x", "http://shop.kr/x"),
    *("https://evil.tld/x", "https://shop.kr.evil.tld/x", "https://shop.kr@evil.tld/x", "https://a@shop.kr/x"),
    *("https://shop.kr\\@evil.tld/x", "https://shop.kr\\.evil.tld/x", "https://shop.kr:8443/x", "https://shop.kr/a b"),
    *(
        'https://shop.kr/"onload="x',
        "https://shop.kr/x\r\nX-Evil: 1",
        "https://shop.kr/;img-src *",
        "https://shop.kr/가",
    ),
    "https://shop.kr/" + "x" * 1024,
]
CONTACTS = [
    *("javascript:alert(1)", "tel:021234567", "mailto:a@shop.kr", "http://shop.kr/help", "https:///help"),
    *("a@shop.kr?cc=b@evil.tld", "a@shop.kr,b@evil.tld", "a@shop", "@x.kr", "a b@x.kr", '"a"@x.kr', "a@x.kr\nX: 1"),
    *("031-12", "1" * 16, "02-123-4567;phone-context=x", "02-123-4567,,1", "문의 02-123-4567", "02-123-4567 <b>"),
]  # fmt: skip
WRONG = [
    *(("WIDGET_SHOP_NAME", text) for text in ("x" * 41, "a\nb", "a\x00b", "a\u202eb", "a\u200bb", "a\ud800b")),
    *((f"WIDGET_SHOP_{name}_URL", text) for name in ("LOGO", "ORDERS") for text in ADDRESSES),
    *(("WIDGET_SHOP_SUPPORT", text) for text in CONTACTS),
]


@pytest.mark.parametrize(("name", "wrong"), WRONG)
def test_CF_08_nothing_else_is_shown_to_shoppers(name: str, wrong: str) -> None:
    (problem,) = problems(GOOD | {name: wrong})
    assert problem.startswith(f"{name}: must ")
    assert wrong not in problem


@pytest.mark.parametrize("page", ["docs/shop-identity.md", "docs/ko/shop-identity.md"])
def test_the_lines_of_the_document_are_settings(page: str, tmp_path: Path) -> None:
    (lines,) = re.findall(r"^```ini\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / ".env").write_text(lines, "utf-8")
    settings = read_settings(GOOD | read_env_file(tmp_path / ".env"))
    assert settings.shop_name == "달보드레 커피"
    assert (settings.shop_logo_url, len(settings.shop_members)) == ("https://shop.kr/img/logo.svg", 3)


def test_http_only_where_the_shop_itself_is_http() -> None:
    local = SANDBOX | {"WIDGET_ALLOWED_ORIGINS": "http://shop.localhost:8080"}
    logo = "http://shop.localhost:8080/logo.svg"
    assert read_settings(local | {"WIDGET_SHOP_LOGO_URL": logo}).shop_logo_url == logo


def test_a_shop_that_the_server_is_a_path_of_needs_no_list_of_origins() -> None:
    given = {"STEPPAY_SECRET_TOKEN": GOOD["STEPPAY_SECRET_TOKEN"], "WIDGET_PUBLIC_URL": "https://shop.kr/steppay"}
    orders = "https://shop.kr/orders"
    assert read_settings(given | {"WIDGET_SHOP_ORDERS_URL": orders}).shop_orders_url == orders
