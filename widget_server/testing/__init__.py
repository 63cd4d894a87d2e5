"""For the tests of a shop: a simulated StepPay, orders with a known outcome, signed verdicts and webhooks.

Guide: docs/testing.md. The fixtures come with the package (pytest finds them by its entry point); the functions are
imported from here. Nothing is loaded before it is used, so the plugin costs a suite without it nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from widget_server.demo.simulator.outcomes import OUTCOMES
    from widget_server.testing.deliveries import WRONG_DELIVERIES, SignedDelivery, signed_delivery
    from widget_server.testing.flow import Flow, Server
    from widget_server.testing.handlers import deliver
    from widget_server.testing.installation import AUDIENCE, ISSUER, KEYS, NOTIFY_SECRET
    from widget_server.testing.simulator import SimulatedOrder, Simulator
    from widget_server.testing.verdicts import WRONG_VERDICTS, signed_verdict

__all__ = [
    "AUDIENCE",
    "ISSUER",
    "KEYS",
    "NOTIFY_SECRET",
    "OUTCOMES",
    "WRONG_DELIVERIES",
    "WRONG_VERDICTS",
    "Flow",
    "Server",
    "SignedDelivery",
    "SimulatedOrder",
    "Simulator",
    "deliver",
    "signed_delivery",
    "signed_verdict",
]

_HOMES = {
    "widget_server.demo.simulator.outcomes": ("OUTCOMES",),
    "widget_server.testing.deliveries": ("WRONG_DELIVERIES", "SignedDelivery", "signed_delivery"),
    "widget_server.testing.flow": ("Flow", "Server"),
    "widget_server.testing.handlers": ("deliver",),
    "widget_server.testing.installation": ("AUDIENCE", "ISSUER", "KEYS", "NOTIFY_SECRET"),
    "widget_server.testing.simulator": ("SimulatedOrder", "Simulator"),
    "widget_server.testing.verdicts": ("WRONG_VERDICTS", "signed_verdict"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
