"""The PHP page of docs/recipes/form.md, run as it stands there: it fulfills once, for a genuine token of its order."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from widget_server.testing import KEYS, signed_verdict

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/recipes/form.md", "docs/ko/form.md")
CODE = "order_15XqwcM1f"
ADDRESSES = {"issuer": "https://pay.shop.kr", "audience": "https://shop.kr"}
REFUSED: dict[str, Callable[[], str]] = {
    "another order's": lambda: signed("order_other"),
    "another amount's": lambda: signed(amount=100),
    "another server's": lambda: signed(issuer="https://evil.kr"),
    "a forged one": lambda: signed()[:-8] + "AAAAAAAA",
    "none": lambda: "",
}
# What PHP would have had from the browser, and the shop's own function.
BEFORE = """<?php
error_reporting(E_ALL);
session_save_path('.');
session_id('shopper');
session_start();
$_SESSION['order'] = '%s';
session_write_close();
$_POST['steppay-token'] = trim(stream_get_contents(STDIN));
function fulfill(array $order): void { file_put_contents('log', $order['amount'] . "\\n", FILE_APPEND); }
"""


def signed(code: str = CODE, amount: int = 10000, issuer: str = ADDRESSES["issuer"]) -> str:
    """Made when a test needs it: it is good for ten minutes."""
    return signed_verdict(order_code=code, amount=amount, issuer=issuer, audience=ADDRESSES["audience"])


@pytest.fixture(params=PAGES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if not shutil.which("php"):
        pytest.skip("php is not installed; tools/setup.sh browsers installs it on Debian")
    page = re.search(r"```php\n(.*?)```", (ROOT / request.param).read_text("utf-8"), re.DOTALL)
    assert page
    (tmp_path / "done.php").write_text(page[1], "utf-8")
    (tmp_path / "before.php").write_text(BEFORE % CODE, "utf-8")
    shutil.copy(ROOT / "docs/examples/verify_verdict.php", tmp_path)
    for folder in ("orders", "fulfilled"):
        (tmp_path / folder).mkdir()
    (tmp_path / f"orders/{CODE}.json").write_text(json.dumps({"amount": 10000}), "utf-8")
    now = int(time.time())
    kept = {"asked": now, "fresh_until": now + 3600, "keys": KEYS}
    (tmp_path / "keys.json").write_text(json.dumps(kept), "utf-8")
    return tmp_path


def post(shop: Path, token: str) -> str:
    command = ["php", "-d", "auto_prepend_file=before.php", "-d", "display_errors=stderr", "done.php"]
    done = subprocess.run(command, cwd=shop, input=token, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def fulfilled(shop: Path) -> list[str]:
    log = shop / "log"
    return log.read_text("utf-8").split() if log.exists() else []


def test_the_page_fulfills_a_genuine_token_once(shop: Path) -> None:
    assert [post(shop, signed()) for _ in range(2)] == ["주문해 주셔서 감사합니다."] * 2
    assert fulfilled(shop) == ["10000"]


@pytest.mark.parametrize("what", REFUSED)
def test_the_page_refuses_every_other_token(shop: Path, what: str) -> None:
    assert post(shop, REFUSED[what]()).startswith("결제를 확인하지 못했습니다.")
    assert fulfilled(shop) == []
