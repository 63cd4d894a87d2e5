"""docs/recipes/from-steppay-sample.md: what its "before" believes, and its "after" does not; and the function of
docs/recipes/webview.md that says which addresses leave the app."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.recipes.frame import ROOT, SHOP, key_server, write
from widget_server.testing import Simulator, signed_verdict

BEFORE = """
import { isPaid, whatThePagePosts } from "./before.mjs";
const [code, steppay, secretToken] = process.argv.slice(1);
const posted = whatThePagePosts(`?order_id=1&order_code=${code}&status=success`);
console.log(JSON.stringify([posted, await isPaid(code, { steppay, secretToken })]));
"""
AFTER = """
import { isPaid } from "./after.mjs";
const [code, ...tokens] = process.argv.slice(1);
const order = { code, amount: 10000, currency: "KRW" };
console.log(JSON.stringify(await Promise.all(tokens.map((token) => isPaid(token, order)))));
"""


def node(folder: Path, script: str, *arguments: str) -> list[object]:
    command = ["node", "--input-type=module", "--eval", script, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if not shutil.which("node"):
        pytest.skip("node is not installed; tools/setup.sh browsers installs it on Debian")
    shutil.copy(ROOT / "docs" / "examples" / "verify-verdict.mjs", tmp_path)
    return tmp_path


def test_before_an_unpaid_order_is_paid_and_the_page_says_nothing(folder: Path, steppay_simulator: Simulator) -> None:
    write("from-steppay-sample", "https://pay.shop.kr", folder)
    code = steppay_simulator.order().code
    assert node(folder, BEFORE, code, steppay_simulator.url, steppay_simulator.secret_token) == ["{}", True]


def test_after_only_a_genuine_paid_verdict_of_this_order_is_paid(folder: Path) -> None:
    with key_server() as keys:
        write("from-steppay-sample", keys.url, folder)
        told = {"order_code": "order_mine", "amount": 10000, "issuer": keys.url, "audience": SHOP}
        changes = [
            {},
            {"verdict": "pending"},
            {"order_code": "order_other"},
            {"amount": 1000},
            {"wrong": "forged"},
        ]
        tokens = [signed_verdict(**{**told, **change}) for change in changes]
        assert (
            node(folder, AFTER, "order_mine", *tokens, "order_code=order_mine&status=success") == [True] + [False] * 5
        )


def test_of_the_addresses_in_an_app_only_those_of_other_apps_leave_it(folder: Path) -> None:
    write("webview", "https://pay.shop.kr", folder)
    table = {
        "https://shop.kr/pay?x=1#a": None,
        "about:blank": None,
        "ispmobile://TID=1": "ispmobile://TID=1",
        "intent://kakaopay/pg?url=https://x.kr/r#Intent;scheme=kakaotalk;package=com.kakao.talk;end": (
            "kakaotalk://kakaopay/pg?url=https://x.kr/r"
        ),
        "intent:hdcard?acctid=1#Intent;package=com.hyundaicard.appcard;scheme=hdcardappcardansimclick;end": (
            "hdcardappcardansimclick:hdcard?acctid=1"
        ),
        "javascript:alert(1)": "",
        "intent://x#Intent;package=kr.co.shop;end": "",
        "intent://x#Intent;scheme=file;end": "",
    }
    script = 'import { outside } from "./outside.mjs"; console.log(JSON.stringify(process.argv.slice(1).map(outside)));'
    assert node(folder, script, *table) == list(table.values())
