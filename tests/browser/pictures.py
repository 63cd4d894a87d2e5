"""Compares a screenshot with the approved picture of the same screen.

An approved picture has half the size and few colors, so that all of them are small. Another version of a browser
draws the edges of letters a little differently and rounds a place by one pixel: tiles of 16 screen pixels are compared
by their means, at the best of nine places. What people change moves, colors or rewords more than that
(tests/unit/test_pictures.py; docs/decisions/0084-approved-pictures.md has the measurements).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from PIL import Image, ImageChops

COLORS, FREQUENT = 128, 32
TILE = 8  # pixels of a picture of half the size
SHAPE, COLOR = 20, 12
"""What a tile may differ by, of 255: the mean of its pixels' differences in lightness, and its mean color."""
SHIFTS = sorted(product((-1, 0, 1), repeat=2), key=lambda shift: abs(shift[0]) + abs(shift[1]))


def halved(picture: Image.Image, shift: tuple[int, int] = (0, 0)) -> Image.Image:
    return ImageChops.offset(picture, *shift).reduce(2)


def with_few_colors(picture: Image.Image) -> Image.Image:
    """Areas keep their colors, which are the frequent ones. The others become the nearest of colors that lie far apart:
    that of an icon is rare."""
    counted = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    colors = [color for _, color in counted[:FREQUENT]]
    if rare := [color for _, color in counted[FREQUENT:]]:
        each_once = Image.new("RGB", (len(rare), 1))
        each_once.putdata(rare)
        families = each_once.quantize(COLORS - FREQUENT, Image.Quantize.MAXCOVERAGE).convert("RGB").getcolors()
        colors += [color for _, color in families or []]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for color in colors for part in color])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def differing_tiles(approved: Image.Image, actual: Image.Image) -> Image.Image:
    """One pixel for each tile, white where the actual screenshot differs. `approved` has half its size."""
    found = Image.new("L", approved.reduce(TILE).size, 255)
    for shift in SHIFTS:
        found = ImageChops.darker(found, _differing(approved, halved(actual, shift)))
        if not found.getbbox():  # mostly after the first: the same browser draws the same pixels
            break
    return found


def _differing(approved: Image.Image, actual: Image.Image) -> Image.Image:
    shape = ImageChops.difference(approved.convert("L"), actual.convert("L")).reduce(TILE)
    colors = ImageChops.difference(approved.reduce(TILE), actual.reduce(TILE)).split()
    return _lightest(_above(shape, SHAPE), *(_above(color, COLOR) for color in colors))


def _above(values: Image.Image, limit: int) -> Image.Image:
    return values.point([0] * (limit + 1) + [255] * (255 - limit))


def _lightest(first: Image.Image, *others: Image.Image) -> Image.Image:
    for other in others:
        first = ImageChops.lighter(first, other)
    return first


def marked(actual: Image.Image, tiles: Image.Image) -> Image.Image:
    """The actual picture of half the size, pale, with the tiles that differ in red."""
    pale = Image.blend(actual, Image.new("RGB", actual.size, "white"), 0.7)
    mask = tiles.resize((tiles.width * TILE, tiles.height * TILE), Image.Resampling.NEAREST)
    strong = Image.blend(actual, Image.new("RGB", actual.size, "red"), 0.5)
    return Image.composite(strong, pale, mask.crop((0, 0, *actual.size)))


def side_by_side(pictures: Iterable[Image.Image]) -> Image.Image:
    found = list(pictures)
    sheet = Image.new("RGB", (sum(one.width + 8 for one in found), max(one.height for one in found)), "gray")
    left = 0
    for one in found:
        sheet.paste(one, (left, 0))
        left += one.width + 8
    return sheet
