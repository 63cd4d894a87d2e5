"""`widget-server dev`: a shop of one's own, on a port of its own, buys, refunds and renews by one command.

The shop is that of docs/recipes/rehearse.md, as a program with what `dev` wrote into `shop.env`.
"""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner

from tests.integration.test_cli import SECONDS, clean, run, started
from tests.integration.test_crash_points import wait_until
from tests.integration.test_rehearse import PAGES, PRODUCTS, SHOP
from widget_server.cli import main
from widget_server.config.env_file import read_env_file

STATE = """
@app.get("/state")
def state():
    return {"orders": orders, "renewals": renewals}
"""


@dataclass(frozen=True)
class Place:
    """A developer's folder, and the ports of this test."""

    folder: Path
    shop: str
    server: str
    steppay: str

    def options(self, notify: str = "/steppay/events") -> list[str]:
        products = [part for product in PRODUCTS for part in ("--product", product)]
        ports = ["--server-port", self.server.rpartition(":")[2], "--simulator-port", self.steppay.rpartition(":")[2]]
        return ["dev", "--shop", f"{self.shop}/pricing", "--notify", self.shop + notify, *ports, *products]

    def start(self) -> Any:
        return started(self.folder, {}, self.server, *self.options())

    @property
    def output(self) -> str:
        return (self.folder / "out.txt").read_text("utf-8")

    def settings(self, name: str) -> dict[str, str]:
        return read_env_file(self.folder / ".steppay-dev" / name)


@pytest.fixture
def place(tmp_path: Path, free_port: Callable[[], int]) -> Place:
    return Place(tmp_path, *(f"http://127.0.0.1:{free_port()}" for _ in range(3)))


@contextmanager
def running_shop(place: Place, settings: Mapping[str, str]) -> Iterator[None]:
    found = SHOP.search(PAGES[0].read_text("utf-8"))
    assert found
    (place.folder / "shop.py").write_text(found[1] + STATE, "utf-8")
    port = place.shop.rpartition(":")[2]
    command = [sys.executable, "-m", "flask", "--app", "shop", "run", "--port", port]
    with (place.folder / "shop.txt").open("wb") as out:
        process = subprocess.Popen(command, cwd=place.folder, env=clean(dict(settings)), stdout=out, stderr=out)
    try:
        wait_until(lambda: answers(f"{place.shop}/state"))
        yield
    finally:
        process.kill()
        process.wait(SECONDS)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=SECONDS).ok
    except requests.ConnectionError:
        return False


def test_a_shop_buys_refunds_and_renews_with_signed_webhooks(place: Place) -> None:
    with place.start() as process:
        wait_until(lambda: "Ctrl+C" in place.output)
        shop_settings = place.settings("shop.env")
        assert [
            f"{name}={value}" for name, value in shop_settings.items() if f"{name}={value}" not in place.output
        ] == []
        assert ["integrity=" in place.output, "order_test_refunded" in place.output] == [True, True]
        with running_shop(place, shop_settings):
            sell(place)
            tested = run(
                place.folder, {}, "--env-file", ".steppay-dev/server.env", *["deliveries", "send-test", "payment.paid"]
            )
            assert (tested.returncode, "refuses test messages, as it should" in tested.stdout) == (0, True), tested
        wait_until(lambda: "delivered id=" in place.output)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    assert "Traceback" not in place.output
    for url in (place.server, place.steppay):
        socket.create_server(("127.0.0.1", urlsplit(url).port or 0)).close()


def sell(place: Place) -> None:
    def state(name: str) -> dict[str, Any]:
        return dict(requests.get(f"{place.shop}/state", timeout=SECONDS).json()[name])

    def step(code: str, step: str, body: dict[str, Any] | None = None) -> str:
        answer = requests.post(f"{place.steppay}/simulator/orders/{code}/{step}", json=body or {}, timeout=SECONDS)
        assert answer.ok, answer.text
        return str(answer.json()["orderCode"])

    def buy(name: str, scenario: str) -> str:
        """As a browser without script does it: the shop's button, our link, StepPay's pay page."""
        code = requests.post(f"{place.shop}/order/{name}", timeout=SECONDS).text
        page = requests.get(f"{place.server}/v1/pay/{code}", headers={"Referer": f"{place.shop}/"}, timeout=SECONDS)
        assert (page.status_code, page.url.startswith(place.steppay)) == (200, True), page.text
        return step(code, "scenario", {"scenario": scenario})

    tea = buy("tea", "closed")
    wait_until(lambda: state("orders")[tea]["state"] == "payment.paid")
    step(tea, "refund")
    wait_until(lambda: state("orders")[tea]["state"] == "payment.refunded")
    club = buy("club", "paid")
    wait_until(lambda: state("orders")[club]["state"] == "payment.no_charge")
    month = step(club, "renew")
    wait_until(lambda: state("renewals").get(month) == club)


def test_keys_and_secrets_stay_and_orders_do_not(place: Place) -> None:
    seen = []
    for _run in range(2):
        with place.start():
            wait_until(lambda: "Ctrl+C" in place.output)
            keys = requests.get(f"{place.server}/.well-known/jwks.json", timeout=SECONDS).json()
            server = place.settings("server.env")
            seen.append((place.settings("shop.env"), keys, server.pop("WIDGET_DATABASE_URL"), server))
    assert [seen[0][part] == seen[1][part] for part in range(4)] == [True, True, False, True]
    assert server["WIDGET_ALLOWED_ORIGINS"].split(",")[0] == place.shop
    folder = place.folder / ".steppay-dev"
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert (folder / ".gitignore").read_text("utf-8") == "*\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--shop", "localhost:3000"], "--shop: entry 1 is not an exact origin"),
        (["--shop", "http://localhost:3000", "--notify", "ftp://127.0.0.1/x"], "--notify: must be https"),
        (["--shop", "http://localhost:3000", "--page-rules", "none.toml"], "--page-rules: names no readable file"),
        (["--shop", "http://localhost:3000", "--offers", "none.toml"], "--offers: names no readable file"),
        (["--shop", "http://localhost:3000", "--product", "tea"], "--product: 'tea' is no product"),
        (["--shop", "http://localhost:3000", "--folder", "/proc/none"], "--folder: /proc/none cannot be written"),
    ],
)
def test_wrong_options_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["dev", "--server-port", "0", "--simulator-port", "0", *options])
    assert (result.exit_code, said in result.output) == (2, True), result.output
