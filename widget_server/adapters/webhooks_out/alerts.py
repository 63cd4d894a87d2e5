"""Alerts over HTTP, in the form that the host of the address takes."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from widget_server.adapters.egress import Proxy
from widget_server.adapters.webhooks_out.one_request import OneRequest
from widget_server.domain.delivery import DeliveryResponse

_LONGEST_DISCORD = 2000
"""Characters of `content` (Discord, "Execute Webhook")."""


class AlertSender:
    """Implements `services.alerts.AlertReceiver`. The address is a secret: it shows in no text and no error."""

    def __init__(
        self, url: str, *, private: bool = False, ca_file: str | None = None, proxy: Proxy | None = None
    ) -> None:
        self._host = urlsplit(url).hostname or ""
        self._http = OneRequest(url, private=private, ca_file=ca_file, proxy=proxy)

    def __repr__(self) -> str:
        return "AlertSender('***')"

    def send(self, message: Mapping[str, object]) -> DeliveryResponse:
        body = json.dumps(body_for(self._host, message), ensure_ascii=False)
        return self._http.send("POST", {"Content-Type": "application/json"}, body.encode())[0]

    def probe(self) -> DeliveryResponse:
        """The response to a request that sends nothing."""
        return self._http.send("HEAD", {}, None)[0]


def body_for(host: str, message: Mapping[str, object]) -> Mapping[str, object]:
    """Slack and Discord take a text under a name of theirs. Whatever it holds, it mentions no account."""
    text = str(message["text"])
    if _is_of(host, "slack.com", "slack-gov.com"):
        return {"text": text}
    if _is_of(host, "discord.com", "discordapp.com"):
        return {"content": text[:_LONGEST_DISCORD], "allowed_mentions": {"parse": []}}
    return message


def _is_of(host: str, *domains: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
