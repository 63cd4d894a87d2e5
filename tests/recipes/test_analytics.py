"""The code of docs/recipes/analytics.md tells of one purchase for each paid order."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.recipes.frame import blocks

PAID = {"verdict": "paid", "orderCode": "order_1", "amount": 18000, "currency": "KRW"}
WANTED = [
    ["gtag", "event", "purchase", {"transaction_id": "order_1", "value": 18000, "currency": "KRW"}],
    ["fbq", "track", "Purchase", {"value": 18000, "currency": "KRW"}, {"eventID": "order_1"}],
]
PAGE = """
const sent = [], kept = new Map(), window = globalThis, document = new EventTarget();
const localStorage = %s;
if (%s) for (const name of ['gtag', 'fbq']) window[name] = (...call) => sent.push([name, ...call]);
%s
for (const detail of %s) document.dispatchEvent(Object.assign(new Event('steppay:result'), { detail }));
console.log(JSON.stringify(sent));
"""
STORAGE = "{ getItem: (key) => kept.get(key), setItem: (key, value) => kept.set(key, value) }"
REFUSED = "{ getItem() { throw new Error('no storage'); } }"


@pytest.mark.parametrize(
    ("results", "storage", "loaded", "wanted"),
    [
        ([PAID, PAID], STORAGE, True, WANTED),
        ([{**PAID, "verdict": "pending"}, PAID], STORAGE, True, WANTED),
        (
            [{**PAID, "verdict": verdict} for verdict in ("pending", "unknown", "no_charge", "refunded")],
            STORAGE,
            True,
            [],
        ),
        ([PAID], REFUSED, True, WANTED),
        ([PAID], STORAGE, False, []),
    ],
)
def test_a_paid_order_is_one_purchase(results: object, storage: str, loaded: bool, wanted: object) -> None:
    if not shutil.which("node"):
        pytest.skip("node is not installed; tools/setup.sh browsers installs it on Debian")
    program = PAGE % (storage, json.dumps(loaded), blocks("analytics")["purchase.js"], json.dumps(results))
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == wanted
