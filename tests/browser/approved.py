"""The approved pictures and accessibility trees in tests/browser/approved, and how a screen is held against them.

A picture file is a sheet: the screens of one surface in one language, theme and width, each under its name. A screen
that looks different fails the test, which writes what it saw into reports/screens. `UPDATE_PICTURES=1` approves what
is seen: it renews each file that differs, and shows all of them in full size there.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, PngImagePlugin

from tests.browser.pictures import differing_tiles, halved, marked, side_by_side, with_few_colors

FOLDER = Path(__file__).resolve().parent / "approved"
REPORTS = Path(__file__).resolve().parents[2] / "reports/screens"
IS_UPDATE = os.environ.get("UPDATE_PICTURES") == "1"
TO_APPROVE = "To approve: UPDATE_PICTURES=1 make test PYTEST_ARGS=tests/browser/test_pictures.py"
SHEET_WIDTH, LABEL = 1440, 14  # pixels


@dataclass
class Column:
    """One sheet. `seen`: the screenshots of a run by screen, as PNG."""

    name: str
    seen: dict[str, bytes] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.png"

    def flaws(self) -> list[str]:
        """A line for each screen that does not look as approved; with `IS_UPDATE` none, and the sheet is renewed."""
        approved = self._approved()
        gone = [f"{self.name}: {screen} is gone" for screen in approved.keys() - self.seen.keys()]
        found = [line for screen in self.seen for line in self._compare(screen, approved.get(screen))] + gone
        if not IS_UPDATE:
            return found
        self._show()
        if found or list(approved) != list(self.seen):
            self._renew()
        return []

    def _approved(self) -> dict[str, Image.Image]:
        if not self.path.exists():
            return {}
        with Image.open(self.path) as sheet:
            places: dict[str, list[int]] = json.loads(sheet.info["screens"])
            pixels = sheet.convert("RGB")
        return {screen: pixels.crop((left, top, right, low)) for screen, (left, top, right, low) in places.items()}

    def _compare(self, screen: str, approved: Image.Image | None) -> list[str]:
        actual = picture_of(self.seen[screen])
        half = halved(actual)
        where = f"{self.name}: {screen}"
        if approved is None or approved.size != half.size:
            if IS_UPDATE:
                return [where]
            half.save(_report(f"{self.name}-{screen}.png"))
            return [f"{where} is new" if approved is None else f"{where} has another size"]
        tiles = differing_tiles(approved, actual)
        if not tiles.getbbox():
            return []
        if IS_UPDATE:
            return [where]
        side_by_side([approved, half, marked(half, tiles)]).save(_report(f"{self.name}-{screen}.png"))
        return [f"{where} looks different: approved, actual and difference in reports/screens/{self.name}-{screen}.png"]

    def _renew(self) -> None:
        sheet, places = sheet_of({screen: halved(picture_of(data)) for screen, data in self.seen.items()}, SHEET_WIDTH)
        notes = PngImagePlugin.PngInfo()
        notes.add_text("screens", json.dumps(places))
        FOLDER.mkdir(exist_ok=True)
        with_few_colors(sheet).save(self.path, optimize=True, pnginfo=notes)

    def _show(self) -> None:
        """The same for people, in full size and color."""
        sheet, _ = sheet_of({screen: picture_of(data) for screen, data in self.seen.items()}, 2 * SHEET_WIDTH)
        sheet.save(_report(f"{self.name}.png"), compress_level=1)


def sheet_of(pictures: dict[str, Image.Image], most: int) -> tuple[Image.Image, dict[str, tuple[int, int, int, int]]]:
    """The screens in rows of `most` pixels, each under its name, and the place of each."""
    width, height = next(iter(pictures.values())).size
    in_row = min(len(pictures), max(1, most // width))
    sheet = Image.new("RGB", (width * in_row, (height + LABEL) * -(-len(pictures) // in_row)), "white")
    draw, places = ImageDraw.Draw(sheet), {}
    for number, (screen, picture) in enumerate(pictures.items()):
        left, top = number % in_row * width, number // in_row * (height + LABEL)
        draw.text((left + 2, top + 1), screen, "black")
        sheet.paste(picture, (left, top + LABEL))
        places[screen] = (left, top + LABEL, left + width, top + LABEL + height)
    return sheet, places


def picture_of(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def tree_flaws(surface: str, trees: dict[str, str]) -> list[str]:
    """As `Column.flaws`, for the accessibility trees of one surface by screen and language."""
    path = FOLDER / f"{surface}.yml"
    text = "".join(f"# {screen}\n{tree}\n\n" for screen, tree in trees.items())
    approved = path.read_text("utf-8") if path.exists() else ""
    if text == approved:
        return []
    if IS_UPDATE:
        path.write_text(text, "utf-8")
        return []
    _report(path.name).write_text(text, "utf-8")
    before = _sections(approved)
    names = [name for name in before | trees if before.get(name) != trees.get(name)]
    return [f"{path.name}: {name} has another tree, see reports/screens/{path.name}" for name in names]


def _sections(text: str) -> dict[str, str]:
    parts = [part.partition("\n") for part in text.removeprefix("# ").split("\n\n# ")]
    return {name: tree.rstrip("\n") for name, _, tree in parts}


def _report(name: str) -> Path:
    REPORTS.mkdir(parents=True, exist_ok=True)
    return REPORTS / name
