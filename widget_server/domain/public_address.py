"""Which addresses belong to the whole internet."""

import ipaddress


def is_public(address: str) -> bool:
    """Whether the whole internet would reach this address. An IPv6 address that wraps an IPv4 one is looked into. By
    our own list first: what `is_global` says has changed between Python's patch releases."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if any(parsed in network for network in _NEVER if network.version == parsed.version):
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if parsed in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
            *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            "::/96",  # IPv4-compatible, with unspecified and loopback (RFC 4291, 2.5.5.1)
            "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765)
            "64:ff9b:1::/48",  # NAT64 of a local network (RFC 8215)
            *("100::/64", "100:0:0:1::/64", "2001:2::/48", "2001:10::/28", "2001:db8::/32"),
            *("3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10"),
            "fec0::/10",  # site-local, withdrawn but still routed inside (RFC 3879)
            "ff00::/8",
        ),
    )
)
"""IANA's special-purpose registries of both kinds, where they say "globally reachable: no"."""
