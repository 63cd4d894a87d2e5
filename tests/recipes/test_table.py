"""The table of cases notices each check that a recipe forgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recipes import python_shops
from tests.recipes.cases import play
from tests.recipes.frame import PAGES, key_server

FORGOTTEN = {
    "the signature": ('options={"require"', 'options={"verify_signature": False, "require"', "a wrong token: forged"),
    "the type": ('signed["header"].get("typ") == "steppay-verdict+jwt"', "True", "a wrong token: other_type"),
    "the issuer": ("issuer=SERVER,", "", "a wrong token: other_server"),
    "the shop": ("audience=SHOP", 'audience=[SHOP, "https://another.example"]', "a wrong token: other_shop"),
    "the time": ("leeway=60", "leeway=100_000", "a wrong token: expired"),
    "the order": ('(claims["sub"], ', "(order[0], ", "a wrong token: other_order"),
    "the amount": ('claims["amount"], ', "order[1], ", "a wrong token: other_amount"),
    "the currency": ('claims["currency"])', "order[2])", "a wrong token: other_currency"),
    "what is not paid": ('claims["fulfill"] is not True', "False", "a pending verdict"),
    "the unique row": ("if first:", "if True:", "a token, then its delivery"),
    "the webhook's signature": (
        "WEBHOOK.verify(request.get_data(), dict(request.headers))",
        "request.get_json()",
        "a wrong delivery: forged",
    ),
    "the test": ('message.get("test")', "False", "a wrong delivery: test_message"),
    "the webhook's amount": (
        '(data["amount"], data["currency"]) == order[1:]',
        "True",
        "a delivery about another amount",
    ),
    "the webhook's word": (' and data["fulfill"] is True', "", "a delivery about a failed payment"),
}
"""What stands in docs/recipes/flask.md, what stands there when it is forgotten, and the case that has to notice."""


@pytest.mark.parametrize("what", FORGOTTEN)
def test_a_forgotten_check_is_noticed(
    what: str, tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    right, wrong, case = FORGOTTEN[what]
    text = (PAGES / "flask.md").read_text("utf-8")
    assert text.count(right) == 1
    (tmp_path / "flask.md").write_text(text.replace(right, wrong), "utf-8")
    monkeypatch.setattr("tests.recipes.frame.PAGES", tmp_path)
    shop = python_shops.flask
    with key_server() as keys, shop(keys.url, tmp_path, free_port()) as running, pytest.raises(AssertionError):
        play(running, case)
