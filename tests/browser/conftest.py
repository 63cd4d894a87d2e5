"""Real browsers against the real demo.

`REQUIRE_ENGINES=chromium,firefox,webkit` turns a missing engine into a failure; without it the engine's tests are
skipped, with the reason, and most tests run in Chromium alone. Browsers live as long as the test process, every test
gets a fresh profile.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import CHROMIUM, Engine, MissingEngineError, Page, start_engine
from tests.browser.hostile import HostileSite, hostile_site
from tests.browser.summary import read_results, remember_cell, table
from widget_server.demo.run import Ports, run_demo

OTHER_MATRICES = {"test_matrix_firefox", "test_matrix_webkit", "test_matrix_shop_gone"}
"""Their cells in Firefox and WebKit: without REQUIRE_ENGINES those in Chromium are enough, where it is installed."""
IN_EACH_ENGINE = {"test_browser_defaults", "test_engines", "test_payment_flows"}
"""These stay: a payment in each mode, and what engines do differently."""
OTHERS = ("firefox", "webkit")
REQUIRED = {name for name in os.environ.get("REQUIRE_ENGINES", "").split(",") if name}


@pytest.fixture(scope="session")
def demo(free_port: Callable[[], int]) -> Iterator[RunningDemo]:
    """The shop, the widget server and the simulated StepPay: one set for each test process."""
    ports = Ports(free_port(), free_port(), free_port(), free_port())
    with run_demo(ports, jobs=False) as urls:
        yield RunningDemo(urls, f"http://127.0.0.1:{ports.simulator}")


@pytest.fixture(scope="session")
def shared_site(free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileSite]:
    ports = (free_port(), free_port(), free_port())
    with hostile_site(ports, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site(shared_site: HostileSite) -> Iterator[HostileSite]:
    """A shop, the widget server and StepPay with the headers a test asks for (tests/browser/hostile.py)."""
    yield shared_site
    shared_site.reset()


@contextmanager
def started_when_asked_for() -> Iterator[Callable[[str], Engine]]:
    """Gives the running engine of a name, started at its first use. Raises MissingEngineError, each time the same."""
    running: dict[str, Engine] = {}
    missing: dict[str, MissingEngineError] = {}

    def get(name: str) -> Engine:
        if name in missing:
            raise missing[name]
        try:
            return running.get(name) or running.setdefault(name, start_engine(name))
        except MissingEngineError as error:
            missing[name] = error
            raise

    yield get
    for engine in running.values():
        engine.stop()


@pytest.fixture(scope="session")
def browsers() -> Iterator[Callable[[str], Engine]]:
    with started_when_asked_for() as get:
        yield get
    if "tests.browser.engine_playwright" in sys.modules:
        from tests.browser.engine_playwright import stop_playwright

        stop_playwright()


@pytest.fixture
def engine(request: pytest.FixtureRequest, engine_name: str, browsers: Callable[[str], Engine]) -> Engine:
    """The engine a test asks for with `@in_engines`."""
    try:
        found = browsers(engine_name)
    except MissingEngineError as error:
        if engine_name in REQUIRED:
            pytest.fail(f"{engine_name} is required here: {error}", pytrace=False)
        pytest.skip(f"{engine_name}: {error}")
    request.node.user_properties.append(("engine", f"{engine_name} {found.version}"))
    return found


@pytest.fixture
def page(engine: Engine) -> Iterator[Page]:
    page = engine.new_page()
    yield page
    page.end()


def pytest_itemcollected(item: pytest.Item) -> None:
    remember_cell(item)


@pytest.hookimpl(trylast=True)  # after -k, so that `-k firefox` runs in Firefox
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if REQUIRED or not any(map(shutil.which, CHROMIUM)):
        return
    in_chromium = {name_of(item) for item in items if engine_of(item) == "chromium"}
    left_out = [item for item in items if engine_of(item) in OTHERS and is_left_out(item, in_chromium)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def is_left_out(item: pytest.Item, in_chromium: set[str]) -> bool:
    module = item.path.stem
    return module in OTHER_MATRICES or (module not in IN_EACH_ENGINE and name_of(item) in in_chromium)


def name_of(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def engine_of(item: pytest.Item) -> str | None:
    return item.callspec.params.get("engine_name") if hasattr(item, "callspec") else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """A failure in a browser is hard to guess: the report says what the screen and the console showed."""
    report = yield
    values = getattr(item, "funcargs", {})
    page = values.get("page") or values.get("plain_page")
    if report.when == "call" and report.failed and page:
        report.sections.append(("browser", _evidence(page, values["tmp_path_factory"])))
    return report


def _evidence(page: Page, folders: pytest.TempPathFactory) -> str:
    errors = list(page.errors) or ["none"]  # before the picture, which can add some
    picture = folders.mktemp("failed") / "screen.png"
    try:
        page.screenshot(picture)
        seen = f"screenshot: {picture}"
    except Exception as error:  # noqa: BLE001 - whatever breaks here must not hide the failure itself
        seen = f"no screenshot: {error}"
    return "\n".join([seen, "console errors:", *errors])


@pytest.fixture(autouse=True)
def _evidence_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Makes `tmp_path_factory` one of every test's values, for the report of a failure."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which engines have really run, also in other processes, and the transport matrix."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    versions = {
        value for report in reports for name, value in getattr(report, "user_properties", []) if name == "engine"
    }
    terminalreporter.write_line(f"browser engines: {', '.join(sorted(versions)) or 'none has run'}")
    if not REQUIRED and any("chromium" in version for version in versions):
        terminalreporter.write_line(
            "most tests in Chromium alone; REQUIRE_ENGINES=chromium,firefox,webkit runs them in each engine"
        )
    for line in table(read_results(terminalreporter.stats)):
        terminalreporter.write_line(line)
