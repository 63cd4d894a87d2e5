"""The settings: read from an explicit mapping into a frozen object, every problem named at once, no value
that could be a secret ever repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from widget_server.config.env import SIGNING_KEY_FILE, EnvReader
from widget_server.config.names import unknown_names
from widget_server.config.secret_files import FILE_SETTINGS, passing_with_their_files, resolve_secret_files
from widget_server.config.values import DEFAULT_RATE_LIMIT, STEPPAY_API_URL, Secret, origin_of
from widget_server.domain.rate_limit import RateLimit
from widget_server.errors import ConfigurationError

__all__ = ["STEPPAY_API_URL", "RateLimit", "Secret", "Settings", "origin_of", "read_settings"]


@dataclass(frozen=True)
class Settings:
    """What one server process runs with. Origins are exact (`https://shop.kr`), URLs have no trailing slash."""

    secret_token: Secret
    public_url: str
    allowed_origins: tuple[str, ...]
    steppay_api_url: str = STEPPAY_API_URL
    env: str = "production"
    database_url: str = field(default="sqlite:///widget.db", repr=False)
    page_rules_file: Path | None = None
    signing_key_file: Path = Path(SIGNING_KEY_FILE)
    api_key: Secret | None = None
    rate_limit: RateLimit | None = DEFAULT_RATE_LIMIT
    rate_limit_store: Secret | None = None
    """The URL of a Redis, which may hold a password; None: the memory of each process."""
    trusted_proxies: int = 0
    playground: bool = False
    playground_orders_url: str | None = None
    """A page of the shop that makes a test order and redirects to the playground with its code."""
    webhook_secrets: tuple[Secret, ...] = ()
    webhook_v1: bool = False
    notify_url: str | None = field(default=None, repr=False)
    notify_secret: Secret | None = None
    notify_allow_private_network: bool = False
    retention_days: int | None = None
    metrics_key: Secret | None = None
    metrics_dir: Path | None = None
    traces_url: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    egress_proxy: Secret | None = None
    """The URL of a proxy, which may hold a password."""
    admin_key: Secret | None = None
    admin_origin: str | None = None

    @property
    def metrics_enabled(self) -> bool:
        """Whether anybody wants figures; else nothing is counted."""
        return self.metrics_key is not None or self.admin_key is not None

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every `Secret` among the settings, also those inside of tuples: none may have a second use."""
        values = [getattr(self, setting.name) for setting in fields(self)]
        each = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
        return tuple(part for part in each if isinstance(part, Secret))

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """Origins whose pages may call us: the shops, and our own return page."""
        return tuple(dict.fromkeys((*self.allowed_origins, self.public_url)))

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """Origins whose pages may show our return page in a frame: the shops; ourselves only for the playground."""
        return self.cors_origins if self.playground else self.allowed_origins


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from environment variables; raises `ConfigurationError` naming every problem."""
    complete, file_problems = resolve_secret_files(environ)
    reader = EnvReader(complete)
    reader.problems[:0] = file_problems  # first: what is missing may be missing because of them
    settings = Settings(
        secret_token=reader.secret_token(),
        public_url=reader.public_url(),
        allowed_origins=reader.allowed_origins(),
        steppay_api_url=reader.steppay_api_url(),
        env=reader.env,
        database_url=reader.database_url(),
        page_rules_file=reader.page_rules_file(),
        signing_key_file=reader.signing_key_file(),
        api_key=reader.api_key(),
        rate_limit=reader.rate_limit(),
        rate_limit_store=reader.rate_limit_store(),
        trusted_proxies=reader.trusted_proxies(),
        playground=reader.playground(),
        playground_orders_url=reader.playground_orders_url(),
        webhook_secrets=reader.webhook_secrets(),
        webhook_v1=reader.read_bool("WIDGET_WEBHOOK_V1"),
        notify_url=reader.notify_url(),
        notify_secret=reader.notify_secret(),
        notify_allow_private_network=reader.read_bool("WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK"),
        retention_days=reader.retention_days(),
        metrics_key=reader.metrics_key(),
        metrics_dir=reader.metrics_dir(),
        traces_url=reader.traces_url(),
        admin_key=reader.admin_key(),
        admin_origin=reader.admin_origin(),
        ca_file=reader.ca_file(),
        egress_proxy=reader.egress_proxy(),
    )
    reader.problems += unknown_names(environ, reader.known | set(FILE_SETTINGS))
    if reader.problems:
        raise ConfigurationError(passing_with_their_files(reader.problems, file_problems))
    return settings
