"""Where `static/`, `templates/` and `docs/` are: inside the package in a wheel, next to the package in a checkout."""

import json
from functools import cache
from pathlib import Path

from widget_server.config.shop import ShopSettings

_PACKAGE = Path(__file__).resolve().parent.parent


def static_dir() -> Path:
    return _find("static")


def widget(public_url: str) -> bytes:
    """The built widget, as the server at this address serves it.

    It carries that address: a page optimizer may take its tag away, or host a copy of the file elsewhere.
    """
    return filled((static_dir() / "js" / "widget.js").read_bytes(), public_url)


def offer_script() -> bytes:
    """The file that the widget loads where an offer is on the page: the same on every server."""
    return (static_dir() / "js" / "widget-offer.js").read_bytes()


def screens(shop: ShopSettings) -> bytes:
    """What the widget asks for when a checkout opens, as JSON: the look and the words of its screens, and the shop."""
    members = json.loads((static_dir() / "js" / "screens.json").read_bytes())
    if shop.shop_members:
        members["shop"] = shop.shop_members
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def filled(build: bytes, public_url: str) -> bytes:
    """A build of the widget with its server's address in place."""
    return build.replace(b"{server}", public_url.encode("ascii"))


def templates_dir() -> Path:
    return _find("templates")


def docs_dir() -> Path:
    """In the wheel it holds the served documents and few others."""
    return _find("docs")


@cache
def _find(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
