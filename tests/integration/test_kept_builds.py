"""Each kept build of the widget under its own hash; a withdrawn one is gone, and says why."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from pathlib import Path

import brotli
import pytest
from flask import Flask

from tests.support.app_fixture import PUBLIC, FakeStepPay, World, application_over, environment
from tests.support.databases import copy
from tools.widget_builds import BUILDS, keep, withdraw
from widget_server.domain.subresource_integrity import address_hash, version, versioned_path
from widget_server.web.assets import filled, offer_script, static_dir, widget
from widget_server.web.builds import Build, read_manifest, served_builds
from widget_server.web.problems import register_problems
from widget_server.web.routes.static_files import static_files_blueprint

KEPT = [build for build in read_manifest(BUILDS) if not build.withdrawn]
REASON = "It shows text of the page as HTML."


def served_bytes(build: Build, public_url: str = PUBLIC) -> bytes:
    return filled((BUILDS / build.file).read_bytes(), public_url)


@pytest.mark.parametrize("build", KEPT, ids=lambda build: build.version)
def test_a_kept_build_is_served_for_ever_under_the_hash_that_a_page_pinned(world: World, build: Build) -> None:
    content = served_bytes(build)
    path = f"/v1/widget-{version(content)}.js"
    answer = world.client.get(path, headers={"Origin": "https://any.test"})
    assert (answer.status_code, answer.data) == (200, content)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    for coding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        packed = world.client.get(path, headers={"Accept-Encoding": coding})
        assert (packed.headers["Content-Encoding"], unpack(packed.data)) == (coding, content)
    again = world.client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_tag_that_pages_carry_today_stays_served() -> None:
    """The one of the first kept build, at the address that its server printed for it."""
    assert hashlib.sha256((BUILDS / "widget-0.1.0a1.js").read_bytes()).hexdigest() == (
        "bdd69874c7d97cbdc260516f371fead142aaefa9ffd6c0c46075ba9dc208f1d6"
    )


def test_the_hash_belongs_to_one_public_url() -> None:
    digests = [set(served_builds(url).files) for url in (PUBLIC, "https://shop.kr/steppay")]
    assert not digests[0] & digests[1]


@pytest.mark.parametrize("kept_by_the_proxy", [True, False])
def test_below_a_path_the_same_is_served_whatever_the_proxy_does(
    steppay: FakeStepPay, migrated: Path, tmp_path: Path, kept_by_the_proxy: bool
) -> None:
    url = "https://shop.test/steppay"
    copy(migrated, tmp_path / "widget.db")
    with application_over(environment(steppay.url, tmp_path / "widget.db") | {"WIDGET_PUBLIC_URL": url}) as world:
        prefix = "/steppay" if kept_by_the_proxy else ""
        tag = world.client.get(f"{prefix}/v1/tag").json
        assert tag["src"].startswith(f"{url}/v1/widget-")
        assert tag["csp"]["script-src"] == f"{url}/"
        for content in served_builds(url).files.values():
            answer = world.client.get(prefix + versioned_path(content), headers={"Accept-Encoding": "gzip"})
            assert gzip.decompress(answer.data) == content


def test_the_current_build_is_always_served_and_known_to_be_released_or_not(tmp_path: Path) -> None:
    folder = tmp_path / "builds"
    folder.mkdir()
    (folder / "manifest.json").write_text("[]", "utf-8")
    alone = served_builds(PUBLIC, folder)
    assert (alone.released, list(alone.files.values())) == (False, [widget(PUBLIC)])
    keep("1.0.0", folder=folder)
    assert served_builds(PUBLIC, folder).released


def test_the_file_for_offers_is_served_under_the_hash_that_its_widget_asks_for(world: World, tmp_path: Path) -> None:
    answer = world.client.get(f"/v1/widget-{address_hash(offer_script())}.js", headers={"Origin": "https://any.test"})
    assert (answer.status_code, answer.data) == (200, offer_script())
    assert len(gzip.compress(answer.data, 9)) <= 2700, "as in tools/build_widget.mjs"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    kept, old = tmp_path / "builds", tmp_path / "old"
    for folder in (kept, old):
        folder.mkdir()
    (kept / "manifest.json").write_text("[]", "utf-8")
    (old / "widget-offer.js").write_bytes(b"of an earlier release")
    (old / "widget.js").write_bytes(f"{{server}} sha256-{address_hash(b'of an earlier release')}".encode())
    keep("1.0.0", old / "widget.js", kept)
    assert set(served_builds(PUBLIC, kept).offers.values()) == {b"of an earlier release", offer_script()}


def test_a_withdrawn_build_is_gone_for_every_page_and_the_reason_is_in_answer_and_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = shutil.copytree(BUILDS, tmp_path / "builds")
    faulty = tmp_path / "widget.js"
    (tmp_path / "widget-offer.js").write_bytes(b"faulty, too")
    pin = address_hash(b"faulty, too")
    faulty.write_bytes(b"{server} // faulty, and sha256-" + pin.encode())
    keep("9.0.0", faulty, folder)
    withdraw("9.0.0", REASON, folder=folder)
    digest = version(filled(faulty.read_bytes(), PUBLIC))
    app = Flask("files")
    register_problems(app)
    app.register_blueprint(static_files_blueprint(static_dir(), served_builds(PUBLIC, folder), b"{}"))
    answer = app.test_client().get(f"/v1/widget-{digest}.js")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert f"withdrawn: {REASON} Replace the script tag" in answer.json["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert app.test_client().get(f"/v1/widget-{pin}.js").status_code == 404
    assert f"widget_build_withdrawn digest={digest} reason={REASON}" in caplog.text
