"""How far one comes towards a server: name, connection, certificate."""

from __future__ import annotations

import socket
import ssl
from typing import Literal
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

SECONDS = 5.0
Obstacle = Literal["name", "connection", "certificate"]
WORDS: dict[Obstacle, str] = {
    "name": "its name has no address",
    "connection": "nothing answers at its address",
    "certificate": "its certificate is not trusted",
}


def find_obstacle(url: str, *, ca_file: str | None = None) -> Obstacle | None:
    """None when a connection, for https also a trusted one, can be made. Sends nothing."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        with socket.create_connection((host, parts.port or (443 if parts.scheme == "https" else 80)), SECONDS) as sock:
            if parts.scheme == "https":
                context = ssl.create_default_context(cafile=ca_file or DEFAULT_CA_BUNDLE_PATH)
                context.wrap_socket(sock, server_hostname=host).close()
    except (socket.gaierror, UnicodeError):
        return "name"
    except ssl.SSLCertVerificationError:
        return "certificate"
    except OSError:
        return "connection"
    return None
