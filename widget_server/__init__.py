"""Self-hosted checkout widget server for StepPay.

The way in for a reader: `app.create_app` names every concrete class, `domain` holds the rules of the verdict,
`services` the use cases, `adapters` the outside world, `web` the routes. A Flask shop imports `StepPayCheckout`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from widget_server.extension import StepPayCheckout

__all__ = ["StepPayCheckout", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """PEP 562: `import widget_server.merchant` loads neither Flask nor the server."""
    if name == "StepPayCheckout":
        return import_module("widget_server.extension").StepPayCheckout
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
