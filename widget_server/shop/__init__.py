"""The demo shop: a merchant that knows the widget server only through its script tag and its public routes.

It is a separate program and imports nothing else of widget_server.
"""

from __future__ import annotations

from widget_server.shop.app import create_shop

__all__ = ["create_shop"]
