"""The comparison of screenshots: what another browser version draws passes, what a person changes does not."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.browser.pictures import differing_tiles, halved, marked, with_few_colors

SCREEN: dict[str, Any] = {
    "title": "Payment complete",
    "text": "The receipt was sent to you.",
    "ink": "#17202e",
    "button": "#1f5eff",
    "move": (0, 0),
    "title_at": (60, 80),
    "text_at": (60, 130),
}
CHANGES = {
    "a word of the title": {"title": "Payment canceled"},
    "a word of the text": {"text": "The account was sent to you."},
    "a word more": {"text": "The receipt was now sent to you."},
    "the button's color, slightly": {"button": "#1155ff"},
    "the ink": {"ink": "#a02020"},
    "the button, 4 px right": {"move": (4, 0)},
    "the button, 4 px down": {"move": (0, 4)},
    "the title, 4 px right": {"title_at": (64, 80)},
    "the title, 4 px down": {"title_at": (60, 84)},
    "the text, 4 px right": {"text_at": (64, 130)},
    "the text, 4 px down": {"text_at": (60, 134)},
}


def drawn(**changes: Any) -> Image.Image:
    """A card with a title, a sentence and a button."""
    look = SCREEN | changes
    screen = Image.new("RGB", (360, 300), "#f2f4f7")
    draw = ImageDraw.Draw(screen)
    draw.rounded_rectangle((20, 40, 340, 280), 16, "white")
    draw.text(look["title_at"], look["title"], look["ink"], ImageFont.load_default(22))
    draw.text(look["text_at"], look["text"], look["ink"], ImageFont.load_default(15))
    right, down = look["move"]
    draw.rounded_rectangle((60 + right, 200 + down, 300 + right, 248 + down), 12, look["button"])
    draw.text((150 + right, 214 + down), "Close", "white", ImageFont.load_default(16))
    return screen


def differs(actual: Image.Image) -> bool:
    approved = with_few_colors(halved(drawn())).convert("RGB")
    return differing_tiles(approved, actual).getbbox() is not None


def with_colored_edges(screen: Image.Image) -> Image.Image:
    """As an LCD screen's text: red from a third of a pixel to the left, blue from the right."""
    wide = screen.resize((1080, 300), Image.Resampling.BICUBIC)
    parts = [wide.transform(wide.size, Image.Transform.AFFINE, (1, 0, move, 0, 1, 0)) for move in (-1, 0, 1)]
    small = [part.resize(screen.size, Image.Resampling.BOX).split()[band] for band, part in enumerate(parts)]
    return Image.merge("RGB", small)


NOISE = {
    "nothing": drawn(),
    "everything one pixel off": drawn(move=(1, 0), title_at=(61, 80), text_at=(60, 131)),
    "each its own pixel": drawn(move=(0, -1), title_at=(59, 81), text_at=(61, 130)),
    "softer edges": drawn().filter(ImageFilter.GaussianBlur(0.5)),
    "another gamma": drawn().point([round(255 * (level / 255) ** 1.04) for level in range(256)] * 3),
    "colored edges of letters": with_colored_edges(drawn()),
}


@pytest.mark.parametrize("noise", NOISE)
def test_what_another_version_of_the_browser_draws_passes(noise: str) -> None:
    assert not differs(NOISE[noise])


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_person_changes_does_not_pass(change: str) -> None:
    assert differs(drawn(**CHANGES[change]))
    assert differs(with_colored_edges(drawn(**CHANGES[change])))


def test_the_difference_is_marked_where_it_is() -> None:
    actual = drawn(button="#ff5e1f")
    tiles = differing_tiles(halved(drawn()), actual)
    left, top, right, bottom = (edge * 16 for edge in tiles.getbbox() or ())
    assert (left, top) >= (48, 192)
    assert (right, bottom) <= (320, 256)
    reddest = marked(halved(actual), tiles).getpixel((90, 105))
    assert isinstance(reddest, tuple)
    assert reddest[0] > 200 > reddest[2]


def test_areas_keep_their_color_when_colors_are_many() -> None:
    shades = Image.merge(
        "RGB", [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90), Image.new("L", (256, 256), 99)]
    )
    screen = shades.resize((300, 300))
    screen.paste((31, 94, 255), (0, 0, 100, 100))
    assert with_few_colors(screen).convert("RGB").getpixel((50, 50)) == (31, 94, 255)


def test_a_small_icon_keeps_its_color() -> None:
    screen = drawn()
    ImageDraw.Draw(screen).ellipse((170, 50, 182, 62), "#a81d1d")
    approved = with_few_colors(halved(screen)).convert("RGB")
    assert differing_tiles(approved, screen).getbbox() is None
    ImageDraw.Draw(screen).ellipse((170, 50, 182, 62), "#1da81d")
    assert differing_tiles(approved, screen).getbbox() is not None
