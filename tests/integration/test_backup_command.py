"""`widget-server backup`: what it writes is a whole installation, taken while the server writes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from tests.integration.test_cli import good, run
from tests.integration.test_production_server import running
from tests.support.app_fixture import FakeStepPay, environment
from widget_server.cli import main

pytestmark = pytest.mark.sqlite
FILES = ("widget.db", "widget-signing-keys.json", ".env")


def test_a_backup_of_a_running_server_holds_its_orders_keys_and_settings(
    tmp_path: Path, shared_steppay: FakeStepPay, free_port: Callable[[], int]
) -> None:
    old, new, port = tmp_path / "old", tmp_path / "new", free_port()
    old.mkdir()
    new.mkdir()
    settings = environment(shared_steppay.url, old / "widget.db") | {"WIDGET_SIGNING_KEY_FILE": str(old / FILES[1])}
    (old / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()), "utf-8")
    file, code, url = tmp_path / "backup.tar", shared_steppay.paid(), f"http://127.0.0.1:{port}"
    with running(old, {}, url, "--no-jobs", "--port", str(port)):
        assert requests.post(f"{url}/v1/verify", json={"orderCode": code}, timeout=60).json()["verdict"] == "paid"
        assert run(old, {}, "backup", str(file)).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    subprocess.run(["tar", "-xf", str(file), "-C", str(new)], check=True)
    assert {path.name for path in new.iterdir()} == set(FILES)
    assert {(new / name).stat().st_mode & 0o777 for name in FILES[:2]} == {0o600}
    assert all((new / name).read_bytes() == (old / name).read_bytes() for name in FILES[1:])
    restored = settings | {"WIDGET_DATABASE_URL": f"sqlite:///{new}/widget.db"}
    assert code in CliRunner().invoke(main, ["orders", "list"], env=restored).stdout
    refused = CliRunner().invoke(main, ["backup", str(file)], env=restored)
    assert (refused.exit_code, refused.stderr) == (1, f"{file} is there already; name a new file.\n")
    assert not list(tmp_path.glob("*/backup-*"))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///{}/new.db", "the first start makes it."),
        ("sqlite:///{}/broken.db", "The backup failed and is not complete: file is not a database."),
        ("postgresql://127.0.0.1/shop", "back it up with pg_dump"),
    ],
)
def test_nothing_half_done_stays(tmp_path: Path, url: str, sentence: str) -> None:
    (tmp_path / "broken.db").write_bytes(b"no database of SQLite" * 100)
    settings = good(tmp_path) | {"WIDGET_DATABASE_URL": url.format(tmp_path)}
    refused = CliRunner().invoke(main, ["backup", str(tmp_path / "backup.tar")], env=settings)
    assert refused.exit_code == 1
    assert sentence in refused.stderr
    assert not (tmp_path / "backup.tar").exists()
