"""The kept builds of the widget (docs/decisions/0063). A release runs `keep`; CONTRIBUTING.md says when.

    python -m tools.widget_builds keep                       keep static/js/widget.js as the build of this version
    python -m tools.widget_builds withdraw VERSION REASON    stop serving a build: its pages pay by plain links

It deletes nothing and changes no kept file: a page may pin each of them.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from tools.lockfiles import ROOT
from widget_server import __version__
from widget_server.domain.subresource_integrity import address_hash
from widget_server.web.builds import MANIFEST, Build, read_manifest

WIDGET = ROOT / "static" / "js" / "widget.js"
OFFER = "widget-offer.js"
"""Next to the widget: the second file, whose hash is built into the first."""
BUILDS = WIDGET.parent / "builds"
MOST_BYTES = 7000
"""After gzip, as in tools/build_widget.mjs."""
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
_PLACEHOLDER = b"{server}"
_INTEGRITY = b"sha256-"
"""In a build that loads a second file; the first kept one knows no offers."""


class RefusedError(Exception):
    """Nothing was written; the text says why."""


def keep(version: str, widget: Path = WIDGET, folder: Path = BUILDS) -> str:
    """Keep the built widget as the one of `version`. A release that leaves it as it was keeps nothing. Gives what was
    done. Raises RefusedError."""
    if found := problems(widget, folder):
        raise RefusedError("; ".join(found))
    content, offer, builds = widget.read_bytes(), (widget.parent / OFFER).read_bytes(), read_manifest(folder)
    digest = hashlib.sha256(content).hexdigest()
    for build in builds:
        if build.sha256 == digest:
            return f"unchanged since {build.version}: nothing to keep"
    today = datetime.now(UTC).date().isoformat()
    second = f"widget-offer-{version}.js" if _INTEGRITY in content else ""
    new = Build(version, f"widget-{version}.js", today, digest, offer=second)
    if refusal := _refusal(new, content, builds, folder):
        raise RefusedError(refusal)
    (folder / new.file).write_bytes(content)
    if second:
        (folder / second).write_bytes(offer)
    _write(folder, [*builds, new])
    return f"kept {new.file}: {len(builds) + 1} builds"


def _refusal(new: Build, content: bytes, builds: list[Build], folder: Path) -> str:
    if not _VERSION.fullmatch(new.version):
        return f"{new.version} is no version such as 1.2.0 or 1.2.0rc1"
    if (folder / new.file).exists() or new.version in {build.version for build in builds}:
        return f"{new.version} is kept already, with other bytes: give the release another version"
    if (size := len(gzip.compress(content, 9, mtime=0))) > MOST_BYTES:
        return f"{size} bytes after gzip, {MOST_BYTES} are allowed"
    return ""


def withdraw(version: str, reason: str, widget: Path = WIDGET, folder: Path = BUILDS) -> str:
    """Stop serving one kept build. `reason`: a sentence for operators and developers. Raises RefusedError."""
    builds = read_manifest(folder)
    if version not in {build.version for build in builds}:
        raise RefusedError(f"{version} is not kept; kept: {', '.join(build.version for build in builds)}")
    if not re.fullmatch(r"[A-Z].*[.!]", reason):
        raise RefusedError("give the reason as one sentence: it stands in the answer and in the log")
    changed = [replace(build, withdrawn=reason) if build.version == version else build for build in builds]
    if hashlib.sha256(widget.read_bytes()).hexdigest() in {build.sha256 for build in changed if build.withdrawn}:
        raise RefusedError("static/js/widget.js is this build, and the current build is always served: mend it first")
    _write(folder, changed)
    return f"{version} is withdrawn"


def _write(folder: Path, builds: list[Build]) -> None:
    """Without members that say nothing."""
    entries = [{name: value for name, value in asdict(build).items() if value} for build in builds]
    (folder / MANIFEST).write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", "utf-8")


def problems(widget: Path = WIDGET, folder: Path = BUILDS) -> list[str]:
    """Where the manifest, the files and the current build disagree."""
    builds = read_manifest(folder)
    return [*_wrong_files(folder, builds), *_wrong_manifest(builds), *_wrong_current(widget, builds)]


def _wrong_files(folder: Path, builds: list[Build]) -> Iterator[str]:
    there = {path.name for path in folder.iterdir()} - {MANIFEST}
    named = {name for build in builds for name in (build.file, build.offer) if name}
    yield from (f"{name} is not in the manifest" for name in sorted(there - named))
    yield from (f"{name} is missing" for name in sorted(named - there))
    for build in builds:
        if not {build.file, build.offer or build.file} <= there:
            continue
        if hashlib.sha256(content := (folder / build.file).read_bytes()).hexdigest() != build.sha256:
            yield f"{build.file} has changed"
        elif content.count(_PLACEHOLDER) != 1:
            yield f"{build.file} does not carry the server's address once"
        elif build.offer and not _carries(content, folder / build.offer):
            yield f"{build.file} does not carry the hash of {build.offer}"


def _carries(widget: bytes, offer: Path) -> bool:
    return address_hash(offer.read_bytes()).encode() in widget


def _wrong_manifest(builds: list[Build]) -> Iterator[str]:
    for name in ("version", "file", "sha256"):
        if len({getattr(build, name) for build in builds}) != len(builds):
            yield f"the manifest names a {name} twice"
    if [build.date for build in builds] != sorted(build.date for build in builds):
        yield "the manifest is not in the order of the dates"


def _wrong_current(widget: Path, builds: list[Build]) -> Iterator[str]:
    content = widget.read_bytes()
    if content.count(_PLACEHOLDER) != 1:
        yield "static/js/widget.js does not carry the server's address once"
    if _INTEGRITY in content and not _carries(content, widget.parent / OFFER):
        yield "static/js/widget.js does not carry the hash of widget-offer.js"
    if hashlib.sha256(content).hexdigest() in {build.sha256 for build in builds if build.withdrawn}:
        yield "static/js/widget.js is a withdrawn build"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.widget_builds", description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("keep", help=f"keep static/js/widget.js as the build of {__version__}")
    withdrawing = commands.add_parser("withdraw", help="stop serving a kept build")
    withdrawing.add_argument("version")
    withdrawing.add_argument("reason", help='one sentence, such as "It shows text of the page as HTML."')
    chosen = parser.parse_args(arguments)
    try:
        print(keep(__version__) if chosen.command == "keep" else withdraw(chosen.version, chosen.reason))
    except RefusedError as error:
        print(f"nothing was changed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
