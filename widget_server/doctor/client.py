"""Which client address the server sees for a request through all proxies: clients that share an address share a rate
limit budget."""

import ipaddress
import socket
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from widget_server.adapters.keys.doctor_proof import make_proof
from widget_server.adapters.keys.signing_keys import load_or_create
from widget_server.adapters.steppay.transport import TransportError
from widget_server.config import Settings, is_loopback
from widget_server.doctor.public import BUDGET_SECONDS, NO_SUCH_CHECKOUT
from widget_server.doctor.result import CheckResult, DoctorContext, ok, problem, skipped, warning
from widget_server.errors import ConfigurationError
from widget_server.web.middleware.client_address import COUNTED_CLIENT, DOCTOR_PROOF

NAME = "clients"
_CLAIMED = ipaddress.ip_network("192.0.2.0/24")
"""For documentation (RFC 5737): no client has such an address."""
_LOOPBACK_6 = ipaddress.ip_address("::1")
_CLAIM = ", ".join(f"192.0.2.{number}" for number in range(1, 11))
_CLOUDFLARE = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "141.101.64.0/18"),
        *("108.162.192.0/18", "190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22", "198.41.128.0/17"),
        *("162.158.0.0/15", "104.16.0.0/13", "104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22"),
        *("2400:cb00::/32", "2606:4700::/32", "2803:f800::/32", "2405:b500::/32", "2405:8100::/32"),
        *("2a06:98c0::/29", "2c0f:f248::/32"),
    )
)
_CDN_HEADERS = (
    "cf-ray",
    "x-amz-cf-id",
    "x-served-by",
    "x-akamai-request-id",
    "x-azure-ref",
    "x-cdn",
    "x-edge-location",
)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_GUIDE = 'See "Behind a CDN" in docs/operations/deploy.md.'


def check_client_address(settings: Settings, context: DoctorContext) -> Iterator[CheckResult]:
    """The request claims another address, as any client may."""
    if not settings.signing_key_file.exists():
        yield skipped(NAME, "the server has no signing keys yet, which this check needs")
        return
    try:
        proof = make_proof(load_or_create(settings.signing_key_file, settings.secrets)[0], context.clock().timestamp())
        headers = {DOCTOR_PROOF: proof, "X-Forwarded-For": _CLAIM}
        answer = context.get(settings.public_url + NO_SUCH_CHECKOUT, headers, BUDGET_SECONDS)
    except (TransportError, ConfigurationError):
        yield skipped(NAME, "the public URL gave no response")
        return
    counted, host = answer.headers.get(COUNTED_CLIENT.lower()), urlsplit(settings.public_url).hostname or ""
    yield judge_client(counted, own_address(settings.public_url), answer.headers, rehearsal=is_loopback(host))


def own_address(url: str) -> str | None:
    """Where connections of this machine to `url` come from. Nothing is sent."""
    parts = urlsplit(url)
    try:
        family, kind, _, _, address = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as sock:
            sock.connect(address)
            return str(sock.getsockname()[0])
    except OSError:
        return None


def judge_client(
    counted: str | None, own: str | None, headers: Mapping[str, str], *, rehearsal: bool = False
) -> CheckResult:
    """`counted`: an address or an IPv6 network, as `web/middleware/client_address.py` names it. `rehearsal`: the public
    URL is one of this machine."""
    if counted is None:
        return skipped(
            NAME, "the server does not show it", "Does it run with these signing keys, and with this version?"
        )
    try:
        network = ipaddress.ip_network(counted)
    except ValueError:
        return skipped(NAME, "a proxy changes the response")
    text = f"a request of this machine is counted for {counted}"
    if network.overlaps(_CLAIMED):
        return problem(
            NAME,
            "the server believes every client's own X-Forwarded-For, so no client has a limit",
            "WIDGET_TRUSTED_PROXIES must be the number of your proxies that add to it.",
        )
    if own is not None and ipaddress.ip_address(own.partition("%")[0]) in network:
        return ok(NAME, text)
    if rehearsal and _is_loopback(network):
        return CheckResult("ok", NAME, text, "In a rehearsal on one machine all clients share this address.")
    return _judge_foreign(network, text, headers)


def _is_loopback(network: Network) -> bool:
    return network.is_loopback or _LOOPBACK_6 in network


def _judge_foreign(network: Network, text: str, headers: Mapping[str, str]) -> CheckResult:
    if any(network.version == one.version and network.overlaps(one) for one in _CLOUDFLARE):
        return problem(NAME, f"{text}, of the CDN: many shoppers share one budget", _GUIDE)
    if _is_loopback(network):
        hint = "WIDGET_TRUSTED_PROXIES must be the number of your proxies, and each must set X-Forwarded-For."
        return problem(NAME, f"{text}, a proxy's: all shoppers share one budget", hint)
    if network.is_private:
        hint = f"Is it this machine's behind your router? Else it is a proxy's, and all shoppers share it. {_GUIDE}"
        return warning(NAME, f"{text}, of a private network", hint)
    if any(name in headers for name in _CDN_HEADERS):
        hint = f"Is it this machine's own address on the internet? Else it is the CDN's, and many share it. {_GUIDE}"
        return warning(NAME, f"{text}; a CDN is in between", hint)
    return ok(NAME, text)
