"""Read the locks: every package that is installed here, with its one version and the hashes its files may have."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON_LOCKS = ("build", "runtime", "production", "dev", "bench")
NPM_LOCKS = ("package-lock.json", "bench/peers/package-lock.json", "tests/recipes/package-lock.json")
_PIN = re.compile(
    r"(?P<name>[a-z0-9]+(-[a-z0-9]+)*)==(?P<version>[0-9][A-Za-z0-9.+!]*)"
    r"(?: ; (?P<marker>[^#\\]+?))?(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)
_SRI = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")


class NotLocked(ValueError):
    """A package without one exact version, or without a hash."""


@dataclass(frozen=True)
class Pin:
    """`ecosystem` as OSV names it. `hashes`: hexadecimal SHA-256 for PyPI, an integrity value for npm."""

    ecosystem: str
    name: str
    version: str
    hashes: tuple[str, ...]
    marker: str = ""


def read_requirements(text: str) -> list[Pin]:
    """A pip lock. Raises `NotLocked` for any line that is not a pin with hashes: an option, an address, a range."""
    lines = text.replace("\\\n", " ").splitlines()
    return [_pin(" ".join(line.split())) for line in lines if line.strip() and not line.startswith("#")]


def _pin(line: str) -> Pin:
    match = _PIN.fullmatch(line)
    if not match:
        raise NotLocked(line[:100])
    hashes = tuple(re.findall(r"[0-9a-f]{64}", match["hashes"]))
    return Pin("PyPI", match["name"], match["version"], hashes, match["marker"] or "")


def read_npm(text: str) -> list[Pin]:
    """A package-lock.json. Raises `NotLocked` for a package without integrity, or another file format."""
    lock = json.loads(text)
    if lock["lockfileVersion"] != 3:
        raise NotLocked("lockfileVersion")
    return [_npm_pin(path, entry) for path, entry in lock["packages"].items() if path]


def _npm_pin(path: str, entry: dict[str, str]) -> Pin:
    if not _SRI.fullmatch(entry.get("integrity", "")) or not entry.get("version"):
        raise NotLocked(path)
    return Pin("npm", path.rpartition("node_modules/")[2], entry["version"], (entry["integrity"],))


def python_lock(name: str) -> list[Pin]:
    return read_requirements((ROOT / "requirements" / f"{name}.txt").read_text("utf-8"))


def all_pins() -> list[Pin]:
    """Everything that any of our commands installs, each version once."""
    pins = [pin for name in PYTHON_LOCKS for pin in python_lock(name)]
    pins += [pin for name in NPM_LOCKS for pin in read_npm((ROOT / name).read_text("utf-8"))]
    return list({(pin.ecosystem, pin.name, pin.version): pin for pin in pins}.values())
