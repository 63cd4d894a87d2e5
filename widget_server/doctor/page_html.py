"""What matters of a page's HTML as the server sends it. Nothing is run: what a script adds later is not here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

Attributes = Mapping[str, str]
_HANGUL = re.compile("[가-힣]")
_INERT = ("noscript", "template")
"""What they hold does not run, and is no part of the page yet."""
_SCRIPT_TYPES = ("", "module", "text/javascript", "application/javascript", "text/ecmascript", "application/ecmascript")


@dataclass
class Script:
    """`src`: absolute, or empty for an inline script, whose code is `text`."""

    attributes: Attributes
    src: str = ""
    text: str = ""

    @property
    def type(self) -> str:
        return self.attributes.get("type", "").strip().lower()

    @property
    def runs(self) -> bool:
        """Whether browsers take it for JavaScript. Data and templates have types of their own, and so has what an
        optimizer holds back."""
        return self.type in _SCRIPT_TYPES

    @property
    def waits(self) -> bool:
        """Whether the page's inline scripts run first."""
        return self.type == "module" or bool({"defer", "async"} & self.attributes.keys())


@dataclass(frozen=True)
class Button:
    """An element with `data-steppay-order`. `href`: absolute, or empty."""

    attributes: Attributes
    href: str

    @property
    def code(self) -> str:
        return self.attributes["data-steppay-order"]


@dataclass
class PageContent:
    """`korean`: it has Korean text. `policies`: of `<meta>`."""

    base: str
    lang: str = ""
    korean: bool = False
    policies: list[str] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    offers: list[Attributes] = field(default_factory=list)
    """Of the elements with `data-steppay-offer`."""


def read_page(html: str, address: str) -> PageContent:
    """`address`: where the page is."""
    reader = _Reader(PageContent(address))
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self, page: PageContent) -> None:
        super().__init__()
        self.page = page
        self._inert = 0
        self._script: Script | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in reversed(attrs)}  # browsers keep the first of two
        self._inert += tag in _INERT
        if self._inert:
            return
        if tag == "html":
            self.page.lang = attributes.get("lang", "")
        elif tag == "base" and "href" in attributes:
            self.page.base = self._absolute(attributes["href"]) or self.page.base
        elif tag == "meta" and attributes.get("http-equiv", "").lower() == "content-security-policy":
            self.page.policies.append(attributes.get("content", ""))
        elif tag == "script":
            src = attributes.get("src", "").strip()
            self._script = Script(attributes, self._absolute(src) if src else "")
            self.page.scripts.append(self._script)
        if "data-steppay-offer" in attributes:
            self.page.offers.append(attributes)
        if "data-steppay-order" in attributes:
            href = attributes.get("href", "").strip()
            self.page.buttons.append(Button(attributes, self._absolute(href) if href else ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """HTML knows no `<script/>`: it begins a script like any other."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._inert -= tag in _INERT and self._inert > 0
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script:
            self._script.text += data
        elif _HANGUL.search(data):
            self.page.korean = True

    def _absolute(self, address: str) -> str:
        """Empty for what is no address, such as `https://[`."""
        try:
            joined = urljoin(self.page.base, address)
            return joined if urlsplit(joined).port != 0 else ""
        except ValueError:
            return ""
