"""`ports.Merchant` over HTTP: Standard Webhooks, no redirects, no proxies, ten seconds in all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import certifi
import urllib3
from standardwebhooks import Webhook

from widget_server import __version__
from widget_server.adapters.merchant.addresses import ForbiddenAddress, find_address
from widget_server.domain.delivery import Answer

BUDGET_SECONDS = 10.0
_CONNECT_SECONDS = 5.0
_KEPT_BYTES = 2048
_LONGEST_WAIT = 7 * 24 * 3600


class MerchantClient:
    """One new connection for a try: tries are rare, and each looks at the address again. `secret`: `whsec_...`;
    `ca_file` (PEM), default certifi's; `private`: private addresses are allowed."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        private: bool = False,
        ca_file: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = urlsplit(url)
        self._port = self._parts.port or (443 if self._parts.scheme == "https" else 80)
        self._signer = Webhook(secret)
        self._private = private
        self._ca_file = ca_file
        self._clock = clock

    def __repr__(self) -> str:
        return "MerchantClient('***')"

    def tell(self, event_id: str, payload: str, at: datetime) -> Answer:
        """Runs in a thread of its own: no library bounds name lookup, headers and a dripping body together."""
        answers: list[Answer] = []
        worker = threading.Thread(target=lambda: answers.append(self._try(event_id, payload, at)), daemon=True)
        worker.start()
        worker.join(BUDGET_SECONDS)
        return answers[0] if answers else Answer("timeout")

    def _try(self, event_id: str, payload: str, at: datetime) -> Answer:
        ends_at = self._clock() + BUDGET_SECONDS
        try:
            return self._post(event_id, payload, at, ends_at)
        except ForbiddenAddress:
            return Answer("forbidden_address")
        except (urllib3.exceptions.TimeoutError, TimeoutError):
            return Answer("timeout")
        except (urllib3.exceptions.HTTPError, OSError, ValueError, UnicodeError):
            return Answer("unreachable")

    def _post(self, event_id: str, payload: str, at: datetime, ends_at: float) -> Answer:
        target = self._parts.path or "/"
        target += f"?{self._parts.query}" if self._parts.query else ""
        with self._pool() as pool:
            response = pool.urlopen(
                "POST",
                target,
                body=payload.encode("utf-8"),
                headers=self._headers(event_id, payload, at),
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=BUDGET_SECONDS),
            )
            text = self._read(response, ends_at)
            wait = response.headers.get("Retry-After", "")
            return Answer("answered", response.status, text, _seconds(wait))

    def _pool(self) -> urllib3.HTTPConnectionPool:
        host = self._parts.hostname or ""
        address = find_address(host, self._port, private=self._private)
        if self._parts.scheme == "http":
            return urllib3.HTTPConnectionPool(address, self._port)
        return urllib3.HTTPSConnectionPool(
            address,
            self._port,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=self._ca_file or certifi.where(),
        )

    def _headers(self, event_id: str, payload: str, at: datetime) -> dict[str, str]:
        return {
            "Host": self._parts.netloc,
            "Content-Type": "application/json",
            "User-Agent": f"steppay-widget-server/{__version__}",
            "Accept-Encoding": "identity",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._signer.sign(event_id, at, payload),
        }

    def _read(self, response: urllib3.BaseHTTPResponse, ends_at: float) -> str:
        """At most what is kept. A status line is an answer, whatever its body does."""
        kept = b""
        try:
            while len(kept) < _KEPT_BYTES and self._clock() < ends_at:
                piece = response.read1(_KEPT_BYTES - len(kept), decode_content=False)
                if not piece:
                    break
                kept += piece
        except (urllib3.exceptions.HTTPError, OSError):
            pass
        response.close()
        return kept.decode("utf-8", "replace")


def _seconds(text: str) -> int | None:
    """`Retry-After` in seconds; its other form, a date, is left to the usual pause."""
    return min(int(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() and len(text) < 9 else None
