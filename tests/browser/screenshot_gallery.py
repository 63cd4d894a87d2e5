"""The screenshot sheet: pictures in reports/screens, and a page that shows them side by side."""

from __future__ import annotations

import struct
import zlib
from html import escape
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "reports/screens"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ margin: 16px; font: 14px sans-serif; background: #888; display: flex; flex-wrap: wrap; gap: 16px }}
figure {{ margin: 0 }} img {{ display: block; width: {width}px }} figcaption {{ padding: 4px 0 }}
</style></head><body>{figures}</body></html>"""


def read_png(path: Path) -> tuple[int, bytes]:
    """The width in pixels, and the unpacked picture data."""
    chunks, data = path.read_bytes()[8:], b""
    width = struct.unpack(">I", chunks[8:12])[0]
    while chunks:
        (length,) = struct.unpack(">I", chunks[:4])
        data += chunks[8 : 8 + length] if chunks[4:8] == b"IDAT" else b""
        chunks = chunks[12 + length :]
    return width, zlib.decompress(data)


def is_blank(path: Path) -> bool:
    return len(set(read_png(path)[1][::97])) < 6


def write_page(column: str, names: list[str], width: int) -> Path:
    """`column`: one theme and width of screen; `names`: its pictures; `width`: of each on the page, in pixels."""
    figures = "".join(
        f'<figure><img src="{column}/{escape(name)}.png" alt=""><figcaption>{escape(name)}</figcaption></figure>'
        for name in names
    )
    page = FOLDER / f"{column}.html"
    page.write_text(PAGE.format(title=column, width=width, figures=figures), "utf-8")
    return page
