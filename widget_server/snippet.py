"""What a shop pastes into a page: the script tag, and what that page's policy and mode mean for it."""

from __future__ import annotations

from dataclasses import dataclass

from widget_server.adapters.page_rules import PageRule
from widget_server.domain.integrity import integrity, versioned_path

_FRAMED = ("iframe", "auto")


@dataclass(frozen=True)
class Page:
    """One page of the shop: its path, the page rule for it, and the mode its tag shall force, if any."""

    path: str
    rule: PageRule
    forced_mode: str | None = None

    @property
    def modes(self) -> tuple[str, str]:
        """On a computer, on a phone."""
        forced = self.forced_mode
        return (forced, forced) if forced else (self.rule.mode, self.rule.mode_mobile)


def tag(public_url: str, widget: bytes, *, mode: str | None = None, evergreen: bool = False) -> str:
    """The script tag. Pinned to these bytes of the widget, unless `evergreen`: then it follows every upgrade."""
    path = "/v1/widget.js" if evergreen else versioned_path(widget)
    pin = "" if evergreen else f' integrity="{integrity(widget)}" crossorigin="anonymous"'
    forced = f' data-mode="{mode}"' if mode else ""
    return f'<script defer src="{public_url}{path}"{pin} data-steppay-checkout{forced}></script>'


def policy(public_url: str, page: Page, *, plain_http: bool = False) -> tuple[str, ...]:
    """What a page with a Content-Security-Policy adds to it. `plain_http` for a sandbox on one machine.

    A framed pay page leads on to pages of banks and card companies, which no list names: only the scheme can be given.
    """
    directives = (f"script-src {public_url}", f"connect-src {public_url}")
    if not set(page.modes) & set(_FRAMED):
        return directives
    return (*directives, "frame-src http: https:" if plain_http else "frame-src https:")


def notes(public_url: str, page: Page, *, evergreen: bool, plain_http: bool = False) -> list[str]:
    """Lines for the person who pastes the tag."""
    policies = (f"  {directive};" for directive in policy(public_url, page, plain_http=plain_http))
    return [_mode_note(page), _version_note(evergreen), "A page with a Content-Security-Policy needs:", *policies]


def _mode_note(page: Page) -> str:
    mode, mobile = page.modes
    source = "from data-mode in the tag" if page.forced_mode else "from the page rules"
    modes = mode if mode == mobile else f"{mode} (on phones {mobile})"
    return f"Mode on {page.path}: {modes}, {source}; data-mode on a button comes first."


def _version_note(evergreen: bool) -> str:
    if evergreen:
        return "This tag follows every upgrade of the server; no browser can check what it loads."
    return "Print and paste it again after an upgrade. Until then a page with the old tag pays by its plain links."
