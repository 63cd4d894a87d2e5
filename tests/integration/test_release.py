"""The wheel as a release: the same sources give the same bytes, and it says what it consists of (SC-02)."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.wheel_building import ROOT, build_wheel, copy_checkout
from tools.lockfiles import python_lock
from tools.sbom import FILE_NAME
from tools.widget_builds import BUILDS
from widget_server import __version__
from widget_server.domain.subresource_integrity import integrity
from widget_server.web.builds import read_manifest

EPOCH = "1795435200"  # 2026-11-23T12:00:00Z


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two, as two machines would build them: another folder, another umask, other times."""
    first = copy_checkout(tmp_path_factory.mktemp("first") / "source")
    other = copy_checkout(tmp_path_factory.mktemp("another-place") / "checkout")
    for path in other.rglob("*"):
        os.utime(path, (10**9, 10**9))
        path.chmod(0o775 if path.is_dir() else 0o664)
    settings = {"SOURCE_DATE_EPOCH": EPOCH}
    return build_wheel(first, umask=0o077, **settings), build_wheel(other, umask=0o002, TZ="Asia/Seoul", **settings)


@pytest.fixture(scope="module")
def bill(wheels: tuple[Path, Path]) -> dict[str, Any]:
    with zipfile.ZipFile(wheels[0]) as archive:
        (name,) = [name for name in archive.namelist() if "/sboms/" in name]
        assert name == f"steppay_widget_server-{__version__}.dist-info/sboms/{FILE_NAME}"
        found: dict[str, Any] = json.loads(archive.read(name))
    return found


def test_sc_02_two_machines_build_the_same_wheel(wheels: tuple[Path, Path]) -> None:
    first, other = (zipfile.ZipFile(wheel) for wheel in wheels)
    with first, other:
        assert [vars_of(item) for item in first.infolist()] == [vars_of(item) for item in other.infolist()]
    assert hashlib.sha256(wheels[0].read_bytes()).digest() == hashlib.sha256(wheels[1].read_bytes()).digest()


def vars_of(item: zipfile.ZipInfo) -> tuple[object, ...]:
    """What can differ, to be named when it does."""
    return item.filename, item.date_time, oct(item.external_attr >> 16), item.CRC


def test_sc_02_the_bill_names_every_locked_package_with_its_hashes(bill: dict[str, Any]) -> None:
    listed = {
        (part["name"], part["version"]): {entry["content"] for entry in part["externalReferences"][0]["hashes"]}
        for part in bill["components"]
        if part["type"] == "library"
    }
    assert listed == {(pin.name, pin.version): set(pin.hashes) for pin in python_lock("runtime")}
    assert all(
        part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}"
        for part in bill["components"]
        if part["type"] == "library"
    )


def test_sc_02_the_bill_names_the_widget_and_each_kept_build_with_the_hash_of_its_file(bill: dict[str, Any]) -> None:
    files = {part["name"]: part["hashes"] for part in bill["components"] if part["type"] == "file"}
    builds = read_manifest(BUILDS)
    kept = {f"static/js/builds/{name}" for build in builds for name in (build.file, build.offer) if name}
    assert set(files) == {"static/js/widget.js", "static/js/widget-offer.js", *kept}
    for name, entries in files.items():
        hashes = {entry["alg"]: bytes.fromhex(entry["content"]) for entry in entries}
        assert "sha384-" + base64.b64encode(hashes["SHA-384"]).decode() == integrity((ROOT / name).read_bytes())


def test_sc_02_the_bill_is_cyclonedx_and_its_references_meet(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    root = bill["metadata"]["component"]
    assert (root["name"], root["version"]) == ("steppay-widget-server", __version__)
    known = {root["bom-ref"], *(part["bom-ref"] for part in bill["components"])}
    assert len(known) == 1 + len(bill["components"])
    (edges,) = bill["dependencies"]
    assert edges["ref"] == root["bom-ref"]
    assert set(edges["dependsOn"]) <= known
    names = {ref.partition("/")[2].partition("@")[0] for ref in edges["dependsOn"]}
    assert {"flask", "flask-cors", "requests", "sqlalchemy", "granian"} <= names
    assert "werkzeug" not in names


def test_sc_02_the_bill_has_no_date_and_no_machine(bill: dict[str, Any]) -> None:
    assert "timestamp" not in bill["metadata"]
    assert str(ROOT) not in json.dumps(bill)


def test_a_wheel_is_not_built_without_its_lock(tmp_path: Path) -> None:
    source = copy_checkout(tmp_path / "source")
    (source / "requirements" / "runtime.txt").unlink()
    with pytest.raises(AssertionError, match=r"runtime\.txt"):
        build_wheel(source)
