"""Keeping a build of the widget: what a release does, and what it refuses."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from tools.widget_builds import MOST_BYTES, RefusedError, keep, problems, withdraw
from widget_server.domain.subresource_integrity import address_hash
from widget_server.web.builds import MANIFEST, read_manifest

REASON = "It shows text of the page as HTML."


class Checkout:
    """A built widget and a folder of kept builds."""

    def __init__(self, folder: Path) -> None:
        self.widget, self.builds = folder / "widget.js", folder / "builds"
        self.offer = folder / "widget-offer.js"
        self.builds.mkdir()
        (self.builds / MANIFEST).write_text("[]\n", "utf-8")

    def build(self, script: bytes) -> None:
        self.offer.write_bytes(b"offer" + script)
        pin = address_hash(self.offer.read_bytes()).encode()
        self.widget.write_bytes(b'const server = "{server}", offer = "sha256-%b=";' % pin + script)

    def keep(self, version: str) -> str:
        return keep(version, self.widget, self.builds)

    def withdraw(self, version: str, reason: str = REASON) -> str:
        return withdraw(version, reason, self.widget, self.builds)

    def written(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.builds.iterdir()}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = Checkout(tmp_path)
    for number in range(12):
        checkout.build(b"// %d" % number)
        checkout.keep(f"1.{number}.0")
    return checkout


def refused(checkout: Checkout, version: str, why: str) -> None:
    before = checkout.written()
    with pytest.raises(RefusedError, match=why):
        checkout.keep(version)
    assert checkout.written() == before


def test_every_build_is_kept_with_its_hash_and_date(checkout: Checkout) -> None:
    builds = read_manifest(checkout.builds)
    assert [build.version for build in builds] == [f"1.{number}.0" for number in range(12)], "none is deleted"
    assert all(build.date and not build.withdrawn for build in builds)
    written = checkout.written()
    assert written[builds[3].file].endswith(b"// 3")
    assert address_hash(written[builds[3].offer]).encode() in written[builds[3].file], "the one names the other"
    assert problems(checkout.widget, checkout.builds) == []


def test_a_release_with_the_same_widget_keeps_nothing(checkout: Checkout) -> None:
    before = checkout.written()
    assert "unchanged since 1.11.0" in checkout.keep("2.0.0")
    assert checkout.written() == before


@pytest.mark.parametrize("version", ["1.3.0", "1.11.0"])
def test_a_kept_build_is_never_overwritten(checkout: Checkout, version: str) -> None:
    checkout.build(b"// other")
    refused(checkout, version, "kept already")


@pytest.mark.parametrize("version", ["", "2", "2.0", "v2.0.0", "2.0.0.dev1", "../2.0.0", "2.0.0/../../x", "2.0.0\n"])
def test_what_is_no_version_names_no_file(checkout: Checkout, version: str) -> None:
    checkout.build(b"// other")
    refused(checkout, version, "no version")


def test_a_build_over_the_budget_is_not_kept(checkout: Checkout) -> None:
    checkout.build(random.Random(1).randbytes(MOST_BYTES).replace(b"{", b"("))
    assert len(gzip.compress(checkout.widget.read_bytes(), 9)) > MOST_BYTES
    refused(checkout, "2.0.0", f"{MOST_BYTES} are allowed")


@pytest.mark.parametrize("script", [b"// {server}", b""], ids=["twice", "never"])
def test_a_build_without_the_place_for_the_address_is_not_kept(checkout: Checkout, script: bytes) -> None:
    checkout.widget.write_bytes(script * 2)
    refused(checkout, "2.0.0", "address once")


def test_a_folder_that_disagrees_with_its_manifest_is_named_and_takes_no_build(checkout: Checkout) -> None:
    folder, wrong = checkout.builds, []
    for name, content, said in (
        ("widget-1.4.0.js", b"{server} other", "widget-1.4.0.js has changed"),
        ("widget-9.9.9.js", b"{server}", "widget-9.9.9.js is not in the manifest"),
        ("notes.txt", b"", "notes.txt is not in the manifest"),
    ):
        (folder / name).write_bytes(content)
        wrong.append(said)
    for name in ("widget-1.5.0.js", "widget-offer-1.6.0.js"):
        (folder / name).unlink()
        wrong.append(f"{name} is missing")
    (folder / "widget-offer-1.7.0.js").write_bytes(b"other")
    wrong.append("widget-1.7.0.js does not carry the hash of widget-offer-1.7.0.js")
    assert sorted(problems(checkout.widget, folder)) == sorted(wrong)
    checkout.build(b"// other")
    refused(checkout, "2.0.0", "has changed")


def test_a_withdrawn_build_stays_in_its_place_with_the_reason(checkout: Checkout) -> None:
    assert checkout.withdraw("1.3.0") == "1.3.0 is withdrawn"
    builds = read_manifest(checkout.builds)
    assert [build.version for build in builds if build.withdrawn == REASON] == ["1.3.0"]
    assert len(builds) == 12
    assert problems(checkout.widget, checkout.builds) == []
    checkout.build(b"// 3")
    assert "static/js/widget.js is a withdrawn build" in problems(checkout.widget, checkout.builds)
    refused(checkout, "2.0.0", "withdrawn build")


@pytest.mark.parametrize(
    ("version", "reason", "why"),
    [
        ("9.9.9", REASON, "not kept; kept: 1.0.0"),
        ("1.3.0", "bad", "one sentence"),
        ("1.3.0", "Two\nlines.", "one sentence"),
        ("1.11.0", REASON, "the current build is always served"),
    ],
)
def test_a_build_is_withdrawn_for_a_stated_reason_and_never_the_current_one(
    checkout: Checkout, version: str, reason: str, why: str
) -> None:
    before = checkout.written()
    with pytest.raises(RefusedError, match=why):
        checkout.withdraw(version, reason)
    assert checkout.written() == before
