"""SQLite on a file system that has no space left, or held by another writer: StepPay's word reaches the caller, nothing
is confirmed that is not kept, and space alone heals it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.app_fixture import API_KEY, FakeStepPay, World, application
from tests.support.database_failures import full, locked
from tests.support.job_helpers import FakeMerchant, event_body, kept_events, send, work

pytestmark = pytest.mark.sqlite

SIZE, ROOM = 2 * 1024 * 1024, 96 * 1024
"""Bytes of the file system, and what another program leaves of them at first."""
INSTEAD = "no file system may be mounted here: SQLite's own limit of pages stands for the full one"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with a file system of two MiB where this machine lets us mount it, else a plain folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)]
    is_mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield folder
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def stored(steppay: FakeStepPay, migrated: Path, disk: Path) -> Iterator[World]:
    """An application with a merchant's key, whose database lies there."""
    with application(steppay.url, migrated, disk, api_key=API_KEY) as running:
        yield running


@contextmanager
def filling(world: World, disk: Path, note: Callable[[str, object], None]) -> Iterator[Callable[[], None]]:
    """Space for a few events; gives what takes the rest of it. Afterwards there is space again."""
    if not disk.is_mount():
        note("note", INSTEAD)
        with full(world):
            yield lambda: None
        return
    others = disk / "of-another-program"
    take(others, os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - ROOM)
    yield lambda: take(others, SIZE)
    others.unlink()


def take(file: Path, size: int) -> None:
    with file.open("ab", buffering=0) as filler, suppress(OSError):
        for _ in range(size // 4096):
            filler.write(bytes(4096))


def until_refused(world: World, steppay: FakeStepPay) -> tuple[list[str], str]:
    """Orders whose events were confirmed, and the first one whose event was not."""
    confirmed: list[str] = []
    while (answer := send(world, event_body(code := steppay.paid()))).status_code == 200:
        confirmed.append(code)
        assert len(confirmed) < SIZE // 4096, "it takes more events than it has pages"
    assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")
    return confirmed, code


def assert_it_answers_and_confirms_nothing(world: World, steppay: FakeStepPay, bound: str) -> None:
    code = steppay.paid()
    told = world.client.post("/v1/verify", json={"orderCode": code}).json
    assert (told["verdict"], told["fulfill"]) == ("paid", True)
    told = world.client.post("/v1/verify", json={"orderCode": bound}).json
    assert (told["verdict"], told["fulfill"]) == ("mismatch", False), "what was bound can still be read"
    for _ in range(2):
        assert send(world, event_body(code)).status_code == 503
        assert world.client.get("/readyz").status_code == 503
        assert world.client.get("/healthz").status_code == 200


def bind(world: World, code: str, amount: int) -> None:
    answer = world.client.put(
        f"/v1/orders/{code}/expectation",
        json={"amount": amount, "currency": "KRW"},
        headers={"Authorization": f"Bearer {API_KEY}"},
    )
    assert answer.status_code == 201, answer.text


def prepare(world: World, steppay: FakeStepPay) -> tuple[str, str, str]:
    """An opened checkout, an order that is bound to less than was paid, and an order whose event was confirmed."""
    bound, early = steppay.paid(), steppay.paid()
    bind(world, bound, 9000)
    assert send(world, event_body(early)).status_code == 200
    return world.create_checkout(steppay.unpaid()), bound, early


def assert_it_works_again(world: World, checkout: str, refused: str) -> None:
    assert world.client.get("/readyz").status_code == 200
    assert world.client.get(f"/v1/checkouts/{checkout}").status_code == 200
    assert send(world, event_body(refused)).status_code == 200


def assert_all_is_kept(world: World, codes: list[str]) -> None:
    """Each order reaches the merchant once, and the file is sound."""
    shop = FakeMerchant()
    work(world, shop)
    paid = [body["data"]["orderCode"] for _id, body in shop.told if body["type"] == "payment.paid"]
    assert sorted(paid) == sorted(codes)
    assert kept_events(world).count(("order.payment_completed", "done")) == len(codes)
    with world.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"


def test_AV_07_a_full_file_system_loses_nothing_that_was_confirmed_and_heals_by_space_alone(
    stored: World, steppay: FakeStepPay, disk: Path, record_property: Callable[[str, object], None]
) -> None:
    checkout, bound, early = prepare(stored, steppay)
    with filling(stored, disk, record_property) as take_the_rest:
        confirmed, refused = until_refused(stored, steppay)
        take_the_rest()
        assert confirmed or not disk.is_mount(), "the space ended while events came in"
        assert (disk / "widget.db-wal").exists()
        assert_it_answers_and_confirms_nothing(stored, steppay, bound)
    assert_it_works_again(stored, checkout, refused)
    assert_all_is_kept(stored, [early, *confirmed, refused])


def test_AV_07_a_database_that_another_writer_holds_is_like_a_full_one(stored: World, steppay: FakeStepPay) -> None:
    checkout, bound, early = prepare(stored, steppay)
    with locked(stored):
        confirmed, refused = until_refused(stored, steppay)
        assert confirmed == []
        assert_it_answers_and_confirms_nothing(stored, steppay, bound)
    assert_it_works_again(stored, checkout, refused)
    assert_all_is_kept(stored, [early, refused])
