"""What a shop asks a widget server that runs elsewhere: the tag, and the keys that verify verdicts."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests

from widget_server.extension.forks import begins_anew
from widget_server.logs import exception_summary

log = logging.getLogger("widget_server.remote")

_TIMEOUT_SECONDS = (2.0, 4.0)
_MOST_BYTES = 65536
_RETRY_SECONDS = 30.0


class Fetched:
    """One JSON object of that server. `keep_seconds`: how long it counts as new; then it is fetched again, and what is
    there serves until something newer is."""

    def __init__(
        self, url: str, keep_seconds: float, ca_file: str | None, params: Mapping[str, str] | None = None
    ) -> None:
        self._url, self._keep_seconds, self._ca_file, self._params = url, keep_seconds, ca_file, params
        self._value: Mapping[str, Any] | None = None
        self.start_empty()
        begins_anew(self)

    def start_empty(self) -> None:
        self._lock, self._next_at, self._fetched_at = threading.Lock(), 0.0, float("-inf")

    def now(self) -> Mapping[str, Any] | None:
        """For a page that must not wait: one thread fetches, the others take what is there. None: nothing yet."""
        if time.monotonic() >= self._next_at and self._lock.acquire(blocking=False):
            try:
                self._fetch()
            finally:
                self._lock.release()
        return self._value

    def wait(self) -> Mapping[str, Any] | None:
        """For an answer that needs it: waits for a fetch in progress."""
        with self._lock:
            if time.monotonic() >= self._next_at:
                self._fetch()
            return self._value

    def renew(self, at_most_every_seconds: float) -> Mapping[str, Any] | None:
        """Fetch again although it counts as new."""
        with self._lock:
            if time.monotonic() - self._fetched_at >= at_most_every_seconds:
                self._fetch()
            return self._value

    def _fetch(self) -> None:
        self._fetched_at = time.monotonic()
        try:
            self._value = self._get()
            self._next_at = time.monotonic() + self._keep_seconds
        except (requests.RequestException, ValueError) as error:
            self._next_at = time.monotonic() + _RETRY_SECONDS
            log.warning("server_not_asked url=%s error=%s", self._url, exception_summary(error))

    def _get(self) -> Mapping[str, Any]:
        answer = requests.get(
            self._url,
            params=self._params,
            timeout=_TIMEOUT_SECONDS,
            verify=self._ca_file or True,
            allow_redirects=False,  # the keys come from exactly the address that is configured
        )
        if answer.status_code != requests.codes.ok or len(answer.content) > _MOST_BYTES:
            raise ValueError("unexpected answer")
        value = answer.json()
        if not isinstance(value, dict):
            raise ValueError("no JSON object")
        return value


def first_text(value: Mapping[str, Any] | None, name: str, usable: Callable[[str], bool]) -> str | None:
    """A member that is a text and fit for its use."""
    found = value.get(name) if value else None
    return found if isinstance(found, str) and usable(found) else None
