"""Every link of the built site leads to a file of it, and every fragment to an element there."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = {"", "top", "__skip"}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name == "id" and value:
                self.ids.add(value)


def broken_links(site: Path) -> list[str]:
    """As "page -> link", sorted. Addresses of other hosts are not asked: nothing here leaves the machine."""
    pages = {path: _Page(path.read_text("utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}
    return sorted(
        f"{path.relative_to(site)} -> {link}"
        for path, page in pages.items()
        for link in set(page.links)
        if not _leads_somewhere(path, link, pages)
    )


def outside_files(site: Path) -> list[str]:
    """What a reader's browser would load from other hosts."""
    pages = (path.read_text("utf-8") for path in site.rglob("*.html"))
    return sorted({f"{tag} {value}" for html in pages for tag, value in _Loads(html).found})


class _Loads(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get("src") or (values.get("href") if tag == "link" else None)
        if address and urlsplit(address).netloc and values.get("rel") not in ("canonical", "next", "prev"):
            self.found.append((tag, address))


def _leads_somewhere(page: Path, link: str, pages: dict[Path, _Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return False
    return target not in pages or unquote(parts.fragment) in pages[target].ids
