"""Webhooks to the merchant backend over HTTP: Standard Webhooks, no redirects, ten seconds in all."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime

from standardwebhooks import Webhook

from widget_server.adapters.egress import Proxy
from widget_server.adapters.webhooks_out.one_request import OneRequest
from widget_server.domain.delivery import DeliveryResponse


class WebhookSender:
    """Implements `ports.MerchantBackend`. `secret`: `whsec_...`; the rest is as in `OneRequest`."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        private: bool = False,
        ca_file: str | None = None,
        proxy: Proxy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = OneRequest(url, private=private, ca_file=ca_file, proxy=proxy, clock=clock)
        self._signer = Webhook(secret)

    def __repr__(self) -> str:
        return "WebhookSender('***')"

    def send(self, event_id: str, payload: str, at: datetime) -> DeliveryResponse:
        headers = {
            "Content-Type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._signer.sign(event_id, at, payload),
        }
        return self._http.send("POST", headers, payload.encode("utf-8"))[0]

    def probe(self, method: str) -> tuple[DeliveryResponse, Mapping[str, str]]:
        """The response to a request without a webhook, and its headers. `method`: OPTIONS or HEAD, which fulfill
        nothing."""
        return self._http.send(method, {}, None)
