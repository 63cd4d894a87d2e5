"""A stand-in for StepPay: its order API, its hosted pay page, and a control API for tests and the demo.

It is a separate program. It imports nothing else of widget_server, so a mistake in our reading of
StepPay cannot hide by being made twice in the same code.
"""

from widget_server.demo.simulator.app import create_simulator
from widget_server.demo.simulator.catalogue import PRODUCTS, Product, describe, read_product
from widget_server.demo.simulator.webhooks import Webhook

__all__ = ["PRODUCTS", "Product", "Webhook", "create_simulator", "describe", "read_product"]
