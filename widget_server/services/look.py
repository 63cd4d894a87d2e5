"""What a shop may change of the widget's look and words, as the style sheet and script that it pastes.

Contrast is that of WCAG 2.2 (1.4.3 for text, 1.4.11 for what is no text).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_ACCENT = "#1f5eff"
DEFAULT_RADIUS = 16
LARGEST_RADIUS = 32
TEXT_KEYS = ("paid", "failed", "close")
"""Of `TextKey` in static/js/widget.d.ts: those that shops reword most."""
LONGEST_TEXT = 80
TEXT_RATIO = 4.5
SHAPE_RATIO = 3.0

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_RADIUS = re.compile(r"[0-9]{1,2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_WHITE, _BLACK = "#ffffff", "#000000"
_CARDS = {"light": "#ffffff", "dark": "#171b22"}
"""As static/js/src/screens.css paints them."""


@dataclass(frozen=True)
class Look:
    """None and nothing: as the widget brings it. `in_page`: the frame opens inside the page instead of in a dialog."""

    accent: str | None = None
    radius: int | None = None
    in_page: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        """The members of an address that give the same look."""
        given = {"accent": self.accent, "radius": self.radius, "container": "1" if self.in_page else None}
        named = given | {f"text_{key}": text for key, text in self.texts.items()}
        return {name: str(value) for name, value in named.items() if value is not None}

    @property
    def css(self) -> str:
        """Rules for the shop's own style sheet. On a phone the card is a sheet at the bottom, whose corners stay."""
        rules = []
        if self.accent:
            members = (f"--steppay-accent: {self.accent};", f"--steppay-on-accent: {on_accent(self.accent)};")
            rules.append(f"steppay-checkout {{\n  {members[0]}\n  {members[1]}\n}}")
        if self.radius is not None:
            corners = f"border-radius: {self.radius}px;"
            rules.append(f"steppay-checkout::part(button) {{\n  {corners}\n}}")
            rules.append(
                f"@media (min-width: 481px) {{\n  steppay-checkout::part(card) {{\n    {corners}\n  }}\n}}",
            )
        return "\n".join(rules)

    @property
    def script(self) -> str:
        """For the shop's own script file: it waits for the deferred tag."""
        if not self.texts:
            return ""
        words = json.dumps(dict(self.texts), ensure_ascii=False).replace("<", "\\u003c")
        return (
            "document.addEventListener('DOMContentLoaded', () => {\n"
            f"  StepPayCheckout.configure({{ texts: {words} }});\n"
            "});"
        )


def read_look(given: Mapping[str, str]) -> Look:
    """From an address that a visitor may have written: what is no look counts as not given."""
    accent = given.get("accent", "")
    radius = given.get("radius", "")
    wide = int(radius) if _RADIUS.fullmatch(radius) else DEFAULT_RADIUS
    texts = {key: _CONTROL.sub("", given.get(f"text_{key}", ""))[:LONGEST_TEXT].strip() for key in TEXT_KEYS}
    return Look(
        accent=accent.lower() if _COLOR.fullmatch(accent) and accent.lower() != DEFAULT_ACCENT else None,
        radius=wide if wide <= LARGEST_RADIUS and wide != DEFAULT_RADIUS else None,
        in_page=given.get("container") == "1",
        texts={key: text for key, text in texts.items() if text},
    )


@dataclass(frozen=True)
class Contrast:
    """`place`: `text`, or the card `light` or `dark`. `ratio`: 1 to 21."""

    place: str
    ratio: float
    enough: bool


def contrasts(accent: str) -> tuple[Contrast, ...]:
    text = contrast(accent, on_accent(accent))
    cards = ((place, contrast(accent, card)) for place, card in _CARDS.items())
    return (
        Contrast("text", text, text >= TEXT_RATIO),
        *(Contrast(place, ratio, ratio >= SHAPE_RATIO) for place, ratio in cards),
    )


def on_accent(accent: str) -> str:
    """White where it can be read, else black: one of the two always can."""
    return _WHITE if contrast(accent, _WHITE) >= TEXT_RATIO else _BLACK


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
