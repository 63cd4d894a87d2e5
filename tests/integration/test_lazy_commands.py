"""A command loads only what it needs: each start of the program would else take as long as that of the server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.integration.test_cli import clean, good
from tests.support.databases import copy
from widget_server import cli
from widget_server.cli.command_file import CommandFile

HEAVY = {"alembic", "apispec", "flask", "granian", "requests", "throttled", "urllib3", "werkzeug"}
STORING = {"sqlalchemy", "widget_server.adapters.store"}
SENDING = {"jwt", "marshmallow", "prometheus_client", "widget_server.parts"}
START = "a start whose database needs no migration"
STEPS: dict[str, set[str]] = {
    "--help": HEAVY | STORING | SENDING | {"cryptography"},
    "--version": HEAVY | STORING | SENDING | {"cryptography"},
    "snippet": HEAVY | STORING | SENDING | {"cryptography"},
    "keys list": HEAVY | STORING | SENDING,
    "init --help": HEAVY | STORING | SENDING,
    "backup backup.tar": HEAVY | SENDING,
    "orders list": HEAVY | SENDING,
    "orders export --month 2026-11": HEAVY | SENDING,
    "deliveries list": HEAVY | SENDING,
    "alerts list": HEAVY | SENDING,
    "migrate --help": HEAVY | SENDING,
    "worker --help": HEAVY - {"requests", "urllib3"},
    START: HEAVY - {"requests", "urllib3"},
}
"""What a command must not have loaded, in the order in which they load more and more: all run in one process."""
PROGRAM = """
import json, sys
from widget_server.cli import main

*commands, start = json.loads(sys.argv[1])
loaded = {}
for command in commands:
    main(command.split(), prog_name="widget-server", standalone_mode=False)
    loaded[command] = sorted(sys.modules)
from widget_server.cli.environment import settings_from_environment
from widget_server.cli.start import prepare_start
prepare_start(settings_from_environment)
loaded[start] = sorted(sys.modules)
print(json.dumps(loaded))
"""


@pytest.mark.sqlite
def test_no_command_loads_what_only_others_need(tmp_path: Path, migrated: Path) -> None:
    copy(migrated, tmp_path / "widget.db")
    words = [sys.executable, "-c", PROGRAM, json.dumps([*STEPS])]
    done = subprocess.run(
        words, cwd=tmp_path, env=clean(good(tmp_path)), capture_output=True, text=True, timeout=60, check=True
    )
    loaded = json.loads(done.stdout.splitlines()[-1])
    too_many = {step: sorted(forbidden & {*loaded[step]}) for step, forbidden in STEPS.items()}
    assert {step: names for step, names in too_many.items() if names} == {}
    assert not done.stderr.replace(f"Database: SQLite, {tmp_path}/widget.db\n", "")


def test_every_command_has_a_file_of_its_name_and_a_line_that_fits() -> None:
    for command in cli.COMMANDS:
        assert isinstance(command.load(), click.Command)
        assert command.load().name == command.name
        assert len(command.get_short_help_str()) <= 52, "the line breaks where a terminal has 80 columns"


def test_no_file_with_a_command_is_left_out() -> None:
    folder = Path(cli.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if "@click.command" in path.read_text("utf-8")}
    groups = {path.stem for path in folder.glob("*.py") if "@click.group" in path.read_text("utf-8")}
    listed = {str(command.name).replace("-", "_") for command in cli.COMMANDS if isinstance(command, CommandFile)}
    assert (files | groups) - {"__init__"} == listed


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("widget-server or", ["plain,orders"]), ("widget-server keys a", ["plain,activate", "plain,add"])],
)
def test_a_shell_completes_commands_and_their_parts(typed: str, offered: list[str]) -> None:
    completing = {"_WIDGET_SERVER_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    program = "from widget_server.cli import main; main(prog_name='widget-server')"
    done = subprocess.run(
        [sys.executable, "-c", program], env=clean(completing), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == offered
