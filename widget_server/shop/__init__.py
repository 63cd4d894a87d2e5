"""The demo shop: a merchant that knows the widget server only through its script tag and its public routes.

It is a separate program and imports nothing else of widget_server.
"""

from __future__ import annotations

from widget_server.shop.app import create_shop
from widget_server.shop.widget_api import WidgetApi

__all__ = ["WidgetApi", "create_shop"]
