"""Which addresses a delivery may go to. A name may lead anywhere, also to a cloud's metadata service; it is resolved
once, and connections go to exactly the addresses that were looked at (no second lookup to rebind)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from widget_server.adapters.steppay.deadline import Address


class ForbiddenAddress(OSError):
    """The name leads into a private network."""


def check_addresses(found: Sequence[Address], *, private: bool) -> None:
    """All of them must be public unless `private`. Raises `ForbiddenAddress`."""
    if not (private or all(is_public(str(place[0])) for _family, place in found)):
        raise ForbiddenAddress


def is_public(address: str) -> bool:
    """Whether the whole internet would reach this address. An IPv6 address that wraps an IPv4 one is looked into."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if parsed in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
