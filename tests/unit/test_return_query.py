"""What a shopper's browser brings back is a claim about exactly one order, or it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.domain.model import Claim
from widget_server.domain.return_query import AmbiguousReturn, read_return

CODE, CHECKOUT = "order_15XqwcM1f", "A" * 22
MARK = f"steppay_return=success.{CODE}.{CHECKOUT}"

CLAIMS = [
    ("", None, None),
    ("utm=1&x", None, None),
    (MARK, None, "success"),
    (f"steppay_return=cancel.{CODE}.{CHECKOUT}", None, "cancel"),
    (f"{MARK}&order_id=7&order_code={CODE}&status=success", 7, "success"),
    # StepPay joins its parameters to a URL that has a query already; how, is not documented.
    (f"{MARK}?order_id=7&order_code={CODE}&status=success", 7, "success"),
    (f"order_code={CODE}&status=error", None, "error"),
    (f"order_id=&order_code={CODE}&status=error", None, "error"),
    (f"order%5Fcode={CODE}&%73tatus=error", None, "error"),
    (f"order_id=1&order_code={CODE}", 1, None),
    (f"order_id=9&order_code={CODE}", 9, None),
    (f"order_id=1{'09' * 9}", int("1" + "09" * 9), None),
    ("a=" + "b" * 4094, None, None),
    ("status=SUCCESS", None, None),
    ("status=", None, None),
    ("status=paid", None, None),
    ("status=success%0d%0aSet-Cookie:a=b", None, None),
    # The way that was taken contradicts what StepPay told: no claim at all.
    (f"{MARK}&status=error", None, None),
    ("steppay_return=none.&status=", None, None),
    ("status=error", None, "error"),
    (f"steppay_return=bogus.{CODE}.x", None, None),
]
UNCLEAR = [
    "order_code=order_another",
    f"order_code={CODE.lower()}",
    f"order_code={CODE}%20",
    f"order_code={CODE}%00",
    "order_code=",
    "order_code=%ff%fe",
    "order_code=%0d%0aSet-Cookie:%20a=b",
    "order_code=<img src=x onerror=alert(1)>",
    f"order_code={CODE}&order_code={CODE}",
    f"order_code={CODE}&order_code=order_another",
    f"order_code={CODE}?order_code={CODE}",
    f"{MARK}&{MARK}",
    f"{MARK}?{MARK}",
    f"steppay_return=success.order_another.{CHECKOUT}",
    f"steppay_return=success.{CODE}x.{CHECKOUT}&order_code={CODE}",
    "status=error&status=success",
    "status=error?status=success",
    "status=error&%73tatus=success",
    f"order_code[]={CODE}",
    f"order_code%5b%5d={CODE}",
    "status[]=success",
    f"Order_Code={CODE}",
    f"ORDER_CODE={CODE}",
    "Status=success",
    "Steppay_Return=success",
    *(
        f"order_id={text}"
        for text in ("0", "-1", "+1", "1_0", "1e0", "1.0", "007", "%201", "1%20", "true", "x", "9" * 20)
    ),
    "order_id=%EF%BC%91",
    "order_id=1&order_id=1",
    "a=" + "b" * 4095,
]


@pytest.mark.parametrize(("query", "order_id", "status"), CLAIMS)
def test_a_clear_return_is_a_claim_about_this_order(query: str, order_id: int | None, status: str | None) -> None:
    assert read_return(query, CODE) == Claim(CODE, order_id, status)


@pytest.mark.parametrize("query", UNCLEAR, ids=lambda query: query[:60])
def test_an_ambiguous_return_is_never_guessed(query: str) -> None:
    with pytest.raises(AmbiguousReturn):
        read_return(query, CODE)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("a" * 4097, "too long"),
        ("order_code=order_another", "another order"),
        ("order_id=x", "order_id"),
        ("status=error&status=error", "status"),
        ("Order_Code[]=x", "order_code[]"),
    ],
)
def test_what_is_unclear_is_named_without_its_value(query: str, told: str) -> None:
    with pytest.raises(AmbiguousReturn) as unclear:
        read_return(query, CODE)
    assert str(unclear.value) == told


@pytest.mark.parametrize("code", ["183682", "abc", "", "a/b", "x" * 65])
def test_no_claim_is_made_about_what_is_no_order_code(code: str) -> None:
    with pytest.raises(AmbiguousReturn):
        read_return(f"order_code={code}", code)


PIECES = st.sampled_from(
    ["order_code", "order_id", "status", "steppay_return", "=", "&", "?", "[]", "%", "%00", CODE, "success", "7", "."]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=14).map("".join))
def test_whatever_comes_back_is_a_claim_about_this_order_or_refused(query: str) -> None:
    try:
        claim = read_return(query, CODE)
    except AmbiguousReturn:
        return
    assert claim.order_code == CODE
    assert claim.status in (None, "success", "error", "cancel")
    assert claim.order_id is None or 1 <= claim.order_id <= 10**19
