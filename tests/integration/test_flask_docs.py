"""docs/flask.md as a reader types it: the shop of its blocks sells under `flask run`, with its commands."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests
from flask import Flask

from tests.support.merchant_suite import run_suite
from widget_server import StepPayCheckout

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "flask.md").read_text("utf-8")
BIN = Path(sys.executable).parent


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


SHOP = "\n\n".join(block for block in blocks("python") if not re.search("def test_|CHECKOUT_URL", block))
SUITE = "\n\n".join([blocks("python")[0].partition("app = ")[0], *(b for b in blocks("python") if "def test_" in b)])


def wait(until: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        threading.Event().wait(0.1)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=60).status_code < 500
    except requests.ConnectionError:
        return False


@pytest.fixture
def folder(tmp_path: Path, free_port: Callable[[], int]) -> Path:
    """A reader's folder, whose ports are free here."""
    (tmp_path / "ports").write_text(f"{free_port()} {free_port()}")
    subprocess.run(["sh", "-c", with_free_ports(blocks("sh")[0], tmp_path)], cwd=tmp_path, check=True, timeout=60)
    (tmp_path / "app.py").write_text(SHOP)
    return tmp_path


def with_free_ports(text: str, folder: Path) -> str:
    """Both at once: a free port may hold the digits of the other one that the page names."""
    free = dict(zip(("5000", "8090"), (folder / "ports").read_text().split(), strict=True))
    return re.sub(r"\b(?:5000|8090)\b", lambda written: free[written[0]], text)


@contextmanager
def typed(folder: Path, command: str) -> Iterator[Path]:
    """A command of the page, until the block ends; gives the file with its output."""
    words = shlex.split(with_free_ports(command, folder))
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("WIDGET_", "STEPPAY_", "FLASK_"))}
    output = folder / f"{words[1]}.log"
    with output.open("wb") as log:
        process = subprocess.Popen([str(BIN / words[0]), *words[1:]], cwd=folder, env=environ, stdout=log, stderr=log)
        try:
            yield output
        finally:
            process.terminate()
            process.wait(60)


def test_the_shop_of_the_page_sells_and_takes_back(folder: Path) -> None:
    shop, steppay = (f"http://127.0.0.1:{port}" for port in (folder / "ports").read_text().split())
    simulator, run = blocks("sh")[1].splitlines()
    with typed(folder, simulator), typed(folder, run) as log:
        wait(lambda: answers(shop) and answers(f"{steppay}/portal"))
        browser = requests.Session()
        page = browser.post(f"{shop}/order", timeout=60)
        code = page.url.rpartition("/")[2]
        assert f'data-steppay-order="{code}" data-mode="iframe">결제하기</a>' in page.text
        assert browser.get(f"{shop}/pay/{code}", timeout=60).status_code == 200
        before = browser.post(f"{shop}/steppay/v1/verify", json={"orderCode": code}, timeout=60).json()
        waits = browser.post(f"{shop}/thanks", data={"steppay-token": before["token"]}, timeout=60)
        assert waits.text == "We are waiting for your payment."

        paid = requests.post(f"{steppay}/simulator/orders/{code}/scenario", json={"scenario": "paid"}, timeout=60)
        assert paid.ok
        verdict = browser.post(f"{shop}/steppay/v1/verify", json={"orderCode": code}, timeout=60).json()
        assert (verdict["verdict"], verdict["amount"]) == ("paid", 18000)
        thanks = browser.post(f"{shop}/thanks", data={"steppay-token": verdict["token"]}, timeout=60)
        assert thanks.text == "Thank you!"
        wait(lambda: f"Ship {code}" in log.read_text())
        a_member_changes_the_card(folder, browser, shop, steppay)


def a_member_changes_the_card(folder: Path, browser: requests.Session, shop: str, steppay: str) -> None:
    """The page sells no subscription, so the order of this browser gets that of another one."""
    assert browser.get(f"{shop}/members", timeout=60).status_code == 404
    made = requests.post(f"{steppay}/simulator/orders", json={"outcome": "subscription"}, timeout=60).json()
    code = made["orderCode"]
    with closing(sqlite3.connect(folder / "shop.db", isolation_level=None)) as database:
        database.execute("INSERT INTO orders VALUES (?, ?, 'open', NULL)", [code, made["amount"]])
        browser.post(f"{shop}/steppay/v1/verify", json={"orderCode": code}, timeout=60)
        begun = "SELECT subscription FROM orders WHERE subscription IS NOT NULL"
        wait(lambda: database.execute(begun).fetchone())
        database.execute(f"UPDATE orders SET subscription = ({begun})")
        ((number,), *_) = database.execute(begun)
    assert browser.get(f"{shop}/members", timeout=60).text == "Welcome!"
    failing = f"{steppay}/simulator/subscriptions/{number}/card"
    requests.post(failing, json={"works": False}, timeout=60).raise_for_status()
    requests.post(f"{steppay}/simulator/orders/{code}/renew", timeout=60).raise_for_status()
    assert "declined" in browser.get(f"{shop}/members", timeout=60).text
    (changing,) = re.findall(
        r'data-steppay-order="(.+?)">결제수단 변경<', browser.post(f"{shop}/card", timeout=60).text
    )
    scenario = f"{steppay}/simulator/orders/{changing}/scenario"
    requests.post(scenario, json={"scenario": "paid"}, timeout=60).raise_for_status()
    assert browser.get(f"{shop}/members", timeout=60).text == "Welcome!"


def test_the_form_of_a_server_elsewhere_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widget_server.cli.environment.os.environ", {})
    (block,) = [block for block in blocks("python") if "CHECKOUT_URL" in block]
    shop = {"Flask": Flask, "StepPayCheckout": StepPayCheckout, "fulfill": print}
    exec(block, shop)  # noqa: S102 - our own page
    refused = shop["remote"].test_client().post("/steppay/deliveries", data=b"{}")
    assert (refused.status_code, refused.json["code"]) == (400, "malformed_headers")


def test_the_test_of_the_page_passes(tmp_path: Path) -> None:
    result = run_suite(tmp_path, {"test_shop.py": SUITE})
    assert result.returncode == 0, result.stdout
