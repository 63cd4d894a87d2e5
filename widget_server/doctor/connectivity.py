"""Whether a server can be reached: name, connection, certificate."""

from urllib.parse import urlsplit

from widget_server.adapters.egress import Proxy, Reason, client_context, proxy_for, reason_of
from widget_server.adapters.steppay.deadline import DeadlineSSLSocket, connect, within
from widget_server.domain.delivery import FAILURES
from widget_server.services.steppay_call import Deadline

SECONDS = 5.0
HINTS: dict[Reason, str] = {
    "no_address": "Is the name right, and do the name servers of this machine know it?",
    "unreachable": "Does it run, and does a firewall let this machine through?",
    "certificate": "A private certificate authority goes into WIDGET_CA_FILE.",
    "timeout": "Check the firewall: it may drop the connection.",
    "proxy": "Does the proxy run, and does it allow CONNECT to this host and port?",
}


def words_for(reason: str) -> str:
    return FAILURES[reason][1] if reason in FAILURES else reason


def connection_failure(url: str, *, ca_file: str | None = None, proxy: Proxy | None = None) -> Reason | None:
    """None when a connection, for https also a trusted one, can be made. Sends nothing."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    context = client_context(ca_file)
    context.sslsocket_class = DeadlineSSLSocket
    context.check_hostname = True
    try:
        with within(Deadline.after(SECONDS)), connect(host, port, proxy_for(proxy, host)) as sock:
            if parts.scheme == "https":
                context.wrap_socket(sock, server_hostname=host).close()
    except (OSError, ValueError) as error:
        return reason_of(error)
    return None
