"""Whether clients can reach the server past the reverse proxy.

Only the proxy cuts off clients that do not read their responses: granian has no time-out for writing, so a few hundred
of them hold every connection for as long as they like (docs/security/manual-penetration-test.md).
"""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

from widget_server.config import Settings, is_loopback
from widget_server.doctor.result import CheckResult, ok, problem, skipped

NAME = "open port"
PORTS = (8081, 8082)
"""Of `widget-server serve` by default, and of the second process of deploy/."""
_SECONDS = 3.0
_ALIVE = b'{"status":"ok"}'


def check_open_port(settings: Settings) -> Iterator[CheckResult]:
    """Requests `/healthz` of the public host on the server's own ports, without TLS."""
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    if parts.scheme != "https" or is_loopback(host):
        yield skipped(NAME, "WIDGET_PUBLIC_URL is no public address")
        return
    open_ports = [port for port in PORTS if port != parts.port and _is_ours(host, port)]
    for port in open_ports:
        text = f"port {port} of {host} answers without the reverse proxy"
        yield problem(NAME, text, "Let only the proxy reach it: serve --host 127.0.0.1, or a firewall.")
    if not open_ports:
        yield ok(NAME, f"the server does not answer on {' or '.join(map(str, PORTS))} of the public host")


def _is_ours(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(64).strip() == _ALIVE
    except (OSError, http.client.HTTPException, UnicodeError):
        return False
    finally:
        connection.close()
