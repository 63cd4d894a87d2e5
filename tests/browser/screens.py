"""The screens whose pictures and accessibility trees are approved: the gallery's, and the pages that hold still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.browser.demo_fixture import RunningDemo
from widget_server.web.sample_screens import SCREENS

Size = tuple[int, int]
LANGUAGES = {"ko": "ko-KR", "en": "en-US"}
SIZES: dict[str, Size] = {"360": (360, 740), "768": (768, 800), "1280": (1280, 800)}
ALL_COLUMNS = [(theme, width) for theme in ("light", "dark") for width in SIZES]
PAGE_COLUMNS = {"ko": [("light", "360"), ("light", "768")], "en": [("dark", "1280")]}
"""Pages are full of words, so each column of them is large: these find the most."""
Address = Callable[[RunningDemo, str], str]


@dataclass(frozen=True)
class Screen:
    surface: str
    name: str
    address: Address
    """Gives the URL for a language."""

    @property
    def is_sample(self) -> bool:
        return self.surface in SCREENS

    @property
    def whole(self) -> str:
        """The elements that the accessibility tree begins at."""
        return {"widget": "steppay-checkout", "return": "main"}.get(self.surface, "body")

    @property
    def has_tree(self) -> bool:
        """The reference of the API follows from its document, which has tests of its own."""
        return self.name != "documents"

    def columns(self, lang: str) -> list[tuple[str, str]]:
        return ALL_COLUMNS if self.is_sample else PAGE_COLUMNS[lang]


def gallery_screens() -> Iterator[Screen]:
    for surface, names in SCREENS.items():
        for name in names:
            yield Screen(surface, name, _sample(surface, name))


def _sample(surface: str, name: str) -> Address:
    return lambda demo, lang: f"{demo.urls.server_url}/playground/screens/{surface}/{name}?lang={lang}"


PAGES: dict[str, Address] = {
    "start": lambda demo, lang: f"{demo.urls.server_url}/?lang={lang}",
    "documents": lambda demo, lang: f"{demo.urls.server_url}/docs?lang={lang}",
    "playground": lambda demo, lang: f"{demo.urls.shop_url}/playground?lang={lang}",
    "shop": lambda demo, lang: f"{demo.urls.shop_url}/?lang={lang}",
    "pricing": lambda demo, lang: f"{demo.urls.shop_url}/pricing?lang={lang}",
    "members": lambda demo, lang: f"{demo.urls.shop_url}/members?lang={lang}",
    "brand": lambda demo, lang: f"{demo.urls.brand_url}/?lang={lang}",
    "pay page": lambda demo, lang: f"{demo.urls.server_url}/v1/pay/{demo.unpaid_order().code}?lang={lang}",
    "sign-in": lambda demo, lang: f"{demo.urls.admin_url}/admin/sign-in?lang={lang}",
}


def pages() -> Iterator[Screen]:
    for name, address in PAGES.items():
        yield Screen("page", name, address)
