"""The settings: read from an explicit mapping into a frozen object."""

from widget_server.config.settings import STEPPAY_API_URL, Secret, Settings, origin_of, read_settings
from widget_server.config.values import DEFAULT_RATE_LIMIT
from widget_server.domain.rate_limit import RateLimit

__all__ = ["DEFAULT_RATE_LIMIT", "STEPPAY_API_URL", "RateLimit", "Secret", "Settings", "origin_of", "read_settings"]
