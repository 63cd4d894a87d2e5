"""The dashboard's colors can be told from their ground: WCAG 1.4.11 for drawings, and forced colors."""

from __future__ import annotations

import re

from widget_server.web.assets import static_dir

CSS = (static_dir() / "css/admin.css").read_text("utf-8")
DRAWN = re.compile(r"--((?:success|info|warning|danger|neutral)(?:-2)?): (#\w{6})")
PAPER = re.compile(r"--paper: (#\w{6})")


def luminance(color: str) -> float:
    """As WCAG 2.2 defines it."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_f23_each_tone_of_the_chart_is_seen_on_its_ground_light_and_dark() -> None:
    schemes = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        paper, tones = PAPER.findall(scheme)[0], dict(DRAWN.findall(scheme))
        assert len(tones) == 9
        assert {name: contrast(color, paper) for name, color in tones.items() if contrast(color, paper) < 3} == {}


def test_f26_forced_colors_keep_the_live_dot() -> None:
    forced = CSS[CSS.index("@media (forced-colors: active)") :]
    assert re.search(r"#live::before[^}]*forced-color-adjust: none", forced)
