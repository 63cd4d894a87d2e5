"""No two programs of this project want the same port by default, and no test wants a fixed one."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from tests.integration.test_cli import good, run
from widget_server.cli import COMMANDS

ROOT = Path(__file__).parents[2]
DEPLOYED = re.compile(r"(?:127\.0\.0\.1:|-web@|EXPOSE |--port\", \")(\d{4,5})\b")


def defaults() -> dict[str, int]:
    """Each option of a command that is a port, by its words on the command line."""
    options = [(command.name, option) for command in COMMANDS for option in command.load().params]
    return {
        f"{name} {option.opts[0]}": int(option.default)
        for name, option in options
        if isinstance(option, click.Option) and option.opts[0].endswith("port")
    }


def deployed() -> set[int]:
    """Those of the web processes that `deploy/` runs; the simulator's image is none of them."""
    texts = [path.read_text("utf-8") for path in (ROOT / "deploy").rglob("*") if path.is_file()]
    simulator = re.compile(r"^FROM \S+ AS simulator$.*?(?=^FROM )", re.DOTALL | re.MULTILINE)
    return {int(port) for text in texts for port in DEPLOYED.findall(simulator.sub("", text))}


def test_programs_that_run_beside_each_other_have_ports_of_their_own() -> None:
    ports = defaults()
    server = {ports.pop("serve --port")} | deployed()
    assert server >= {8081, 8082}, "what deploy/ names was not found"
    others = list(ports.values())
    parts = [f"demo --{part}-port" for part in ("brand", "server", "shop", "simulator")]
    assert sorted(ports) == [*parts, "dev --server-port", "dev --simulator-port", "simulator --port"]
    assert len(set(others)) == len(others), ports
    # deploy.md lets an operator add web processes: 8083 and so on.
    assert server | {8083, 8084} == (server | {8083, 8084}) - set(others), ports


def test_the_documents_name_the_ports_of_the_programs() -> None:
    """An address `*.localhost` in the documents is the demo's or the simulator's, at its default."""
    ports = defaults()
    known = {
        "shop": {ports["demo --shop-port"], 5000},  # Flask's own, for a shop of one's own
        "pay": {ports["demo --simulator-port"], ports["simulator --port"]},
        "brand": {ports["demo --brand-port"]},
        "widget": {ports["demo --server-port"], ports["serve --port"]},
    }
    wrong = [
        (path.name, host, port)
        for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for host, port in re.findall(r"\b(shop|brand|pay|widget)\.localhost:(\d+)", path.read_text("utf-8"))
        if int(port) not in known[host]
    ]
    assert wrong == []


LISTENS = re.compile(
    r"""(?:serving\([^)]*, |make_server\([^,]*, |create_server\(\([^,]*, |port", "|Ports\()[1-9]\d*\b"""
)
BY_DEFAULT = re.compile(r"""(?:run|invoke|started)\(.*"(?:serve|simulator|demo)"(?!.*port)""")


def test_no_test_listens_on_a_fixed_port() -> None:
    """Such a test fails beside whatever has that port, as `make demo` or a second run. 0 is for what never starts."""
    files = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    lines = [(path.name, line) for path in files for line in path.read_text("utf-8").splitlines()]
    assert [found for found in lines if LISTENS.search(found[1]) or BY_DEFAULT.search(found[1])] == []


@pytest.mark.parametrize("command", ["serve", "simulator", "demo", "dev"])
def test_a_taken_port_is_one_line_that_says_what_to_do(
    tmp_path: Path, command: str, free_port: Callable[[], int]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ours = ("--server-port", "--simulator-port")
        names = {"demo": ("--shop-port", "--brand-port", *ours), "dev": ours}.get(command, ("--port",))
        others = ("--shop", "http://localhost:3000") if command == "dev" else ()
        for wanted in names:
            ports = [part for name in names for part in (name, port if name == wanted else str(free_port()))]
            result = run(tmp_path, good(tmp_path), command, *others, *ports)
            assert result.returncode in (1, 2)
            *_, head, line = result.stderr.splitlines()
            assert head == "The server did not start:"
            assert (f"port {port} is taken" in line, wanted in line) == (True, True)
            assert "Address already in use" not in result.stderr


def test_make_demo_says_how_to_choose_a_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result: subprocess.CompletedProcess[str] = run(tmp_path, {}, "demo", "--simulator-port", port)
    assert 'DEMO_ARGS="--simulator-port NUMBER"' in result.stderr
