"""The Flask extension: the whole server below a path of a shop's own Flask application."""

from widget_server.extension.checkout import StepPayCheckout

__all__ = ["StepPayCheckout"]
