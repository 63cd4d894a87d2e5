"""StepPay's events (v2): signed as its guide says, sent again until they are accepted."""

import base64
import hashlib
import hmac
import logging
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from widget_server.demo.simulator.events import Event
from widget_server.demo.simulator.formats import Clock, utc_now

_PAUSES_SECONDS = (1, 2, 5, 10, 30, 60)
"""StepPay does not say how often it repeats an event."""
_TIMEOUT_SECONDS = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Webhook:
    """One address, as StepPay's portal takes it. `repr` shows no secret. Use as a context: it ends what still waits."""

    url: str
    secret: str = field(repr=False)
    clock: Clock = utc_now
    stopped: threading.Event = field(default_factory=threading.Event, repr=False)

    def send(self, event: Event) -> None:
        """In a thread of its own. While an order's answers are in trouble, its events are too."""
        if event.is_in_trouble:
            return
        body = event.body(int(self.clock().timestamp()))
        threading.Thread(target=self._send, args=(event.type, body), name="simulated-webhook", daemon=True).start()

    def stop(self) -> None:
        self.stopped.set()

    def _send(self, event: str, body: bytes) -> None:
        for pause in _PAUSES_SECONDS:
            problem = self._problem(body)
            if problem is None or self.stopped.is_set():
                return
            log.warning("webhook_event_rejected type=%s reason=%s next_try_seconds=%s", event, problem, pause)
            if self.stopped.wait(pause):
                return

    def _problem(self, body: bytes) -> str | None:
        """Post it once; why it was not accepted, or None."""
        at = int(self.clock().timestamp())
        address, host = reachable(self.url)
        headers = {
            "Content-Type": "application/json",
            "Steppay-Signature": signature(body, at, self.secret),
            "Host": host,
        }
        try:
            with requests.Session() as session:
                session.trust_env = False  # it never leaves this machine
                answer = session.post(
                    address, data=body, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False
                )
        except requests.RequestException as error:
            return type(error).__name__
        return None if 200 <= answer.status_code < 300 else _REASONS.get(answer.status_code, str(answer.status_code))


_REASONS = {
    401: "401, the receiver has another secret",
    404: "404, no webhook address there, or webhooks are off",
}


def reachable(url: str) -> tuple[str, str]:
    """The address to connect to, and its Host. Browsers know `*.localhost` as loopback, Python does not everywhere."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost") or parts.scheme != "http":
        return url, parts.netloc
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"127.0.0.1{port}").geturl(), parts.netloc


def signature(body: bytes, at: int, secret: str) -> str:
    """The header's value; `at` in seconds since 1970."""
    key = hmac.digest(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"timestamp={at},key={base64.b64encode(key).decode()}"
