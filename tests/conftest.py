"""Rules for every test: nothing leaves this machine, nothing is skipped unseen, time is never the judge."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support import databases
from tools.postgres_cluster import find_programs

NOT_ABOUT_STORING = {
    "test_access",
    "test_bad_requests",
    "test_claim_vs_truth",
    "test_create_order",
    "test_docs",
    "test_documents",
    "test_env_file",
    "test_examples",
    "test_expectation_input",
    "test_files",
    "test_fixed_outcomes",
    "test_front_path",
    "test_headers",
    "test_kept_builds",
    "test_open_port",
    "test_openapi",
    "test_origins",
    "test_pages",
    "test_playground",
    "test_playground_code",
    "test_return_page",
    "test_schemathesis",
    "test_screen_gallery",
    "test_tag",
    "test_tag_docs",
    "test_under_a_path",
    "test_upstream",
    "test_vectors_over_http",
    "test_verify",
}
"""Modules about requests, headers, documents and StepPay's answers: on SQLite alone. They run no statement, and bind no
type of value, that others do not."""
LONGEST = (
    "test_schemathesis",
    "test_pictures",
    "test_matrix_shop_gone",
    "test_merchant_suite",
    "test_front",
    "test_hand_over",
    "test_host_pages",
    "test_missing_api",
    "test_accessible_screens",
    "test_csp",
    "test_keyboard",
    "test_no_false_verdicts",
    "test_documents",
    "test_admin",
    "test_sheet",
    "test_widget_life",
    "test_under_a_path",
    "test_extension_servers",
    "test_matrix_chromium",
    "test_matrix_firefox",
    "test_matrix_webkit",
    "test_widget_places",
    "test_flask_shop",
    "test_worker_process",
    "test_kept_builds",
    "test_payment_flows",
    "test_verdict_properties",
    "test_wheel",
    "test_init",
    "test_crash_points",
    "test_recipes",
    "test_production_server",
)
"""A run in several processes starts with these files, so that none of them is left to one process at the end."""
LOOPBACK_NAMES = ("localhost", "ip6-localhost")


class NetworkForbiddenError(RuntimeError):
    """Not an OSError on purpose: code under test must not mistake it for an upstream that is down."""


def is_loopback(host: object) -> bool:
    """Whether a socket address or host name stays on this machine; an empty host means "any of mine"."""
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if not name or name in LOOPBACK_NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse_the_outside(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook sees every socket of this process, whichever library opened it."""
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = args[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if not is_loopback(host):
        raise NetworkForbiddenError(f"a test tried to reach {host!r}; tests stay on this machine")


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(refuse_the_outside)
    # Applications that a test made besides its world keep a pool; psycopg complains where sqlite3 says nothing.
    config.addinivalue_line("filterwarnings", r"ignore:<psycopg\.Connection:ResourceWarning")
    settings.register_profile(
        "house",
        deadline=None,  # a slow machine is not a bug
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=bool(os.environ.get("CI")),  # the same change gives the same result
        print_blob=True,
    )
    settings.load_profile("house")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With TEST_DATABASE=postgresql only what touches a database runs; setup.cfg explains the markers."""
    config.hook.pytest_deselected(items=[item for item in items if not runs_here(item)])
    items[:] = [item for item in items if runs_here(item)]
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))
    if databases.POSTGRESQL and find_programs() is None:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="PostgreSQL is not installed: apt install postgresql"))


def runs_here(item: pytest.Item) -> bool:
    if not databases.POSTGRESQL:
        return item.get_closest_marker("postgresql") is None
    marks = {mark.name for mark in item.iter_markers()}
    stores = marks & {"stores", "postgresql"} or "migrated" in getattr(item, "fixturenames", ())
    return bool(stores) and "sqlite" not in marks and item.path.stem not in NOT_ABOUT_STORING


def pytest_unconfigure() -> None:
    databases.close()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing is optional (CI is set), a skipped test fails the run. pytest -rs gives the reasons."""
    if not os.environ.get("CI") or hasattr(session.config, "workerinput"):
        return
    if skipped_tests(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(config: pytest.Config) -> None:
    count = len(skipped_tests(config))
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None
    for report in reporter.stats.get("passed", []):
        for note in (text for name, text in report.user_properties if name == "note" and report.when == "call"):
            reporter.write_line(f"{report.nodeid}: {note}", yellow=True)
    if os.environ.get("CI") and count:
        reporter.write_line(f"CI: {count} skipped, so this run fails; the reasons are above", red=True)


def skipped_tests(config: pytest.Config) -> list[Any]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter else []


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Gives free ports of 127.0.0.1, each one once in this process."""
    given: set[int] = set()

    def take() -> int:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
            if port not in given:
                given.add(port)
                return port

    return take


@pytest.fixture(autouse=True)
def unchanged_log_level() -> Iterator[None]:
    """A command that a test runs in this process configures the log of the process, and later tests count log lines."""
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)
