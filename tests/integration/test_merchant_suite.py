"""The proof of the test kit: a shop's own suite passes, and with each planted bug of a fulfillment it fails.

Shop and suite are those that docs/testing.md shows; the suite uses public names only.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.merchant_suite import run_suite
from widget_server import testing

FOLDER = Path(__file__).resolve().parents[2] / "docs/examples/tested_shop"
SHOP, SUITE = ((FOLDER / name).read_text("utf-8") for name in ("shop.py", "test_shop.py"))
BUGS = {
    "fulfills what is pending": ("if verdict.is_fulfillable:", 'if verdict.verdict in ("paid", "pending"):'),
    "does not compare the amount": (
        'if not event.is_fulfillable or (event.data["amount"], event.data["currency"]) != (sale[0], "KRW"):',
        "if not event.is_fulfillable:",
    ),
    "takes the amount from the request": (
        "amount=sale[0])",
        "amount=__import__('json').loads(__import__('base64').urlsafe_b64decode("
        "request.form['steppay-token'].split('.')[1] + '=='))['amount'])",
    ),
    "fulfills twice": ("AND state IN ('open', 'failed')", "AND state != 'refunded'"),
    "trusts the address": (
        'return {"state": sale[1]}',
        'return {"state": request.args.get("status") == "success" and fulfill_once(request.args["order_code"])}',
    ),
    "takes unknown for failed": ('elif verdict.verdict == "failed":', 'elif verdict.verdict != "pending":'),
    "ignores refunds": ('@checkout.on("payment.refunded")', '@checkout.on("payment.partially_refunded")'),
    "sends what was refunded": ("AND state IN ('open', 'failed')", "AND state != 'sent'"),
    "lets no free trial in": ('@checkout.on("payment.paid", "payment.no_charge")', '@checkout.on("payment.paid")'),
    "lets in who only registers a card": (
        "if not event.is_fulfillable or",
        'if event.type == "payment.paid" and not event.is_fulfillable or',
    ),
    "ignores the next month": ('@checkout.on("renewal.paid")', '@checkout.on("subscription.paused")'),
    "gives up after a failure": ("AND state IN ('open', 'failed')", "AND state = 'open'"),
}


def run(folder: Path, shop: str) -> str:
    done = run_suite(folder, {"shop.py": shop, "test_shop.py": SUITE}, "-x", "--tb=line")
    return done.stdout + done.stderr


def test_the_shops_suite_passes(tmp_path: Path) -> None:
    assert re.search(r"^2\d passed in", run(tmp_path, SHOP), re.MULTILINE)


@pytest.mark.parametrize("bug", BUGS)
def test_the_shops_suite_finds_a_planted_bug(tmp_path: Path, bug: str) -> None:
    right, wrong = BUGS[bug]
    assert SHOP.count(right) == 1
    output = run(tmp_path, SHOP.replace(right, wrong))
    assert re.search(r"^1 failed", output, re.MULTILINE), output
    assert "AssertionError" in output or "assert " in output, output


def test_the_suite_and_the_shop_use_public_names_only() -> None:
    trees = [ast.parse(text) for text in (SHOP, SUITE)]
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    ours = {str(node.module): {alias.name for alias in node.names} for node in imports if "widget" in str(node.module)}
    assert ours.keys() == {"widget_server", "widget_server.merchant", "widget_server.testing"}
    assert ours["widget_server.testing"] <= set(testing.__all__)
    private = [node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert [name for name in private if name.startswith("_")] == []
