"""deploy/compose.yaml against the command line, the settings and the container file: what an engine would hand over."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from typing import Any

import pytest
import yaml

from tests.integration.test_deploy import container_steps
from tests.support.reverse_proxy import ROOT
from widget_server.cli import main
from widget_server.config.reading import NAMES

TEXT = (ROOT / "deploy/compose.yaml").read_text("utf-8")
PAGES = ("docs/deploy-small-shop.md", "docs/ko/deploy-small-shop.md")
VARIABLE = re.compile(r"\$\{([A-Z_]+):-([^}]*)\}")
OURS = ("widget", "worker")
ENGINE = {"COMPOSE_PROFILES"}
"""What Compose reads itself."""


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """With the defaults of every variable."""
    return dict(yaml.safe_load(VARIABLE.sub(r"\2", TEXT))["services"])


def started(command: str) -> dict[str, Any]:
    """Raises what click raises for an unknown command or option."""
    name, *options = shlex.split(command)
    return main.commands[name].make_context(name, options).params


def test_one_service_starts_and_the_others_are_profiles(services: dict[str, dict[str, Any]]) -> None:
    assert {name: service.get("profiles", []) for name, service in services.items()} == {
        "widget": [], "worker": ["worker"], "caddy": ["caddy"], "postgresql": ["postgresql"], "redis": ["redis"]
    }  # fmt: skip


def test_its_commands_and_settings_are_the_servers(services: dict[str, dict[str, Any]]) -> None:
    assert started(services["widget"]["command"]) | {"host": "0.0.0.0", "jobs": True} == started("serve --host 0.0.0.0")
    assert not started(services["widget"]["command"].replace("--jobs", "--no-jobs"))["jobs"]
    assert started(services["worker"]["command"]) == started("worker")
    for name in OURS:
        assert set(services[name]["environment"]) <= set(NAMES)


def test_it_is_the_image_of_the_container_file_without_rights(services: dict[str, dict[str, Any]]) -> None:
    last = dict(container_steps())
    for service in (services[name] for name in OURS):
        assert (ROOT / "deploy" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        assert (service["read_only"], service["user"], service["cap_drop"]) == (True, last["USER"], ["ALL"])
        assert service["volumes"] == [f"data:{last['VOLUME']}"]
        assert service["environment"]["WIDGET_DATABASE_URL"] in last["ENV"]
    port = last["EXPOSE"]
    assert services["widget"]["ports"] == [f"127.0.0.1:{port}:{port}"], "never open to the outside"
    assert f"//127.0.0.1:{port}/healthz" in services["widget"]["healthcheck"]["test"][-1]
    assert services["caddy"]["command"].endswith(f"--to widget:{port}")
    assert "${PORT:-" + port in TEXT


def test_it_says_what_the_file_beside_it_may_choose() -> None:
    told = set(re.findall(r"^#   ([A-Z_]+)=", TEXT, re.MULTILINE))
    assert told == {name for name, _ in VARIABLE.findall(TEXT)} | ENGINE
    profiles = set(re.findall(r"with commas between: (.+)$", TEXT, re.MULTILINE)[0].split(", "))
    assert profiles == {"caddy", "postgresql", "redis", "worker"}


def test_every_image_has_a_tag_and_holds_the_drivers_that_the_profiles_need(
    services: dict[str, dict[str, Any]],
) -> None:
    images = [service["image"] for name, service in services.items() if name not in OURS]
    assert [
        image
        for image in images
        if not re.fullmatch(r"docker\.io/library/\w+:[0-9][\w.-]*(@sha256:[0-9a-f]{64})?", image)
    ] == []
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    locked = (ROOT / "requirements/production.txt").read_text("utf-8")
    for extra in ("postgresql", "redis"):
        assert re.search(
            rf"^{re.split(r'[^a-z]', config['options.extras_require'][extra].strip())[0]}==", locked, re.MULTILINE
        )


@pytest.mark.parametrize("page", PAGES)
def test_the_page_calls_services_and_commands_that_there_are(page: str, services: dict[str, dict[str, Any]]) -> None:
    text = (ROOT / page).read_text("utf-8")
    calls = re.findall(
        r"docker compose (?:run|exec) (?:--?\w+ )*(\w+) ([^`\n>]+)", text.replace(" --entrypoint tar", "")
    )
    assert len(calls) == 5
    program = json.loads(dict(container_steps())["ENTRYPOINT"])[0]
    for service, command in calls:
        words = shlex.split(command.removeprefix(program))
        assert service in services
        assert words[0] == "-xf" or started(shlex.join(words)) is not None
