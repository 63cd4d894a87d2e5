"""An application that a test made and left must leave no open connection: Python 3.13 warns of each."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from tests.support.databases import copy, drop
from widget_server.adapters.store.connections import connections_of
from widget_server.adapters.store.database import make_engine


def test_connections_that_nothing_uses_any_more_are_closed(migrated: Path, tmp_path: Path) -> None:
    file = tmp_path / "left.db"
    engine = make_engine(copy(migrated, file))
    connections_of(engine).read("SELECT 1 AS one")
    driver = connections_of(engine)._readers._idle[0].driver
    del engine
    gc.collect()
    with pytest.raises(Exception, match="closed"):
        driver.execute("SELECT 1")
    drop(file)
