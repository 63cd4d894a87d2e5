"""The files of deploy/: each is held against the program that will read it, as far as that can be had here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.app_fixture import TOKEN, environment
from tests.support.reverse_proxy import ROOT
from widget_server.cli import main
from widget_server.config import read_settings
from widget_server.config.secret_files import FILE_SETTINGS

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SERVER = "/opt/steppay-widget/current/bin/widget-server"
ANALYZE, CADDY = shutil.which("systemd-analyze"), shutil.which("caddy")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed: apt install systemd")
needs_caddy = pytest.mark.skipif(CADDY is None, reason="Caddy is not installed: apt install caddy")
WORST_EXPOSURE = "1.7"
"""Of 10, by `systemd-analyze security`. What is left: it speaks IP with every host, its user has a fixed name."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with programs that exist on this machine, as a template needs an instance."""
    for unit in UNITS:
        text = unit.read_text("utf-8").replace(SERVER, sys.executable)
        text = text.replace("/usr/bin/curl", "/bin/true").replace("/usr/bin/systemctl", "/bin/true")
        (tmp_path / unit.name).write_text(text, "utf-8")
        (tmp_path / unit.name.replace("@.", "@8081.")).write_text(text, "utf-8")
    return tmp_path


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_nothing_wrong_with_a_unit(units: Path, unit: Path) -> None:
    checked = run(str(ANALYZE), "verify", "--man=no", "--recursive-errors=no", str(units / unit.name))
    assert (checked.returncode, checked.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.stem != "steppay-widget"], ids=lambda unit: unit.stem)
def test_a_part_may_do_little_more_than_its_work(units: Path, unit: Path) -> None:
    limit = str(round(float(WORST_EXPOSURE) * 10))
    checked = run(str(ANALYZE), "security", "--offline=true", f"--threshold={limit}", str(units / unit.name))
    assert checked.returncode == 0, checked.stdout


def test_both_parts_are_confined_alike() -> None:
    confined = [unit.read_text("utf-8").partition("# What it may do")[2] for unit in UNITS]
    assert len(set(filter(None, confined))) == 1


def test_nginx_caddy_and_systemd_mean_the_same_processes() -> None:
    ports = {"8081", "8082"}
    front = (DEPLOY / "systemd" / "steppay-widget.service").read_text("utf-8")
    assert set(re.findall(r"Wants=.*", front)[0].split()[:2]) == {
        "Wants=steppay-widget-web@8081.service", "steppay-widget-web@8082.service"
    }  # fmt: skip
    assert set(re.findall(r"^ExecReload=.*web@(\d+)", front, re.MULTILINE)) == ports
    shop = {"5000"}
    for file, meant in {
        "nginx/steppay-widget.conf": ports,
        "caddy/Caddyfile": ports,
        "nginx/shop-with-steppay-path.conf": ports | shop,
        "caddy/shop-with-steppay-path.Caddyfile": ports | shop,
    }.items():
        assert set(re.findall(r"127\.0\.0\.1:(\d+)", (DEPLOY / file).read_text("utf-8"))) == meant


def test_the_template_of_the_settings_is_complete_with_its_secrets(tmp_path: Path) -> None:
    lines = (DEPLOY / "steppay-widget.env").read_text("utf-8").replace("\n#WIDGET", "\nWIDGET")
    lines = lines.replace("\n#STEPPAY", "\nSTEPPAY").replace("/var/lib/steppay-widget", str(tmp_path))
    environ = dict(line.split("=", 1) for line in lines.splitlines() if line and not line.startswith("#"))
    for position, name in enumerate(name for name in FILE_SETTINGS if name in environ):
        environ[name] = str(tmp_path / name)
        secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" if "NOTIFY" in name else f"{TOKEN}{position}" * 2
        secret = f"https://{TOKEN}.test" if "ALERT" in name else secret
        (tmp_path / name).write_text(secret + "\n", "utf-8")
    settings = read_settings(environ)
    assert settings.trusted_proxies == 1
    assert len(settings.secrets) == len([name for name in FILE_SETTINGS if name in environ])


def test_the_helper_reads_the_settings_as_systemd_does(tmp_path: Path) -> None:
    """With its paths turned, and as this account. What stands in the shell around it counts for nothing."""
    url = f"sqlite:///{tmp_path}/a&b $HOME `id`;#.db"
    lines = [f"{name}={value}" for name, value in environment("http://127.0.0.1:9", tmp_path / "x.db").items()]
    lines += [f"WIDGET_DATABASE_URL={url}\r", "# a comment & more"]
    (tmp_path / "widget.env").write_text("\n".join(lines), "utf-8")
    helper = (DEPLOY / "steppay-widget").read_text("utf-8").replace("runuser -u steppay-widget --", "env")
    helper = helper.replace("/etc/steppay-widget", str(tmp_path)).replace("/var/lib/steppay-widget", str(tmp_path))
    helper = helper.replace(SERVER, f"{sys.executable} -m widget_server.cli")
    (tmp_path / "helper").write_text(helper, "utf-8")
    around = {"WIDGET_PAGE_RULES_FILE": "/nowhere", "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    migrated = subprocess.run(
        ["sh", str(tmp_path / "helper"), "migrate"], env=around, capture_output=True, text=True, check=False
    )
    assert migrated.returncode == 0, migrated.stderr
    assert migrated.stderr == f"Database: SQLite, {url.removeprefix('sqlite:///')}\n"
    assert (tmp_path / "a&b $HOME `id`;#.db").stat().st_mode & 0o777 == 0o600


@needs_caddy
def test_caddy_understands_the_caddyfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    checked = run(str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "caddy" / "Caddyfile"))
    assert checked.returncode == 0, checked.stderr


def container_steps() -> list[list[str]]:
    """The instructions of the Containerfile, each as its name and the rest."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "container" / "Containerfile").read_text("utf-8"))
    return [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]


def stage(name: str) -> list[list[str]]:
    """The instructions of one stage, by the name behind AS."""
    steps = container_steps()
    begin = next(number for number, step in enumerate(steps) if step[1].endswith(f" AS {name}"))
    end = next(number for number, step in enumerate(steps) if number > begin and step[0] == "FROM")
    return steps[begin:end]


def test_the_container_is_built_of_checked_packages_and_runs_without_rights() -> None:
    """No engine is needed for this; what it copies must exist, and `pip` must check hashes."""
    steps = container_steps()
    names, last = [name for name, _rest in steps], dict(steps)
    assert [path for path in copied() if not (ROOT / path).exists()] == []
    assert [rest for name, rest in steps if name == "RUN" and "pip install" in rest and "--require-hashes" not in rest
            and "--no-index --no-deps" not in rest] == []  # fmt: skip
    assert last["USER"] == "10001"
    assert names.index("USER") < names.index("HEALTHCHECK") < names.index("ENTRYPOINT")


def copied() -> list[str]:
    rests = [rest for name, rest in container_steps() if name == "COPY" and "--from" not in rest]
    return [path for rest in rests for path in rest.split()[:-1]]


def test_a_containers_build_reads_what_it_copies_and_nothing_else() -> None:
    """A checkout may hold a `.env`, keys, a database: they stay out of the engine's hands."""
    rules = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert rules[0] == "*"
    assert [rule[1:] for rule in rules if rule.startswith("!")] == copied()


def test_a_container_starts_with_a_command_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    last = dict(container_steps())
    assert last["ENV"].endswith(f"PORT={last['EXPOSE']}")
    monkeypatch.setenv("PORT", last["EXPOSE"])
    program, *options = json.loads(last["ENTRYPOINT"]) + json.loads(last["CMD"])
    assert f"{program} = widget_server.cli:main" in (ROOT / "setup.cfg").read_text("utf-8")
    command = main.commands[options[0]]
    given = command.make_context(program, options[1:]).params
    assert (given["host"], given["port"]) == ("0.0.0.0", int(last["EXPOSE"]))
    assert "os.environ['PORT'] + '/healthz'" in last["HEALTHCHECK"]


def test_the_simulators_image_is_a_target_of_its_own_that_cannot_take_a_payment() -> None:
    steps = stage("simulator")
    names, last = [name for name, _rest in steps], dict(steps)
    assert json.loads(container_steps()[-1][1])[0] == "serve", "what is built without a target"
    assert names.index("USER") < names.index("HEALTHCHECK") < names.index("ENTRYPOINT")
    assert last["USER"] == "10001"
    assert f"WIDGET_ENV=sandbox PORT={last['EXPOSE']}" in last["ENV"]
    assert "no payment is real" in last["LABEL"]
    assert not {"VOLUME", "CMD"} & set(names)


def test_the_simulators_image_starts_with_a_command_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    last = dict(stage("simulator"))
    monkeypatch.setenv("PORT", last["EXPOSE"])
    program, *options = json.loads(last["ENTRYPOINT"])
    given = main.commands[options[0]].make_context(program, options[1:]).params
    assert (given["host"], given["port"]) == ("0.0.0.0", int(last["EXPOSE"]))
