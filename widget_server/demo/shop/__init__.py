"""The demo shop: a merchant that knows the widget server only through its script tag and its public routes.

It is a separate program. Of widget_server it imports only the one file that a merchant would copy,
`merchant/webhooks.py`, and the domain's names and colors of verdicts and causes.
"""

from widget_server.demo.shop.app import create_shop
from widget_server.demo.shop.backend import WidgetApi
from widget_server.demo.shop.order_updates import PATH as MESSAGES_PATH

__all__ = ["MESSAGES_PATH", "WidgetApi", "create_shop"]
