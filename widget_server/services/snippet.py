"""What a shop pastes into a page: the script tag or a page rule, and what that page's policy and mode mean for it."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from widget_server.domain.display_options import PageRule
from widget_server.domain.subresource_integrity import integrity, versioned_path

CONTAINER = "#checkout"
"""The element that shows the pay page where it opens inside the page."""
_FRAMED = ("iframe", "auto")
_PATH_SAFE_CHARS = "/%:@!$&'()*+,;=~[]|"
_GLOB_CHARS = re.compile(r"[\\*?\[\]!#]")
_PINNED = (
    "This tag is pinned: it loads this exact file for ever, so paste a new one for improvements; --evergreen follows "
    "each upgrade, without the browser's check; from {}/v1/tag your server or build fetches the pinned tag itself."
)
_EVERGREEN = (
    "This tag is evergreen: it follows each upgrade, and no browser checks what it loads; without --evergreen it loads "
    "one exact file for ever; from {}/v1/tag your server or build fetches the pinned tag itself."
)
_UNRELEASED = "This widget is of no release: a tag that pins it ends with the next upgrade of the server."


@dataclass(frozen=True)
class Page:
    """One page of the shop: its path, the page rule for it, and what its tag shall force, if anything."""

    path: str
    rule: PageRule
    forced_mode: str | None = None
    locale: str = "auto"
    theme: str = "auto"

    @property
    def modes(self) -> tuple[str, str]:
        """On a computer, on a phone."""
        forced = self.forced_mode
        return (forced, forced) if forced else (self.rule.mode, self.rule.mode_mobile)

    @property
    def framed(self) -> bool:
        """Whether the pay page may show inside of this page."""
        return bool(set(self.modes) & set(_FRAMED))


def page_path(address: str) -> str:
    """The path of a page as its browser tells it, percent-encoded; the address may be a whole URL or only the path."""
    try:
        path = urlsplit(address).path
    except ValueError:  # no address at all, such as `https://[`
        path = ""
    return "/" + quote(path.lstrip("/"), safe=_PATH_SAFE_CHARS, errors="replace")


def tag(
    public_url: str,
    widget: bytes,
    *,
    mode: str | None = None,
    locale: str = "auto",
    theme: str = "auto",
    evergreen: bool = False,
) -> str:
    """The script tag. Pinned to these bytes of the widget, unless `evergreen`: then it follows every upgrade."""
    src = f"{public_url}/v1/widget.js" if evergreen else pinned_url(public_url, widget)
    pin = "" if evergreen else f' integrity="{integrity(widget)}" crossorigin="anonymous"'
    wishes = {"mode": mode, "locale": _unless_auto(locale), "theme": _unless_auto(theme)}
    forced = "".join(f' data-{name}="{value}"' for name, value in wishes.items() if value)
    return f'<script defer src="{src}"{pin} data-steppay-checkout{forced}></script>'


def tag_members(public_url: str, widget: bytes, *, framed: bool, plain_http: bool) -> dict[str, object]:
    """The tag for a program: JSON members."""
    return {
        "src": pinned_url(public_url, widget),
        "integrity": integrity(widget),
        "html": tag(public_url, widget),
        "csp": csp(public_url, framed=framed, plain_http=plain_http),
    }


def pinned_url(public_url: str, widget: bytes) -> str:
    """Where exactly these bytes are, for ever."""
    return public_url + versioned_path(widget)


def _unless_auto(wish: str) -> str | None:
    """`auto` in the tag would say nothing: the page rule and the shopper's browser decide anyway."""
    return None if wish == "auto" else wish


def button(public_url: str, order_code: str, text: str, *, in_page: bool = False) -> str:
    """The link that pays, with the script and without. `in_page`: with the element that the pay page opens in."""
    more, place = (f' data-container="{CONTAINER}"', f'\n<div id="{CONTAINER[1:]}"></div>') if in_page else ("", "")
    return f'<a href="{public_url}/v1/pay/{order_code}" data-steppay-order="{order_code}"{more}>{text}</a>{place}'


def rule_toml(page: Page) -> str:
    """The `[[page]]` entry that does without the tag's attributes. Phones are redirected unless the rule knows better:
    no framed or second window works in each in-app browser."""
    mode, mobile = page.modes
    if page.forced_mode and mobile != "auto":
        mobile = "redirect"
    locale = page.rule.locale if page.locale == "auto" else page.locale
    theme = page.rule.theme if page.theme == "auto" else page.theme
    members = {"path": _pattern(page.path), "mode": mode, "mode_mobile": mobile, "locale": locale, "theme": theme}
    return "\n".join(["[[page]]", *(f'{name} = "{_toml(value)}"' for name, value in members.items())])


def _pattern(path: str) -> str:
    """A page rule's path is a pattern as in .gitignore; here it means exactly one page."""
    return _GLOB_CHARS.sub(lambda sign: "\\" + sign[0], path)


def _toml(text: str) -> str:
    """Inside of a basic string (TOML 1.0). A path is percent-encoded: it holds no control character."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def offer_button(offer: str, text: str) -> str:
    """The button that sells an offer. It needs the script: without it there is no form."""
    return f'<button type="button" data-steppay-offer="{offer}">{text}</button>'


def csp(public_url: str, *, framed: bool, plain_http: bool) -> dict[str, str]:
    """What a page with a Content-Security-Policy adds to it: sources by directive. `plain_http` for a sandbox on one
    machine.

    A framed pay page leads on to pages of banks and card companies, which no list names: only the scheme can be given.
    A server below a path is named with it and a slash at the end, which stands for all below (CSP 3, 6.7.2.12).
    """
    source = f"{public_url}/" if urlsplit(public_url).path else public_url
    always = {"script-src": source, "connect-src": source}
    return always | ({"frame-src": "http: https:" if plain_http else "https:"} if framed else {})


def csp_directives(public_url: str, *, framed: bool, plain_http: bool) -> tuple[str, ...]:
    """The same as lines of a policy."""
    return tuple(map(" ".join, csp(public_url, framed=framed, plain_http=plain_http).items()))


def notes(
    public_url: str, page: Page, *, evergreen: bool, released: bool = True, plain_http: bool = False
) -> list[str]:
    """Lines for the person who pastes the tag. `released`: whether the widget is a kept build."""
    directives = csp_directives(public_url, framed=page.framed, plain_http=plain_http)
    policies = (f"  {directive};" for directive in directives)
    choice = (_EVERGREEN if evergreen else _PINNED).format(public_url)
    lines = [_mode_note(page), choice, *([] if evergreen or released else [_UNRELEASED])]
    return [*lines, "A page with a Content-Security-Policy needs:", *policies]


def _mode_note(page: Page) -> str:
    mode, mobile = page.modes
    source = "from data-mode in the tag" if page.forced_mode else "from the page rules"
    modes = mode if mode == mobile else f"{mode} (on phones {mobile})"
    return f"Mode on {page.path}: {modes}, {source}; data-mode on a button comes first."
