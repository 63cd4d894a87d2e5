"""The client of a request: the address that it counts for."""

import ipaddress
import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

DOCTOR_PROOF, COUNTED_CLIENT = "X-Widget-Doctor", "X-Counted-Client"
CLIENT = "widget_server.client"
"""Where `pipeline.py` keeps a request's client in its environment. A header's name there begins with `HTTP_`."""
_WITH_PORT = re.compile(r"\[(?P<v6>[^]]+)](?::[0-9]+)?|(?P<v4>[0-9.]+):[0-9]+")
_IPV6_NETWORK_BITS = 64
"""What one customer of a provider gets, at least (RFC 6177): single addresses of it cost nothing."""


@lru_cache(maxsize=4096)
def client_key(peer: str | None, forwarded_for: str, trusted_proxies: int) -> str:
    """The network that the client's requests are counted under: an IPv4 address or an IPv6 /64.

    `peer` is the other end of the connection, `forwarded_for` the whole X-Forwarded-For. Every proxy appends the
    address it was called from, so with n proxies of our own only the n-th entry from the right was written by one of
    them; all before it is whatever the client liked to send. Where that entry is missing or no address, the peer
    counts: at worst strangers share a budget, none gets another's. `Forwarded` and `X-Real-IP` are never read.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",")]
    claimed = hops[-trusted_proxies] if 0 < trusted_proxies <= len(hops) else ""
    address = _address(claimed) or _address(peer or "")
    if isinstance(address, IPv6Address):
        return str(ipaddress.ip_network((int(address), _IPV6_NETWORK_BITS), strict=False))
    return str(address or "unknown")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    match = _WITH_PORT.fullmatch(text)
    bare = (match["v6"] or match["v4"]) if match else text
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
