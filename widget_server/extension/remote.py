"""A widget server that runs elsewhere: the same object, without a database and without the Secret-Token."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests
from flask import Flask

from widget_server.config import Secret, addresses, values
from widget_server.config.table import Given, Invalid, Parser
from widget_server.errors import ConfigurationError
from widget_server.extension.configuration import URL, WORKER, Configuration, host_address
from widget_server.extension.deliveries_route import DeliveriesRoute
from widget_server.extension.fetching import FetchedKeys, FetchedTag
from widget_server.extension.handlers import Handlers
from widget_server.extension.mount import below
from widget_server.extension.remote_calls import RemoteCalls, fault_of
from widget_server.extension.remote_orders import RemoteOrders
from widget_server.extension.subscriptions import Subscription, subscription_of
from widget_server.merchant.verdicts import Verdict, VerdictVerificationError, verify_verdict
from widget_server.services.change_card import CardChange
from widget_server.services.create_order import CreatedOrder

_MOST_PAGES = 256
_ORIGIN_MISSING = (
    'is missing; set it to this shop\'s origin, as the server has it, such as "https://shop.kr" (or SERVER_NAME with '
    "PREFERRED_URL_SCHEME)"
)


@dataclass(frozen=True)
class RemoteSettings:
    """`audience`: this shop's origin. `secrets`: of WIDGET_NOTIFY_SECRET, several during a change."""

    url: str
    audience: str
    secrets: tuple[Secret, ...]
    ca_file: str | None
    api_key: Secret | None = None
    """The server's; None: orders are made in another way."""


class RemoteServer:
    """What one application keeps of the extension, under `app.extensions["steppay_checkout"]`."""

    def __init__(self, app: Flask, given: Configuration, handlers: Handlers) -> None:
        self.handlers = handlers
        self._settings = remote_settings(app, given)
        self._ca_file = self._settings.ca_file
        self.keys = FetchedKeys(f"{self.public_url}/.well-known/jwks.json", self._ca_file)
        self._calls = RemoteCalls(self.public_url, self._settings.api_key, self._ca_file)
        self._orders = RemoteOrders(self._calls)
        self._tags: dict[str, FetchedTag] = {}
        route = DeliveriesRoute(app, handlers, self._settings.secrets)
        app.wsgi_app = below(f"{given.prefix}/deliveries", route, app.wsgi_app)  # type: ignore[assignment, method-assign]  # Flask's own way to put something in front

    @property
    def public_url(self) -> str:
        return self._settings.url

    def widget(self) -> tuple[str, str | None]:
        """Pinned as the server says; while it cannot be asked, the script that follows every upgrade."""
        tag = self._tag("/").now()
        src, integrity = str(tag.get("src", "")), str(tag.get("integrity", ""))
        if src.startswith(f"{self.public_url}/") and integrity.startswith("sha"):
            return src, integrity
        return f"{self.public_url}/v1/widget.js", None

    def csp(self, page: str) -> dict[str, str]:
        """What a page with a Content-Security-Policy adds to it; {} while the server cannot be asked."""
        found = self._tag(page).now().get("csp")
        return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}

    def _tag(self, page: str) -> FetchedTag:
        if page not in self._tags:
            if len(self._tags) >= _MOST_PAGES:
                self._tags.clear()  # addresses of pages may come from requests
            self._tags[page] = FetchedTag(f"{self.public_url}/v1/tag", page, self._ca_file)
        return self._tags[page]

    def create_order(self, **wanted: Any) -> CreatedOrder:
        return self._orders.create_order(**wanted)

    def expect(self, order_code: str, amount: int | Decimal, currency: str) -> None:
        self._orders.expect(order_code, amount, currency)

    def subscription(self, subscription_id: int) -> Subscription:
        status, body = self._calls.send("GET", f"/v1/subscriptions/{subscription_id}")
        if status != requests.codes.ok:
            raise fault_of(status, body)
        return subscription_of(body)

    def change_payment_method(self, subscription_id: int, owner: Mapping[str, object]) -> CardChange:
        status, body = self._calls.send("POST", f"/v1/subscriptions/{subscription_id}/payment-method", owner)
        if status != requests.codes.created:
            raise fault_of(status, body)
        return CardChange(body["orderCode"], body["orderId"], body["payUrl"])

    def verify(self, token: object, *, order_code: str, amount: int | Decimal, currency: str) -> Verdict:
        """With the server's published keys; a key that is not known has them fetched again, once a minute at most."""
        expected = {"order_code": order_code, "amount": amount, "currency": currency}
        try:
            return self._verify(token, self.keys.current(), expected)
        except VerdictVerificationError as error:
            if error.code != "unknown_key":
                raise
        return self._verify(token, self.keys.renewed(), expected)

    def _verify(self, token: object, keys: Mapping[str, Any], expected: Mapping[str, Any]) -> Verdict:
        return verify_verdict(
            token,
            keys=keys,
            issuer=self.public_url,
            audience=self._settings.audience,
            **expected,
        )


def remote_settings(app: Flask, given: Configuration) -> RemoteSettings:
    """Raises `ConfigurationError`, which names every problem."""
    texts = {**given.texts, URL: given.remote_url}
    if not texts.get("WIDGET_ALLOWED_ORIGINS", "").strip():
        texts["WIDGET_ALLOWED_ORIGINS"] = addresses.origin_of(host_address(app) or "") or ""
    problems, found = list(given.problems), dict[str, Any]()
    for name, parse in _PARSERS.items():
        problems += _parse(name, parse, texts, found)
    if given.has_worker_thread:
        problems.append(f"{WORKER}: the server runs elsewhere ({URL}), and its worker with it; leave it unset")
    if "WIDGET_ALLOWED_ORIGINS" not in found and not texts["WIDGET_ALLOWED_ORIGINS"].strip():
        problems.append(f"WIDGET_ALLOWED_ORIGINS: {_ORIGIN_MISSING}")
    if problems:
        raise ConfigurationError(problems)
    ca_file = found.get("WIDGET_CA_FILE")
    audience, secrets = found["WIDGET_ALLOWED_ORIGINS"][0], found.get("WIDGET_NOTIFY_SECRET", ())
    return RemoteSettings(found[URL], audience, secrets, str(ca_file) if ca_file else None, found.get("WIDGET_API_KEY"))


def _notify_secrets(text: str, given: Given) -> tuple[Secret, ...]:
    return tuple(values.notify_secret(part.strip(), given) for part in text.split(",") if part.strip())


_PARSERS: Mapping[str, Parser] = {
    URL: addresses.public_url,
    "WIDGET_ALLOWED_ORIGINS": addresses.origins,
    "WIDGET_NOTIFY_SECRET": _notify_secrets,
    "WIDGET_CA_FILE": values.ca_file,
    "WIDGET_API_KEY": values.random_key,
}


def _parse(name: str, parse: Parser, texts: Mapping[str, str], found: dict[str, Any]) -> Iterator[str]:
    """Adds to `found`."""
    text = texts.get(name, "").strip()
    try:
        if text:
            found[name] = parse(text, Given(texts))
    except Invalid as error:
        yield from (f"{name}: {problem}" for problem in error.problems)
