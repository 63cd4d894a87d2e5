"""Which documents the site has, where they stand in it, and their links from there.

The Markdown is written to be read in the checkout. A link to another document follows it to its place in the site; a
link to a file that the site does not have, such as source code, becomes the file's name.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOMES = {
    "README.md": "index.md",
    "docs/README.md": "all.md",
    "docs/decisions/README.md": "decisions/index.md",
    "docs/recipes/README.md": "recipes/index.md",
    "docs/ko/README.md": "ko/index.md",
    "docs/ko/recipes/README.md": "ko/recipes/index.md",
    "SECURITY.md": "security/index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
"""Documents whose place in the site is not their place below docs/."""
_COPIED = {".webp", ".svg", ".py", ".mjs", ".php", ".tsx", ".json", ".yml"}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_PICTURE = re.compile(r'(src|srcset)="([^":]+)"')
"""Of a `<picture>`, which Markdown has no words for."""
_FENCE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)


def places() -> dict[str, str]:
    """The site's place of each document and of each file that a document may show, by its path in the checkout."""
    files = [path for path in (ROOT / "docs").rglob("*") if path.suffix in {".md", *_COPIED}]
    names = sorted(path.relative_to(ROOT).as_posix() for path in files)
    return {name: name.removeprefix("docs/") for name in names} | HOMES


def write_pages(folder: Path) -> None:
    """All of them into `folder`."""
    known = places()
    for name, place in known.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".md"):
            target.write_text(moved((ROOT / name).read_text("utf-8"), name, known), "utf-8")
        else:
            shutil.copyfile(ROOT / name, target)


def title(name: str) -> str:
    """A document's first heading: a path means nothing to a reader of the site."""
    return (ROOT / name).read_text("utf-8").partition("\n")[0].lstrip("# ")


def moved(text: str, name: str, known: Mapping[str, str]) -> str:
    """The Markdown of the document `name` with its links as they lead from its place in the site."""

    def lead(match: re.Match[str]) -> str:
        mark, words, link = match.groups()
        if re.match(r"[a-z]+:|#", link):
            return match[0]
        path, hash_mark, fragment = link.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        if target not in known:
            return words if words.startswith("`") else f"{words} (`{target}`)"
        there = os.path.relpath(known[target], posixpath.dirname(known[name]) or ".")
        shown = title(target) if words.endswith(".md") else words
        return f"{mark}[{shown}]({there}{hash_mark}{fragment})"

    def show(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), match[2]))
        there = known.get(target, target)
        return f'{match[1]}="{os.path.relpath(there, posixpath.dirname(known[name]) or ".")}"'

    parts = _FENCE.split(text)
    return "".join(part if part.startswith("```") else _PICTURE.sub(show, _LINK.sub(lead, part)) for part in parts)
