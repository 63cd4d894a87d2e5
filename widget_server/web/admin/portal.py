"""Where the operator finds an order in StepPay's own portal."""

from dataclasses import dataclass

from widget_server.config.addresses import STEPPAY_API_URL, is_loopback_url

_STEPPAY = "https://portal.steppay.kr/"
"""The one address that StepPay's guide names (docs.steppay.kr, "Managed payment" and "Webhook"); none of an order."""


@dataclass(frozen=True)
class Portal:
    """`orders`: whether each order has an address of its own."""

    url: str
    orders: bool = False

    def order_url(self, order_code: str) -> str:
        return f"{self.url}#o-{order_code}" if self.orders else self.url


def portal_of(api_url: str) -> Portal | None:
    """StepPay's, or the simulator's; None for a test address of StepPay, whose portal is not documented."""
    if api_url == STEPPAY_API_URL:
        return Portal(_STEPPAY)
    return Portal(f"{api_url}/portal", orders=True) if is_loopback_url(api_url) else None
