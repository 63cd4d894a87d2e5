"""The fixtures. pytest loads this module in every suite of an environment with the package, so it imports nothing that
a suite without a shop would pay for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask

    from widget_server.testing.flow import Flow, Server
    from widget_server.testing.simulator import Simulator


@pytest.fixture(scope="session")
def steppay_running_simulator() -> Iterator[Simulator]:
    """One simulated StepPay for the run; tests take `steppay_simulator`."""
    from widget_server.testing.simulator import running_simulator  # noqa: PLC0415

    with running_simulator() as running:
        yield running


@pytest.fixture
def steppay_simulator(steppay_running_simulator: Simulator) -> Simulator:
    """A running simulated StepPay without orders, events and calls."""
    steppay_running_simulator.reset()
    return steppay_running_simulator


@pytest.fixture(scope="session")
def steppay_key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `WIDGET_SIGNING_KEY_FILE` with the key of this run, which `signed_verdict` signs with."""
    from widget_server.testing.installation import write_key_file  # noqa: PLC0415

    return write_key_file(tmp_path_factory.mktemp("steppay"))


@pytest.fixture
def steppay_settings(steppay_simulator: Simulator, steppay_key_file: Path, tmp_path: Path) -> dict[str, str]:
    """What a widget server needs to work with `steppay_simulator`: for `app.config.update(...)` or the environment. The
    database is a new file."""
    from widget_server.testing.installation import settings  # noqa: PLC0415

    return settings(steppay_simulator.url, tmp_path / "steppay-widget.db", steppay_key_file)


@pytest.fixture
def steppay_flow(steppay_simulator: Simulator) -> Callable[[Flask], Flow]:
    """For a Flask application with `StepPayCheckout`: `flow = steppay_flow(app)`, then `flow.buy(order_code)` and
    `flow.work()`."""
    from widget_server.testing.flow import flow_in  # noqa: PLC0415

    return lambda app: flow_in(app, steppay_simulator)


@pytest.fixture
def steppay_server(steppay_settings: dict[str, str], steppay_simulator: Simulator) -> Iterator[Server]:
    """For a backend without the extension, in any framework: a running widget server at `steppay_server.url`."""
    from widget_server.testing.flow import running_server  # noqa: PLC0415

    with running_server(steppay_settings, steppay_simulator) as server:
        yield server
