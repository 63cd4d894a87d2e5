"""Every released build of the widget. Each stays served under its own hash, so no pinned tag ends with an upgrade
(docs/decisions/0063). `tools/widget_builds.py` writes the manifest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from widget_server.domain.subresource_integrity import address_hash, version
from widget_server.web.assets import filled, offer_script, static_dir, widget

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Build:
    """One entry of the manifest. `sha256`: of the file as it is kept, with its placeholder. `notes`: what a maintainer
    must know of it, such as a route that only it calls. `withdrawn`: why it is not served any more. `offer`: the second
    file, which it loads for offers; its hash stands in the first, so nothing else needs to name it."""

    version: str
    file: str
    date: str
    sha256: str
    notes: str = ""
    withdrawn: str = ""
    offer: str = ""


@dataclass(frozen=True)
class ServedBuilds:
    """Of one installation: its public URL is part of the bytes, so of each hash. `released`: whether the current build
    is a kept one; else a tag that pins it ends with the next upgrade."""

    current: bytes
    released: bool
    files: Mapping[str, bytes]
    """By the digest in the address."""
    offers: Mapping[str, bytes]
    """The second file of each build, by the hash in its address."""
    withdrawn: Mapping[str, str]
    """The reason, by the digest."""


def builds_dir() -> Path:
    return static_dir() / "js" / "builds"


def read_manifest(folder: Path) -> list[Build]:
    """Oldest first."""
    return [Build(**entry) for entry in json.loads((folder / MANIFEST).read_text("utf-8"))]


def served_builds(public_url: str, folder: Path | None = None) -> ServedBuilds:
    """The current build and the kept ones. `folder`: where these are, if elsewhere."""
    folder = folder or builds_dir()
    builds = read_manifest(folder)
    kept = [(build, filled((folder / build.file).read_bytes(), public_url)) for build in builds]
    current = widget(public_url)
    files = {version(content): content for build, content in kept if not build.withdrawn}
    withdrawn = {version(content): build.withdrawn for build, content in kept if build.withdrawn}
    offers = [(folder / build.offer).read_bytes() for build in builds if build.offer and not build.withdrawn]
    return ServedBuilds(
        current,
        version(current) in files,
        {**files, version(current): current},
        {address_hash(content): content for content in (*offers, offer_script())},
        withdrawn,
    )
