"""The quick reading of a verify request and marshmallow's agree wherever the quick one reads at all."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from widget_server.web.routes.verify import plain_verify_request
from widget_server.web.schemas import VerifyRequest, load

VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.text()
    | st.sampled_from(["success", "error", "cancel", "order_15XqwcM1f", "183682", "A" * 22, "A" * 22 + "\n", 2**63, 7])
    | st.lists(st.integers(), max_size=1)
)
MEMBERS = st.sampled_from(["orderCode", "orderId", "status", "checkout", "more"])


@given(st.dictionaries(MEMBERS, VALUES))
def test_what_is_read_quickly_is_what_marshmallow_reads(body: dict[str, object]) -> None:
    quick = plain_verify_request(body | {"orderCode": body.get("orderCode", "order_15XqwcM1f")})
    if quick is not None:
        assert quick == load(VerifyRequest(), {"orderCode": "order_15XqwcM1f", **body})


def test_what_the_widget_sends_is_read_quickly() -> None:
    sent = {"orderCode": "order_15XqwcM1f", "orderId": 7, "status": "success", "checkout": "A" * 22}
    assert plain_verify_request(sent) == load(VerifyRequest(), sent)
    assert plain_verify_request({"orderCode": "order_15XqwcM1f", "orderId": Decimal(7)}) is None
