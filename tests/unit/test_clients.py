"""Which address a request counts for: never one that the client chose."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.web.middleware.client_address import client_key

PEER, CLIENT, VICTIM = "198.51.100.7", "203.0.113.9", "192.0.2.1"
ADDRESSES = st.ip_addresses().map(str)
HEADERS = st.one_of(st.text(), st.lists(st.one_of(ADDRESSES, st.text())).map(",".join))

KNOWN = [
    (PEER, "", 0, PEER),
    (PEER, VICTIM, 0, PEER),
    (PEER, CLIENT, 1, CLIENT),
    (PEER, f"{VICTIM}, {CLIENT}", 1, CLIENT),
    (PEER, f"{VICTIM},{CLIENT} , 10.0.0.1", 2, CLIENT),
    (PEER, "", 1, PEER),
    (PEER, CLIENT, 2, PEER),
    *(
        (PEER, f"{CLIENT}, {bad}", 1, PEER)
        for bad in ("", "unknown", "_hidden", "1.2.3", "1.2.3.4.5", "::g", "1.2.3.4/8")
    ),
    (PEER, f"{CLIENT}:41234", 1, CLIENT),
    (PEER, "[2001:db8:1:2::9]:41234", 1, "2001:db8:1:2::/64"),
    (PEER, "[2001:db8:1:2::9]", 1, "2001:db8:1:2::/64"),
    ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::/64"),
    ("fe80::1%eth0", "", 0, "fe80::/64"),
    (f"::ffff:{CLIENT}", "", 0, CLIENT),
    (PEER, f"::ffff:{CLIENT}", 1, CLIENT),
    (None, "", 0, "unknown"),
    ("", "nonsense", 1, "unknown"),
]


@pytest.mark.parametrize(("peer", "header", "proxies", "key"), KNOWN)
def test_av_02_the_rightmost_entry_that_our_own_proxies_wrote_counts(
    peer: str | None, header: str, proxies: int, key: str
) -> None:
    assert client_key(peer, header, proxies) == key


@given(header=HEADERS)
def test_av_02_without_a_trusted_proxy_no_header_changes_who_asks(header: str) -> None:
    assert client_key(PEER, header, 0) == PEER


@given(sent=HEADERS, proxies=st.integers(1, 4), client=ADDRESSES)
def test_av_02_behind_trusted_proxies_nothing_the_client_sends_changes_who_asks(
    sent: str, proxies: int, client: str
) -> None:
    written = ", ".join([client, *("10.0.0.1" for _ in range(proxies - 1))])
    assert client_key(PEER, f"{sent}, {written}", proxies) == client_key(client, "", 0)


@given(network=st.integers(2**48, 2**64 - 1), hosts=st.lists(st.integers(0, 2**64 - 1), min_size=1))
def test_av_02_all_addresses_of_a_64_are_one_client(network: int, hosts: list[int]) -> None:
    keys = {client_key(str(ipaddress.IPv6Address(network << 64 | host)), "", 0) for host in hosts}
    assert len(keys) == 1
