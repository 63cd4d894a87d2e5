"""For the tests that speak HTTP: one StepPay for the run, one application with its own database for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.app_fixture import API_KEY, FakeStepPay, World, application, fake_steppay
from tests.support.databases import copy, drop, url_of
from tests.support.steppay_calls import each_adapter
from widget_server.adapters.store.database import make_engine
from widget_server.adapters.store.migrate import upgrade

__all__ = ["each_adapter"]


@pytest.fixture(scope="session")
def shared_steppay() -> Iterator[FakeStepPay]:
    with fake_steppay() as running:
        yield running


@pytest.fixture
def steppay(shared_steppay: FakeStepPay) -> FakeStepPay:
    """The simulator with an empty list of calls."""
    shared_steppay.forget_calls()
    return shared_steppay


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with our tables, to copy from. Tests that use it run on PostgreSQL as well (tests/conftest.py)."""
    file = tmp_path_factory.mktemp("database") / "migrated.db"
    upgrade(url_of(file))
    return file


@pytest.fixture
def engine(migrated: Path, tmp_path: Path) -> Iterator[Engine]:
    """A migrated and empty database. Where it is locked a test waits briefly; a percent sign in a path is no escape."""
    file = tmp_path / "50% store.db"
    engine = make_engine(copy(migrated, file), busy_timeout_ms=50)
    yield engine
    engine.dispose()
    drop(file)


@pytest.fixture
def world(steppay: FakeStepPay, migrated: Path, tmp_path: Path) -> Iterator[World]:
    with application(steppay.url, migrated, tmp_path) as running:
        yield running


@pytest.fixture
def keyed(steppay: FakeStepPay, migrated: Path, tmp_path: Path) -> Iterator[World]:
    """An application whose merchant has a `WIDGET_API_KEY`."""
    with application(steppay.url, migrated, tmp_path, api_key=API_KEY) as running:
        yield running
