"""What the two transports have in common, and what is libcurl's alone."""

from __future__ import annotations

import json
import shutil
import ssl
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.app_fixture import TOKEN as SIMULATOR_TOKEN
from tests.support.app_fixture import FakeStepPay
from tests.support.steppay_calls import PAID, TOKEN, ask_order, ask_receipt, client_of, order_of
from tests.support.upstream import Reply, Upstream, answer
from widget_server import errors
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.curl_transport import CurlTransport, _folder
from widget_server.adapters.steppay.requests_transport import RequestsTransport
from widget_server.adapters.steppay.transport import open_transport
from widget_server.services.steppay_call import Deadline

pytestmark = pytest.mark.usefixtures("each_adapter")


def test_libcurl_is_used_where_it_is_installed_and_requests_elsewhere(each_adapter: str) -> None:
    assert type(open_transport()) is {"libcurl": CurlTransport, "requests": RequestsTransport}[each_adapter]


INFORMATION = b"HTTP/1.1 100 Continue\r\nContent-Type: text/html\r\n\r\n"
CHUNKS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
TRAILER = b'7\r\n{"a":1}\r\n0\r\nContent-Type: text/html\r\nHTTP/1.1 500 x: y\r\n\r\n'


@pytest.mark.parametrize("raw", [INFORMATION + answer(b'{"a":1}').raw, CHUNKS + TRAILER], ids=["100", "trailer"])
def test_only_the_answers_own_head_counts(raw: bytes) -> None:
    with Upstream(Reply(raw)) as upstream:
        assert order_of(upstream) == {"a": 1}


@pytest.mark.parametrize("first", ["text/html", "application/json"])
def test_of_two_content_types_none_is_chosen(first: str) -> None:
    second = {"text/html": "application/json", "application/json": "text/html"}[first]
    twice = answer(b"{}", content_type=first, headers=f"content-type: {second}\r\n")
    with Upstream(twice) as upstream, pytest.raises(errors.UpstreamBadResponse):
        order_of(upstream)


def test_a_connection_that_steppay_ended_meanwhile_is_replaced_silently() -> None:
    ends_silently = Reply(answer(keep=True).raw)
    with Upstream(ends_silently, ends_silently, PAID) as upstream:
        client = client_of(upstream.url)
        for _ in range(3):
            ask_receipt(client)
        assert (upstream.connections, len(upstream.heads)) == (3, 3)


def test_answers_of_many_threads_are_never_mixed_up(steppay: FakeStepPay) -> None:
    codes = [steppay.order({"paidAmount": number}) for number in range(12)]
    client = StepPayClient(open_transport(), secret_token=SIMULATOR_TOKEN, api_url=steppay.url)

    def ask(code: str) -> bool:
        return bool(ask_order(client, code)["orderCode"] == code)

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(ask, codes * 8))


def test_an_answer_is_taken_out_of_its_handle_before_another_thread_may_have_the_handle() -> None:
    transport, others = CurlTransport(), ["/other"]

    class Idle(list[Any]):
        """A handle that is given back is taken by another caller at once, who asks about another order."""

        def append(self, handle: Any) -> None:
            super().append(handle)
            if others:
                transport.get(upstream.url + others.pop(), {}, Deadline.after(8))

    transport._idle = Idle()
    with Upstream(answer(b'"mine"', keep=True), answer(b'"yours"')) as upstream:
        assert transport.get(upstream.url, {}, Deadline.after(8)).body == b'"mine"'
        assert (upstream.connections, len(upstream.heads)) == (1, 2)


@pytest.fixture
def trusted(tmp_path: Path) -> tuple[str, ssl.SSLContext]:
    """A CA file, and a server's context with a certificate of that authority."""
    authority, ca_file = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return str(ca_file), context


def test_a_temporary_folder_that_is_cleaned_up_costs_no_answer(trusted: tuple[str, ssl.SSLContext]) -> None:
    ca_file, context = trusted
    with Upstream(PAID, tls=context) as upstream:
        client = client_of(upstream.url, ca_file)
        for clean_up in (lambda _folder: None, shutil.rmtree, lambda folder: next(folder.iterdir()).unlink()):
            clean_up(_folder(ca_file).path())
            assert ask_order(client)


def test_where_no_folder_can_be_written_tls_is_verified_all_the_same(
    trusted: tuple[str, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> str:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    ca_file, context = trusted
    with Upstream(PAID, tls=context) as upstream:
        assert order_of(upstream, ca_file)
        other = str(Path(ca_file).with_name("other.pem"))
        trustme.CA().cert_pem.write_to_path(other)
        with pytest.raises(errors.UpstreamCertificate):
            order_of(upstream, other)


def test_old_tls_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    authority = trustme.CA()
    ca_file = tmp_path_factory.mktemp("old") / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with warnings.catch_warnings(action="ignore"):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with Upstream(PAID, tls=context) as upstream:
        with pytest.raises(errors.UpstreamUnavailable):
            order_of(upstream, str(ca_file))
        assert upstream.heads == []


def test_nothing_is_written_past_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    for reply in (PAID, Reply(b"", reset=True), answer(b"[" * 2_000_000)):
        with Upstream(reply) as upstream:
            client = client_of(upstream.url)
            try:
                ask_order(client)
            except errors.UpstreamError:
                continue
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")


def test_json_of_every_size_up_to_the_limit_arrives_whole() -> None:
    for size in (0, 1, 16_383, 16_384, 1024 * 1024 - 20):
        body = json.dumps({"a": "x" * size}).encode()
        with Upstream(answer(body)) as upstream:
            assert order_of(upstream) == {"a": "x" * size}
    assert TOKEN in upstream.heads[0]
