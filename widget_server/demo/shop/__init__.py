"""The demo shop: a merchant that knows the widget server only through its script tag and its public routes.

It is a separate program and imports nothing else of widget_server but the one file that a merchant would copy,
`merchant_deliveries`.
"""

from __future__ import annotations

from widget_server.demo.shop.app import create_shop
from widget_server.demo.shop.order_updates import PATH as MESSAGES_PATH
from widget_server.demo.shop.widget_api import WidgetApi

__all__ = ["MESSAGES_PATH", "WidgetApi", "create_shop"]
