"""What a shop asks a widget server that runs elsewhere: the tag, and the keys that verify verdicts."""

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests

from widget_server.extension.forks import begins_anew
from widget_server.logs import exception_summary

log = logging.getLogger("widget_server.remote")

Clock = Callable[[], float]
_TIMEOUT_SECONDS = (2.0, 4.0)
_MOST_BYTES = 65536
_FAULTS = (requests.RequestException, ValueError)


class FetchedTag:
    """The newest answer of `GET /v1/tag`; an old one is better than none."""

    _KEEP_SECONDS, _RETRY_SECONDS = 300.0, 30.0

    def __init__(self, url: str, page: str, ca_file: str | None, clock: Clock = time.monotonic) -> None:
        self._url, self._page, self._ca_file, self._clock = url, page, ca_file, clock
        self._value: Mapping[str, Any] = {}
        self.start_empty()
        begins_anew(self)

    def start_empty(self) -> None:
        self._lock, self._next_at = threading.Lock(), float("-inf")

    def now(self) -> Mapping[str, Any]:
        """For a page that must not wait: one thread fetches, the others take what is there. {}: nothing yet."""
        if self._clock() >= self._next_at and self._lock.acquire(blocking=False):
            try:
                self._fetch()
            finally:
                self._lock.release()
        return self._value

    def _fetch(self) -> None:
        try:
            self._value, _headers = _get(self._url, self._ca_file, {"page": self._page})
            self._next_at = self._clock() + self._KEEP_SECONDS
        except _FAULTS as error:
            self._next_at = self._clock() + self._RETRY_SECONDS
            log.warning("tag_not_fetched error=%s", exception_summary(error))


class FetchedKeys:
    """The server's JWK set, kept no longer than its `max-age` less `Age`, and five minutes at most: a shop would go on
    trusting a stolen key after its removal. When a fetch fails, the old keys count for five minutes more."""

    _KEEP_SECONDS, _GRACE_SECONDS = 300, 300.0
    _GAP_SECONDS, _FIRST_GAP_SECONDS = 60.0, 5.0

    def __init__(self, url: str, ca_file: str | None, clock: Clock = time.monotonic) -> None:
        self._url, self._ca_file, self.clock = url, ca_file, clock
        self.start_empty()
        begins_anew(self)

    def start_empty(self) -> None:
        self._lock = threading.Lock()
        self._keys: Mapping[str, Any] = {"keys": []}
        self._asked_at = self._fresh_until = float("-inf")

    def current(self) -> Mapping[str, Any]:
        """The keys. A verification waits for a fetch in progress: without keys it could only say no."""
        with self._lock:
            is_old = self.clock() >= self._fresh_until and not self._fetch()
            if is_old and self.clock() >= self._fresh_until + self._GRACE_SECONDS:
                self._keys = {"keys": []}
            return self._keys

    def renewed(self) -> Mapping[str, Any]:
        """Fetched again for a key that is not among them, once a minute at most."""
        with self._lock:
            self._fetch()
            return self._keys

    def _fetch(self) -> bool:
        """Whether there are new keys now."""
        now = self.clock()
        if now < self._asked_at + (self._GAP_SECONDS if self._keys["keys"] else self._FIRST_GAP_SECONDS):
            return False
        self._asked_at = now
        try:
            keys, headers = _get(self._url, self._ca_file, {})
            if not isinstance(keys.get("keys"), list):
                raise ValueError("no JWK set")
        except _FAULTS as error:
            log.warning("keys_not_fetched error=%s", exception_summary(error))
            return False
        self._keys, self._fresh_until = keys, now + self._fresh_seconds(headers)
        return True

    def _fresh_seconds(self, headers: Mapping[str, str]) -> int:
        max_age = re.search(r"max-age=([0-9]{1,6})", headers.get("Cache-Control", ""))
        age = re.fullmatch("[0-9]{1,6}", headers.get("Age", "0"))  # how long a cache in between has kept it
        return min(
            (int(max_age[1]) if max_age else self._KEEP_SECONDS) - (int(age[0]) if age else 0), self._KEEP_SECONDS
        )


def _get(url: str, ca_file: str | None, params: Mapping[str, str]) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """A JSON object and the headers. Raises `requests.RequestException` and `ValueError`."""
    # No redirect: the keys come from exactly the address that is configured.
    answer = requests.get(url, params=params, timeout=_TIMEOUT_SECONDS, verify=ca_file or True, allow_redirects=False)
    if answer.status_code != requests.codes.ok or len(answer.content) > _MOST_BYTES:
        raise ValueError("unexpected answer")
    value = answer.json()
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value, answer.headers
