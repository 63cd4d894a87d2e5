"""The settings: a table (`settings.py`), read from an explicit mapping into a frozen object (`reading.py`)."""

from widget_server.config.addresses import STEPPAY_API_URL, is_loopback, origin_of
from widget_server.config.reading import read_settings
from widget_server.config.secret import Secret
from widget_server.config.settings import Settings
from widget_server.domain.rate_limit import RateLimit

__all__ = ["STEPPAY_API_URL", "RateLimit", "Secret", "Settings", "is_loopback", "origin_of", "read_settings"]
