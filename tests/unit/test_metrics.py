"""What is counted, added up over processes and shown: nothing goes down, no outside text becomes a label."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.app_fixture import NOW
from tests.support.metrics_helpers import ALLOWED, names, samples, value
from tests.vectors import VECTORS
from widget_server.adapters.metrics import mmap_values
from widget_server.adapters.metrics.exposition import Exposition
from widget_server.adapters.metrics.multiprocess import MultiProcessMetrics
from widget_server.adapters.store.backlog import Backlog
from widget_server.domain.verdict_reasons import Reason
from widget_server.errors import StorageError
from widget_server.parts import ALL_METRICS
from widget_server.services.metrics import (
    BREAKER,
    REASONS_BY_KIND,
    UPSTREAM_FAULTS,
    UPSTREAM_SECONDS,
    UPSTREAM_WAITING,
    VERDICTS,
    Counter,
    Gauge,
    Histogram,
    NullMetrics,
)
from widget_server.services.upstream_stats import Bucket

NOTHING_WAITS = Backlog({}, 0, 0, 0, 0, 0)


def text_of(figures: MultiProcessMetrics, read: Callable[..., Backlog] = lambda _now: NOTHING_WAITS) -> str:
    return Exposition(figures, read, lambda: NOW).text().decode()


def end(figures: MultiProcessMetrics) -> None:
    """As the kernel does it when a process dies: the file is closed, and with it goes its lock."""
    assert figures._own._file is not None
    figures._cells.release()
    figures._own._map.close()
    os.close(figures._own._file)


def test_every_verdict_of_the_domain_has_its_series() -> None:
    told = {reason for reasons in REASONS_BY_KIND.values() for reason in reasons}
    assert set(get_args(Reason)) <= told
    for vector in VECTORS:
        expect = vector["expect"]
        assert expect["reason"] in REASONS_BY_KIND[expect["verdict"]]


def test_every_label_value_is_a_short_word_of_ours() -> None:
    """Bounded: a scrape has never more lines than these."""
    for metric in ALL_METRICS:
        assert len(set(metric.all_rows)) == len(metric.all_rows)
        assert all(len(row) == len(metric.labels) for row in metric.all_rows)
        assert all(0 < len(word) <= 50 for row in metric.all_rows for word in row)
    assert sum(len(metric.all_rows) for metric in ALL_METRICS) < 600


@settings(max_examples=20)
@given(st.lists(st.text(), min_size=3, max_size=3))
def test_lk_01_what_is_not_listed_counts_as_other_and_is_not_shown(words: list[str]) -> None:
    figures = MultiProcessMetrics(ALL_METRICS)
    for metric in ALL_METRICS:
        labels = words[: len(metric.labels)]
        if isinstance(metric, Histogram):
            figures.observe(metric, 0.1, *labels)
        elif isinstance(metric, Gauge):
            figures.set(metric, 1, *labels)
        elif isinstance(metric, Counter):
            figures.count(metric, *labels)
    for told in names(text_of(figures)).values():
        assert told <= ALLOWED
    assert value(text_of(figures), "widget_verdicts_total") == 1


def test_processes_add_up_and_a_dead_ones_counts_stay(tmp_path: Path) -> None:
    first, second = (MultiProcessMetrics(ALL_METRICS, tmp_path) for _ in range(2))
    for figures in (first, second):
        figures.count(VERDICTS, "paid", "payment_complete", "verify")
        figures.add(UPSTREAM_WAITING, 2)
        figures.set(BREAKER, 1, "open")
    end(second)
    text = text_of(first)
    assert value(text, "widget_verdicts_total", kind="paid") == 2
    assert value(text, "widget_upstream_queued") == 2
    assert value(text, "widget_breaker_processes", state="open") == 1
    assert value(text, "widget_processes") == 1


def test_the_next_process_counts_on_in_the_file_of_the_dead_one(tmp_path: Path) -> None:
    for number in range(1, 6):
        figures = MultiProcessMetrics(ALL_METRICS, tmp_path)
        assert value(text_of(figures), "widget_upstream_queued") == 0, "what waited died with its process"
        figures.count(VERDICTS, "paid", "payment_complete", "verify")
        figures.add(UPSTREAM_WAITING, 1)
        assert value(text_of(figures), "widget_verdicts_total") == number
        end(figures)
    assert len(list(tmp_path.iterdir())) == 1


def test_files_of_another_release_are_left_alone(tmp_path: Path) -> None:
    MultiProcessMetrics(ALL_METRICS[:-1], tmp_path).count(VERDICTS, "paid", "payment_complete", "verify")
    assert value(text_of(MultiProcessMetrics(ALL_METRICS, tmp_path)), "widget_verdicts_total") == 0


@pytest.mark.parametrize("trouble", ["no folder", "full disk"])
def test_where_no_file_can_be_written_a_process_counts_alone(
    tmp_path: Path, trouble: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    if trouble == "full disk":
        monkeypatch.setattr(mmap_values.os, "pwrite", full)
    figures = MultiProcessMetrics(ALL_METRICS, tmp_path / "gone" if trouble == "no folder" else tmp_path)
    figures.count(VERDICTS, "paid", "payment_complete", "verify")
    assert value(text_of(figures), "widget_verdicts_total") == 1
    assert "metrics_not_shared" in caplog.text


def test_threads_lose_no_count(tmp_path: Path) -> None:
    figures = MultiProcessMetrics(ALL_METRICS, tmp_path)

    def count_often(_number: int) -> None:
        for _ in range(500):
            figures.count(VERDICTS, "paid", "payment_complete", "verify")
            figures.add(UPSTREAM_WAITING, 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_often, range(8)))
    text = text_of(figures)
    assert value(text, "widget_verdicts_total") == value(text, "widget_upstream_queued") == 4000


def test_a_histogram_counts_each_bucket_with_those_below() -> None:
    figures = MultiProcessMetrics(ALL_METRICS)
    for seconds in (0.025, 0.026, 0.3, 60.0):
        figures.observe(UPSTREAM_SECONDS, seconds, "order")
    text = text_of(figures)
    told = {dict(has)["le"]: number for (name, has), number in samples(text).items() if name.endswith("_bucket")}
    assert (told["0.025"], told["0.05"], told["0.3"], told["8.0"], told["+Inf"]) == (1, 2, 3, 3, 4)
    assert value(text, "widget_upstream_seconds_count") == 4
    assert value(text, "widget_upstream_seconds_sum") == pytest.approx(60.351)


def test_without_its_database_the_rest_is_shown() -> None:
    def broken(_now: object) -> Backlog:
        raise StorageError("canary")

    text = text_of(MultiProcessMetrics(ALL_METRICS), broken)
    assert value(text, "widget_database_up") == 0
    assert "widget_jobs" not in text
    assert "canary" not in text
    assert value(text, "widget_processes") == 1


def test_the_snapshot_sums_what_every_process_counted(tmp_path: Path) -> None:
    figures, other = (MultiProcessMetrics(ALL_METRICS, tmp_path) for _ in range(2))
    for seconds, call in ((0.3, "receipt"), (0.3, "order"), (99.0, "order")):
        other.observe(UPSTREAM_SECONDS, seconds, call)
    figures.count(UPSTREAM_FAULTS, "order", "upstream_timeout")
    other.count(UPSTREAM_FAULTS, "order", "upstream_timeout")
    seen = figures.snapshot()
    assert (seen.calls, seen.failed) == (3, 2)
    assert [bucket for bucket in seen.latency if bucket.calls] == [Bucket(0.3, 2), Bucket(None, 1)]


@pytest.mark.parametrize(
    ("states", "worst"),
    [
        (("closed", "closed"), "closed"),
        (("closed", "half-open"), "half-open"),
        (("open", "half-open"), "open"),
        (("closed", "open"), "open"),
    ],
)
def test_the_worst_circuit_breaker_is_shown(tmp_path: Path, states: tuple[str, str], worst: str) -> None:
    both = [MultiProcessMetrics(ALL_METRICS, tmp_path) for _ in states]
    for figures, state in zip(both, states, strict=True):
        figures.set(BREAKER, 1, state)
    assert both[0].snapshot().breaker == worst


def test_without_a_listener_nothing_is_sent() -> None:
    nothing = NullMetrics()
    nothing.count(VERDICTS, "paid")
    nothing.observe(UPSTREAM_SECONDS, 1.0, "order")
    nothing.add(UPSTREAM_WAITING, 1)
    nothing.set(BREAKER, 1, "open")
    assert nothing.snapshot() is None
