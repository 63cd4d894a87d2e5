"""Calls of a shop to the merchant routes of its widget server elsewhere, by plain HTTP."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError

from widget_server import errors
from widget_server.config import Secret

_TIMEOUT_SECONDS = (4.0, 20.0)
"""Longer than the server takes to make an order."""
NOT_REACHED, NO_ANSWER = -1, 0
Answer = tuple[int, Mapping[str, Any]]
"""Status, `NOT_REACHED` or `NO_ANSWER`, and JSON."""


class RemoteCalls:
    """With the WIDGET_API_KEY of the server at `url`."""

    def __init__(self, url: str, api_key: Secret | None, ca_file: str | None) -> None:
        self._url, self._key, self._ca_file = url, api_key, ca_file

    def send(
        self, method: str, path: str, members: Mapping[str, object] | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        """Nothing is raised where the customer's data is, but `errors.MerchantApiDisabled` without a key."""
        if self._key is None:
            raise errors.MerchantApiDisabled("set WIDGET_API_KEY to the one of the widget server")
        given = {"Authorization": f"Bearer {self._key.reveal()}", **headers}
        verify, url = self._ca_file or True, f"{self._url}{path}"
        try:  # no redirect: the key goes to exactly the address that is configured
            answer = requests.request(
                method, url, json=members, headers=given, timeout=_TIMEOUT_SECONDS, verify=verify, allow_redirects=False
            )
            body = answer.json(parse_float=Decimal)
        except (requests.RequestException, ValueError) as error:
            return (NOT_REACHED if _was_not_sent(error) else NO_ANSWER), {}
        seconds = answer.headers.get("Retry-After", "")
        more = {"retryAfter": int(seconds)} if seconds.isascii() and seconds.isdigit() else {}
        return answer.status_code, {**body, **more} if isinstance(body, dict) else {}


def _was_not_sent(error: Exception) -> bool:
    """By what requests wraps: a connection that was never made."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def _kinds(base: type[errors.WidgetServerError]) -> Iterator[type[errors.WidgetServerError]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)


def fault_of(status: int, body: Mapping[str, Any]) -> errors.WidgetServerError:
    """The error that this server raised: as if it ran here."""
    code, detail = body.get("code"), str(body.get("detail", ""))
    if status in (NOT_REACHED, NO_ANSWER):
        return errors.UpstreamUnavailable(
            "the widget server did not answer: compare STEPPAY_CHECKOUT_URL, or try again"
        )
    if code == errors.InvalidRequest.code:
        return errors.InvalidRequest(body.get("errors", {}))
    kind = next((one for one in _kinds(errors.WidgetServerError) if one.code == code), None)
    if kind is None:
        return errors.UpstreamBadResponse("that is no answer of a widget server: compare the address in your settings")
    return kind(detail, retry_after_seconds=body.get("retryAfter"))
