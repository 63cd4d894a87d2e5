"""The doctor and secrets that come from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.test_doctor import environ, findings, problems
from tests.support.app_fixture import TOKEN, FakeStepPay

__all__ = ["environ"]


@pytest.fixture
def file(environ: dict[str, str], tmp_path: Path) -> Path:
    """The Secret-Token has moved into it."""
    made = tmp_path / "token"
    made.write_text(environ.pop("STEPPAY_SECRET_TOKEN") + "\n", "utf-8")
    made.chmod(0o600)
    environ["STEPPAY_SECRET_TOKEN_FILE"] = str(made)
    return made


def test_a_token_in_a_file_is_as_good_as_one_in_the_environment(environ: dict[str, str], file: Path) -> None:
    seen = findings(environ)
    assert [seen[name].state for name in ("settings", "token", "file secrets")] == ["ok"] * 3
    assert "STEPPAY_SECRET_TOKEN" in str(seen["secrets"])
    assert str(file) not in "".join(map(str, seen.values()))


def test_a_secret_that_every_account_can_read_is_a_problem(environ: dict[str, str], file: Path) -> None:
    file.chmod(0o644)
    assert problems(environ) == {"file secrets"}
    assert "STEPPAY_SECRET_TOKEN_FILE is open to other users (mode 644)" in str(findings(environ)["file secrets"])


def test_one_value_in_two_files_is_seen(environ: dict[str, str], file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_text(file.read_text("utf-8"), "utf-8")
    copy.chmod(0o600)
    del environ["STEPPAY_WEBHOOK_SECRETS"]
    environ["STEPPAY_WEBHOOK_SECRETS_FILE"] = str(copy)
    assert problems(environ) == {"settings"}


def test_without_such_files_there_is_nothing_to_look_at(environ: dict[str, str], steppay: FakeStepPay) -> None:
    assert findings(environ)["file secrets"].state == "skipped"
    assert TOKEN in environ.values()
