"""What a merchant may choose for the checkout of a page: in the script tag, in the page rules, in the playground."""

from __future__ import annotations

from widget_server.domain import checkout

MODES = (*checkout.MODES, "auto")
LOCALES = ("auto", "ko", "en")
THEMES = ("auto", "light", "dark")
