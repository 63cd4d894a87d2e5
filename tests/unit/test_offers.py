"""The offers file: every mistake is named at once with its place, and a running server follows the file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.offer_scenarios import TEXT, write_offers
from widget_server.adapters.offers_file import OffersFile, load_offers
from widget_server.domain.offer import Offer, is_page_address
from widget_server.errors import ConfigurationError

ORIGINS = ("https://shop.test", "https://www.shop.test")
LEAST = '[[offer]]\nid = "{id}"\nproduct = "p"\nprice = "q"\namount = {amount}\n'
FULL = LEAST.format(id="a", amount=1) + 'privacy_url = "https://a.kr/p"\n{more}\n[offer.ko]\ntitle = "가"\n'


def read(folder: Path, text: str, *, sandbox: bool = False) -> dict[str, Offer]:
    return dict(load_offers(write_offers(folder, text), ORIGINS, sandbox=sandbox))


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, text)
    found = list(caught.value.problems)
    assert all(one.startswith("WIDGET_OFFERS_FILE: ") and "canary" not in one for one in found)
    return [one.removeprefix("WIDGET_OFFERS_FILE: ") for one in found]


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    trial, beans = (read(tmp_path, TEXT)[name] for name in ("trial", "beans"))
    assert (trial.currency, trial.least, trial.most, trial.origins) == ("KRW", 1, 1, ORIGINS)
    assert (beans.phone, beans.open_for.total_seconds(), beans.origins) == ("none", 1800, ORIGINS[:1])
    assert trial.privacy_url == "https://shop.test/privacy"


def test_an_offers_own_privacy_page_wins_and_amounts_are_exact(tmp_path: Path) -> None:
    shop = '[shop]\nprivacy_url = "https://a.kr/shop"\n'
    offer = read(tmp_path, shop + FULL.format(more="quantity = 2\norigins = []").replace("origins = []", ""))["a"]
    assert (offer.privacy_url, offer.least, offer.most) == ("https://a.kr/p", 2, 2)
    assert read(tmp_path, FULL.format(more="").replace("amount = 1", "amount = 0.10"))["a"].amount == Decimal("0.10")


WRONG = {
    "id": ('"A b"', '""', "7", '"' + "a" * 65 + '"'),
    "product": ('"상품"', "1", '""'),
    "price": ('"p q"', "true"),
    "amount": ("-1", '"9900"', "true", "nan", "inf", "1e40"),
    "currency": ('"won"', '"krw"', "410"),
    "quantity": ("0", "true", '"2"', "1001", "{ min = 2, max = 1 }", "{ min = 0, max = 1 }", "{ max = 2 }", "[1, 2]"),
    "deadline_minutes": ("0", "true", "1.5", "43201"),
    "origins": ("[]", '["https://canary.test"]', '"https://shop.test"', '["https://shop.test/"]', "[1]", "[[]]"),
    "phone": ('"maybe"', "true", "[]"),
    "privacy_url": ('"canary"', '"http://a.kr"', '"https://u@a.kr"', '"https://a.kr/ b"', '"https://[canary"', "1"),
    "colour": ('"canary"',),
    "ko": ("1", '{ title = "" }', '{ text = "a" }', '{ title = "a\\nb" }', '{ title = "a", sub = "b" }'),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_named_by_its_place(tmp_path: Path, name: str, value: str) -> None:
    lines = [line for line in FULL.format(more="").splitlines() if not line.startswith((f"{name} ", "[offer", "title"))]
    (found,) = problems(tmp_path, "\n".join((*lines, f"{name} = {value}", "" if name == "ko" else 'ko.title = "가"')))
    assert found.startswith(f"[[offer]] number 1 {name} ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["offer holds no [[offer]]"]),
        ("offer = 3", ["offer must be [[offer]]"]),
        ("canary [", ["is not a readable TOML file"]),
        ("[default]\n[[offer]]", ["[[offer]] number 1 id is missing", "number 1 amount is missing", "default is no"]),
        (LEAST.format(id="a", amount=1) * 2, ["[[offer]] a is there more than once", "has no privacy", "has no title"]),
        ('[shop]\nprivacy_url = "a"\nx = 1\n', ["shop.privacy_url must be", "shop.x is no setting", "offer holds no"]),
    ],
)
def test_every_problem_is_named_at_once(tmp_path: Path, text: str, expected: list[str]) -> None:
    found = " | ".join(problems(tmp_path, text))
    assert all(one in found for one in expected), found


def test_plain_http_is_for_this_machine_in_the_sandbox_alone() -> None:
    local, far = "http://127.0.0.1:5000/privacy", "http://shop.kr/privacy"
    assert is_page_address(local, on_this_machine=True)
    assert not is_page_address(local, on_this_machine=False)
    assert not is_page_address(far, on_this_machine=True)
    assert not is_page_address("javascript:alert(1)", on_this_machine=True)
    assert is_page_address("https://브랜드.kr/개인정보", on_this_machine=False)


def test_a_running_server_follows_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widget_server.adapters.followed_file.LOOK_SECONDS", 0.0)
    file = write_offers(tmp_path)
    offers = OffersFile(file, ORIGINS, sandbox=False)
    assert offers.find("a") is None
    write_offers(tmp_path, FULL.format(more=""))
    assert offers.find("a") is not None
    write_offers(tmp_path, "canary")  # mistakes change nothing
    assert offers.find("a") is not None


@pytest.mark.parametrize("page", ["docs/offers.md", "docs/ko/offers.md"])
def test_the_file_of_the_documents_sells(tmp_path: Path, page: str) -> None:
    text = (Path(__file__).parents[2] / page).read_text("utf-8").partition("```toml\n")[2].partition("```")[0]
    offers = read(tmp_path, text)
    assert [(one.id, one.amount, one.most, one.phone) for one in offers.values()] == [
        ("basic-monthly", 9900, 1, "none"),
        ("beans", 18000, 5, "required"),
    ]
