"""The software bill of materials: what the tested server consists of, from the hashed lock, as CycloneDX 1.6 JSON.

It has no date and no random number: the same sources give the same bytes (docs/decisions/0015).
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.lockfiles import ROOT, Pin, python_lock

FILE_NAME = "steppay-widget-server.cdx.json"
SCRIPTS = ("static/js/widget.js", "static/js/widget-offer.js", "static/js/builds/*.js")
"""What browsers get on a shop's page: the current widget with its second file, and each kept build."""


def bill(
    name: str, version: str, requires: Iterable[str], pins: Sequence[Pin], files: Mapping[str, bytes]
) -> dict[str, Any]:
    """`requires`: what the package itself asks for, such as `flask>=3.1`; `pins`: all that it runs with; `files`: our
    own, by their path."""
    root = f"pkg:pypi/{name}@{version}"
    direct = {_canonical(text) for text in requires}
    body: dict[str, Any] = {
        "metadata": {
            "component": {"type": "application", "bom-ref": root, "name": name, "version": version, "purl": root}
        },
        "components": [*(_library(pin) for pin in pins), *(_file(*file) for file in files.items())],
        "dependencies": [{"ref": root, "dependsOn": [*(_purl(pin) for pin in pins if pin.name in direct), *files]}],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
    head = {"$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX"}
    return {**head, "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1, **body}


def _library(pin: Pin) -> dict[str, Any]:
    """The hashes belong to the package's published files, of which an installation takes one."""
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _purl(pin),
        "name": pin.name,
        "version": pin.version,
        "purl": _purl(pin),
        "scope": "optional" if pin.marker else "required",
        "externalReferences": [
            {"type": "distribution", "url": _purl(pin), "hashes": [_hash("SHA-256", value) for value in pin.hashes]}
        ],
    }
    return component


def _file(name: str, content: bytes) -> dict[str, Any]:
    hashes = [
        _hash("SHA-256", hashlib.sha256(content).hexdigest()),
        _hash("SHA-384", hashlib.sha384(content).hexdigest()),
    ]
    return {"type": "file", "bom-ref": name, "name": name, "hashes": hashes}


def _hash(algorithm: str, content: str) -> dict[str, str]:
    return {"alg": algorithm, "content": content}


def _purl(pin: Pin) -> str:
    return f"pkg:pypi/{pin.name}@{pin.version}"


def _canonical(requirement: str) -> str:
    """PEP 503's name of a requirement."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", name[0]).lower() if name else ""


def write(folder: Path, name: str, version: str, requires: Iterable[str]) -> None:
    """Write the bill into `folder`, which is made."""
    scripts = sorted(path for pattern in SCRIPTS for path in ROOT.glob(pattern))
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in scripts}
    content = bill(name, version, requires, python_lock("runtime"), files)
    folder.mkdir(exist_ok=True)
    (folder / FILE_NAME).write_text(json.dumps(content, indent=1) + "\n", "utf-8")
