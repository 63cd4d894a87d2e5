"""What the server writes into a `.env` file, every reader of such files reads alike."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from widget_server.config.env_file import read_env_file
from widget_server.config.env_writer import write_env_file
from widget_server.errors import ConfigurationError

VALUES = st.text(st.characters(codec="utf-8"), max_size=30) | st.text("aB9'\"\\$#{}=; \t\n`&~-", max_size=12)


@given(VALUES)
def test_systemd_and_dotenv_read_what_was_written_or_it_is_refused(value: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / ".env"
        try:
            write_env_file(file, {"FIRST": value, "LAST": "x"}, replace=False)
        except ConfigurationError:
            assert not file.exists()
            return
        assert read_env_file(file) == dotenv_values(file) == {"FIRST": value, "LAST": "x"}


def test_a_refused_value_is_not_repeated_and_another_way_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        write_env_file(tmp_path / ".env", {"NAME": "can'canary"}, replace=False)
    assert "NAME_FILE" in str(refused.value.problems)
    assert "canary" not in str(refused.value.problems)


@pytest.mark.parametrize("value", ["a#b", "postgresql://u:p%40w@h/n?a=b&c=d", "$HOME;`id`", 'a "b"', "~root", ""])
def test_a_shell_reads_it_too(tmp_path: Path, value: str) -> None:
    file = tmp_path / ".env"
    write_env_file(file, {"NAME": value}, replace=False)
    script = '. ./.env; printf %s "$NAME"'
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == value


def test_only_this_account_reads_it_and_no_file_is_replaced_unless_asked(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("OLD=1\n", "utf-8")
    file.chmod(0o644)
    with pytest.raises(FileExistsError):
        write_env_file(file, {"NEW": "2"}, replace=False)
    assert read_env_file(file) == {"OLD": "1"}
    write_env_file(file, {"NEW": "2"}, replace=True)
    assert read_env_file(file) == {"NEW": "2"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
