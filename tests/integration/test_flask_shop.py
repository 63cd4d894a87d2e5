"""examples/flask-shop: its own tests as a merchant runs them, and a worker that dies between event and fulfillment."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
import requests

from tests.support.flask_shop import EXAMPLE, NEEDED, SECONDS, Shop, installed_shop, wait_until
from tests.support.merchant_suite import run_suite

SHOPPER = {"name": "김달래", "email": "dal@example.com"}
DOCS = EXAMPLE.parents[1] / "docs"


def test_its_own_tests_pass(tmp_path: Path) -> None:
    names = ("*.py", "*.toml", "*.ini", "templates/*", "static/*", "tests/*.py")
    files = {str(file.relative_to(EXAMPLE)): file.read_text("utf-8") for name in names for file in EXAMPLE.glob(name)}
    done = run_suite(tmp_path, files, "-W", "error")
    assert done.returncode == 0, done.stdout + done.stderr


QUICK_START = """
def test_it_sells_and_hears_of_the_refund(steppay_settings, steppay_simulator, steppay_flow, monkeypatch, caplog):
    for name, value in steppay_settings.items():
        monkeypatch.setenv(name, value)
    import shop

    browser, flow = shop.app.test_client(), steppay_flow(shop.app)
    assert 'action="/orders"' in browser.get("/").text
    pay = browser.post("/orders").location
    code = pay.rpartition("/")[2]
    assert f'data-steppay-order="{code}"' in browser.get(pay).text
    flow.buy(code)
    flow.work()
    steppay_simulator.find(code).refund()
    flow.work()
    assert browser.get("/thanks").status_code == 200
    said = [record.getMessage() for record in caplog.records if record.name == "shop"]
    assert said == [f"payment.paid {code}", f"payment.refunded {code}"]
"""


def test_the_shop_of_the_quick_start_sells(tmp_path: Path) -> None:
    page = (DOCS / "quick-start.md").read_text("utf-8")
    (shop,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    done = run_suite(tmp_path, {"shop.py": shop, "test_quick_start.py": QUICK_START})
    assert done.returncode == 0, done.stdout + done.stderr


def buy(shop: Shop) -> str:
    """An order paid at StepPay, whose shopper has closed the window."""
    page = requests.post(f"{shop.behind}/products/beans", data=SHOPPER, timeout=SECONDS, allow_redirects=False)
    assert page.status_code == 302, page.text
    code = page.headers["Location"].rpartition("/")[2]
    shop.step(code, "scenario", scenario="closed")
    return code


def is_blocked(shop: Shop) -> bool:
    """The handler is in the middle of its transaction: the event has arrived, nothing is fulfilled."""
    return bool(shop.query("SELECT 1 FROM pg_locks WHERE relation = 'fulfillments'::regclass AND NOT granted"))


@pytest.fixture(scope="module")
def shop(free_port: Callable[[], int]) -> Iterator[Shop]:
    with installed_shop(free_port) as shop:
        yield shop


@NEEDED
@pytest.mark.parametrize("worker", ["", "thread"], ids=["command", "thread"])
def test_a_worker_killed_before_the_fulfillment(shop: Shop, worker: str) -> None:
    """kill -9 between the event and the fulfillment: fulfilled once after the restart, whatever comes again."""
    with shop.database.connect() as other:
        with shop.serving(worker) as server, shop.working() if not worker else nullcontext(server) as victim:
            other.exec_driver_sql("LOCK TABLE fulfillments IN ACCESS EXCLUSIVE MODE")
            code = buy(shop)
            wait_until(lambda: is_blocked(shop))
            kill_all(victim.pid)
            victim.wait(SECONDS)
        other.rollback()
    assert shop.fulfilled(code) == 0
    with shop.serving(worker), shop.working() if not worker else nullcontext():
        wait_until(lambda: shop.fulfilled(code))
        (event_id,) = re.findall(rf"(evt_\w+) .* {code}", shop.flask("steppay", "deliveries", "list"))
        shop.flask("steppay", "deliveries", "redeliver", event_id)
        wait_until(lambda: shop.flask("steppay", "deliveries", "show", event_id).count("answered  200") == 2)
        assert shop.fulfilled(code) == 1


def kill_all(pid: int) -> None:
    """gunicorn's processes too: they end by themselves only when they notice that their parent is gone."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split():
        os.kill(int(child), signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
