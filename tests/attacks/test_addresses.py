"""Addresses that look public and are not, whatever Python's patch level says (FF-10)."""

from __future__ import annotations

import ipaddress

import pytest

from widget_server.adapters.webhooks_out import ssrf_guard

NOT_PUBLIC = [
    "64:ff9b:1::a9fe:a9fe",
    "64:ff9b:1::1",
    "64:ff9b::7f00:1",
    "fec0::1",
    "fec0::ffff",
    "feff::1",
    "::7f00:1",
    "::a9fe:a9fe",
    "::1.2.3.4",
    "::ffff:0:7f00:1",
    "::ffff:0:a9fe:a9fe",
    "::ffff:0:808:808",
    "::ffff:10.1.2.3",
    "2002:a00:1::",
    "2002:c0a8:1::",
    "2001:0:a9fe:a9fe::1",
    "100::1",
    "2001:2::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fdff::1",
    "febf::1",
    "ff02::1",
    "ff0e::1",
    "0.1.2.3",
    "10.255.255.255",
    "100.127.255.255",
    "127.1.2.3",
    "169.254.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.251",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "198.17.255.255",
    "223.255.255.255",
    "2606:4700::1111",
    "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
]


@pytest.mark.parametrize("says", [None, True], ids=["this Python", "a Python that calls everything global"])
def test_FF_10_no_special_address_passes_as_public(monkeypatch: pytest.MonkeyPatch, *, says: bool | None) -> None:
    if says is not None:
        for kind in (ipaddress.IPv4Address, ipaddress.IPv6Address):
            monkeypatch.setattr(kind, "is_global", property(lambda _self: True))
    assert [address for address in NOT_PUBLIC if ssrf_guard.is_public(address)] == []
    assert [address for address in PUBLIC if not ssrf_guard.is_public(address)] == []
