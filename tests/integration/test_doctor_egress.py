"""The doctor calls as the server does: with its certificate authorities, through its proxy."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from tests.integration.test_doctor import TOOLS, environ, findings
from tests.support.connect_proxy import egress_proxy
from tests.support.upstream import Upstream, answer

__all__ = ["environ"]
OWN = replace(TOOLS, transport=None)
NOT_FOUND = answer(status="404 Not Found", headers="Date: Mon, 23 Nov 2026 03:16:00 GMT\r\n")


@pytest.fixture
def steppay_with_tls(tmp_path: Path) -> Iterator[Upstream]:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with Upstream(NOT_FOUND, tls=context) as upstream:
        yield upstream


def test_a_private_authority_counts_once_it_is_named(
    environ: dict[str, str], steppay_with_tls: Upstream, tmp_path: Path
) -> None:
    environ["STEPPAY_API_URL"] = steppay_with_tls.url
    found = findings(environ, OWN)["StepPay"]
    assert (found.state, found.text) == ("problem", "cannot be reached: its certificate is not trusted")
    assert "WIDGET_CA_FILE" in found.hint
    seen = findings(environ | {"WIDGET_CA_FILE": str(tmp_path / "ca.pem")}, OWN)
    assert (seen["StepPay"].state, seen["token"].state) == ("ok", "ok")


def test_a_proxy_that_refuses_is_named(environ: dict[str, str]) -> None:
    environ["STEPPAY_API_URL"] = "https://api.develop.steppay.kr"
    with egress_proxy(refuses=True) as proxy:
        found = findings(environ | {"WIDGET_EGRESS_PROXY": proxy.url}, OWN)
    assert found["StepPay"].text == "cannot be reached: the proxy of WIDGET_EGRESS_PROXY does not let it through"
    assert proxy.targets == ["api.develop.steppay.kr:443"]
    assert found["settings"].state == "ok"
