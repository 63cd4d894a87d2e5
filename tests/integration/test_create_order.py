"""An order that the backend makes with one call: made once, bound at once, and honest about what is not known."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme
from sqlalchemy import text

from tests.support.app_fixture import PUBLIC, FakeStepPay, World
from tests.support.database_failures import locked
from tests.support.merchant import bind, show, verify
from tests.support.steppay_calls import client_of
from tests.support.upstream import Reply, Upstream, answer
from widget_server import errors
from widget_server.adapters.steppay.breaker import Breaker
from widget_server.adapters.steppay.resilience import with_resilience
from widget_server.adapters.store.tables import metadata
from widget_server.services.create_order import CreatedOrder, create_order
from widget_server.services.expectations import NoExpectations
from widget_server.services.ports import StepPay
from widget_server.services.steppay_call import Deadline, Posting, Request
from widget_server.services.verification import VerificationDeps

pytestmark = pytest.mark.usefixtures("each_adapter")

BEANS = [{"productCode": "product_beans", "priceCode": "price_beans", "currency": "KRW", "quantity": 2}]
TRIAL = [{"productCode": "product_trial", "priceCode": "price_trial"}]
PERSON = {"name": "canary 김달래", "email": "canary@shop.kr", "phone": "010-9876-5432"}
CANARIES = ("canary", "김달래", "9876-5432", "\\uae40")
MADE = json.dumps({"orderCode": "order_new1", "orderId": 7, "paidAmount": 10, "currency": "KRW"}).encode()
CREATED, KNOWN = answer(MADE, status="201 Created"), answer(b'{"id": 7}', status="201 Created")


def make(world: World, customer: Any = None, items: Any = None, steppay: StepPay | None = None) -> CreatedOrder:
    deps: VerificationDeps = world.deps if steppay is None else replace(world.deps, steppay=steppay)
    return create_order(deps, PUBLIC, customer=customer or PERSON, items=items or BEANS)


def fault_of(work: Callable[[], object]) -> errors.WidgetServerError:
    with pytest.raises(errors.WidgetServerError) as raised:
        work()
    return raised.value


def test_an_order_is_made_and_bound_in_one_step_and_can_be_paid(keyed: World, steppay: FakeStepPay) -> None:
    made = make(keyed)
    assert made.pay_url == f"{PUBLIC}/v1/pay/{made.order_code}"
    bound = show(keyed, made.order_code).json["expectation"]
    assert (bound["amount"], bound["currency"]) == (made.amount, made.currency)
    assert (type(made.amount), made.currency) == (int, "KRW")
    assert verify(keyed, made.order_code).json["verdict"] == "pending"
    assert bind(keyed, made.order_code, {"amount": made.amount, "currency": "KRW"}).status_code == 200
    assert len([path for path in steppay.calls() if path in ("/api/v1/customers", "/api/v1/orders")]) == 2


@pytest.mark.parametrize("by", ["id", "code"])
def test_a_customer_whom_steppay_knows_is_not_made_again(keyed: World, steppay: FakeStepPay, by: str) -> None:
    members = {"name": "a", "email": "a@shop.localhost"}
    customer = keyed.deps.steppay.post(Posting("new_customer", members), Deadline.after(60))
    steppay.forget_calls()
    assert make(keyed, {by: customer[by]}).order_id
    assert steppay.calls() == ["/api/v1/orders"]


def test_a_trial_is_bound_to_0_and_lets_the_customer_in(keyed: World, steppay: FakeStepPay) -> None:
    made = make(keyed, items=TRIAL)
    assert made.amount == 0
    steppay.order({"paymentDate": "2026-11-01T10:05:00"}, 404, made.order_code)
    body = verify(keyed, made.order_code).json
    assert (body["verdict"], body["fulfill"]) == ("no_charge", True)


def test_what_is_wrong_here_never_reaches_steppay(keyed: World, steppay: FakeStepPay) -> None:
    with pytest.raises(errors.InvalidRequest) as refused:
        make(keyed, {**PERSON, "email": "canary"}, [{**BEANS[0], "quantity": 0}])
    assert set(refused.value.errors) == {"customer.email", "items[0].quantity"}
    assert refused.value.__context__ is None
    assert steppay.calls() == []


def test_what_steppay_refuses_names_its_code_and_made_nothing(keyed: World, steppay: FakeStepPay) -> None:
    fault = fault_of(lambda: make(keyed, items=[{"productCode": "product_none", "priceCode": "price_none"}]))
    assert isinstance(fault, errors.OrderRefused)
    assert "status 404 PRODUCT_NOT_FOUND" in fault.detail
    unknown = fault_of(lambda: make(keyed, {"id": 10**12}))
    assert "CUSTOMER_NOT_FOUND" in unknown.detail


def test_without_a_key_nothing_could_be_bound_so_nothing_is_made(world: World, steppay: FakeStepPay) -> None:
    assert isinstance(world.deps.expectations, NoExpectations)
    assert isinstance(fault_of(lambda: make(world)), errors.MerchantApiDisabled)
    assert steppay.calls() == []


def test_an_order_that_could_not_be_bound_is_named(keyed: World, caplog: pytest.LogCaptureFixture) -> None:
    with locked(keyed):
        fault = fault_of(lambda: make(keyed))
    assert isinstance(fault, errors.OrderNotBound)
    assert fault.order_code.startswith("order_")
    assert f"created_order_not_bound order={fault.order_code}" in caplog.text


LOST: dict[str, Reply] = {
    "500": answer(MADE, status="500 Internal Server Error"),
    "502": answer(b"<html>", status="502 Bad Gateway", content_type="text/html"),
    "408": answer(b"{}", status="408 Request Timeout"),
    "a redirect": answer(b"", status="307 Temporary Redirect", headers="Location: /elsewhere\r\n"),
    "cut before the answer": Reply(b""),
    "reset before the answer": Reply(b"", reset=True),
    "half a head": Reply(b"HTTP/1.1 201 Cre"),
    "half a body": Reply(CREATED.raw[:-5]),
    "half a chunk": Reply(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{"),
    "no HTTP": Reply(b"hello\r\n\r\n"),
    "HTML": answer(b"<html>", status="201 Created", content_type="text/html"),
    "a list": answer(b"[]", status="201 Created"),
    "no code": answer(b"{}", status="201 Created"),
    "two codes": answer(MADE[:-1] + b', "code": "order_other"}', status="201 Created"),
    "another currency": answer(MADE.replace(b"KRW", b"USD"), status="201 Created"),
    "too large": answer(b'{"a": "' + b"a" * 1_100_000 + b'"}', status="201 Created"),
    "204": answer(b"", status="204 No Content"),
}


@pytest.mark.parametrize("name", LOST)
def test_UP_18_an_outcome_that_is_not_known_is_said_and_never_sent_again(
    keyed: World, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Upstream(LOST[name]) as upstream:
        fault = fault_of(lambda: make(keyed, {"id": 7}, steppay=client_of(upstream.url)))
        assert (len(upstream.heads), upstream.connections) == (1, 1)
    assert type(fault) is errors.OrderOutcomeUnknown
    assert not fault.retryable
    assert "Do not send it again automatically" in str(fault)
    assert [record.levelno for record in caplog.records if "order" in record.message][-1] == logging.ERROR


def test_an_answer_that_comes_too_late_leaves_the_outcome_unknown() -> None:
    with Upstream(Reply(CREATED.raw, drip_seconds=0.2)) as upstream:
        client = client_of(upstream.url)
        fault = fault_of(lambda: client.post(Posting("new_order", {}), Deadline.after(1.0)))
        assert len(upstream.heads) == 1
    assert type(fault) is errors.OrderOutcomeUnknown


@pytest.mark.parametrize("status", ["200 OK", "201 Created"])
def test_both_statuses_of_steppays_documents_are_taken(keyed: World, status: str) -> None:
    with Upstream(KNOWN, answer(MADE, status=status, content_type="text/plain")) as upstream:
        made = make(keyed, steppay=client_of(upstream.url))
        head = upstream.heads[1]
    assert (made.order_code, made.order_id, made.amount, made.currency) == ("order_new1", 7, 10, "KRW")
    assert head.startswith("POST /api/v1/orders HTTP/1.1\r\n")
    assert "\r\nContent-Type: application/json\r\n" in head
    assert "\r\nConnection: close\r\n" in head
    assert f"\r\nHost: 127.0.0.1:{upstream.port}\r\n" in head


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("resource", ["new_customer", "new_order"])
def test_UP_18_what_was_not_sent_may_be_sent_again(resource: Any) -> None:
    fault = fault_of(lambda: client_of(closed_port()).post(Posting(resource, {}), Deadline.after(60)))
    assert isinstance(fault, errors.UpstreamUnavailable)
    assert fault.retryable
    over = fault_of(lambda: client_of("http://127.0.0.1:9").post(Posting(resource, {}), Deadline.after(0)))
    assert isinstance(over, errors.UpstreamUnavailable)


def test_an_untrusted_or_foreign_certificate_receives_nothing(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for host, ca_file in (("127.0.0.1", None), ("other.shop.kr", str(tmp_path / "ca.pem"))):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
        with Upstream(CREATED, tls=context) as upstream:
            client = client_of(upstream.url, ca_file)
            fault = fault_of(lambda client=client: client.post(Posting("new_order", PERSON), Deadline.after(60)))
            assert upstream.heads == []
        assert isinstance(fault, errors.UpstreamCertificate)


def test_over_tls_an_order_is_made_as_without_it(tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Upstream(CREATED, tls=context) as upstream:
        client = client_of(upstream.url, str(tmp_path / "ca.pem"))
        assert client.post(Posting("new_order", {}), Deadline.after(60))["orderCode"] == "order_new1"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", errors.UpstreamAuthError),
        ("403 Forbidden", errors.UpstreamAuthError),
        ("429 Too Many Requests", errors.UpstreamRateLimited),
        ("400 Bad Request", errors.OrderRefused),
        ("404 Not Found", errors.OrderRefused),
        ("422 Unprocessable Content", errors.OrderRefused),
    ],
)
def test_an_answer_that_refuses_says_that_nothing_was_made(status: str, kind: type[Exception]) -> None:
    body = json.dumps({"errorCode": "canary@shop.kr", "errorMessage": "canary"}).encode()
    with Upstream(answer(body, status=status)) as upstream:
        fault = fault_of(lambda: client_of(upstream.url).post(Posting("new_order", {}), Deadline.after(60)))
    assert type(fault) is kind
    assert "canary" not in fault.detail


@pytest.mark.parametrize("reply", [LOST["500"], LOST["cut before the answer"], answer(b"{}", status="201 Created")])
def test_a_customer_that_may_have_been_made_is_no_order(keyed: World, reply: Reply) -> None:
    with Upstream(reply) as upstream:
        fault = fault_of(lambda: make(keyed, steppay=client_of(upstream.url)))
        assert len(upstream.heads) == 1
    assert isinstance(fault, errors.UpstreamError)
    assert not isinstance(fault, errors.OrderOutcomeUnknown)
    assert "no order was made" in fault.detail


def test_while_steppay_is_left_alone_nothing_is_sent() -> None:
    with Upstream(CREATED) as upstream:
        steppay = with_resilience(client_of(upstream.url), breaker=Breaker(failures_to_open=1))
        down = with_resilience(client_of(closed_port()), breaker=(breaker := Breaker(failures_to_open=1)))
        fault_of(lambda: down.post(Posting("new_order", {}), Deadline.after(60)))
        assert breaker.state == "open"
        guarded = with_resilience(client_of(upstream.url), breaker=breaker)
        assert isinstance(
            fault_of(lambda: guarded.post(Posting("new_order", {}), Deadline.after(60))), errors.UpstreamUnavailable
        )
        assert upstream.heads == []
        assert steppay.post(Posting("new_order", {}), Deadline.after(60))["orderId"] == 7
    full = with_resilience(client_of("http://127.0.0.1:9"), max_callers=0)
    assert isinstance(fault_of(lambda: full.post(Posting("new_order", {}), Deadline.after(60))), errors.Overloaded)


def test_LK_08_a_customers_data_is_kept_nowhere(keyed: World, caplog: pytest.LogCaptureFixture) -> None:
    """Not in logs, rows, errors, nor in what an error tracker would take from their frames."""
    caplog.set_level(logging.DEBUG, "widget_server")
    made = [make(keyed)]
    shown = [repr(made), *(record.getMessage() for record in caplog.records if record.name.startswith("widget_server"))]
    for replies in (
        (LOST["500"],),
        (KNOWN, LOST["500"]),
        (KNOWN, Reply(b"", reset=True)),
        (KNOWN, answer(b"{}", status="400 Bad")),
    ):
        with Upstream(*replies) as upstream:
            client = client_of(upstream.url)
            fault = fault_of(partial(make, keyed, steppay=client))
        assert fault.__context__ is None
        shown += [str(fault), repr(fault), "".join(traceback.format_exception(fault)), *_frames(fault)]
    with keyed.engine.connect() as connection:
        shown += [str(connection.execute(text(f"SELECT * FROM {table}")).all()) for table in metadata.tables]
    assert not [mark for mark in CANARIES for line in shown if mark in line]


def _frames(fault: BaseException) -> list[str]:
    """The local variables of our own frames; the caller's are the caller's."""
    frames = [frame for frame, _line in traceback.walk_tb(fault.__traceback__)]
    ours = [
        frame
        for frame in frames
        if "widget_server" in frame.f_code.co_filename and frame.f_code.co_name != "create_order"
    ]
    assert ours
    return [repr(frame.f_locals) for frame in ours]


def test_a_deadline_reaches_steppay_and_ends_the_pay_link(keyed: World) -> None:
    until = keyed.clock.now + timedelta(hours=1)
    made = create_order(keyed.deps, PUBLIC, customer=PERSON, items=BEANS, purchase_deadline=until)
    order = keyed.deps.steppay.call(Request("order", made.order_code), Deadline.after(60))
    assert order is not None
    assert order["purchaseDeadline"] == "2026-11-23T13:16:00"
    assert order["items"][0]["quantity"] == 2
