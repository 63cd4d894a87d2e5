"""What a test asks of a screenshot that is a picture of the documents."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path


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
