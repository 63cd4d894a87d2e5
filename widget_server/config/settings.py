"""The settings as one table: each field of `Settings` is a row with its variable, parser, sentence and default. What
shoppers read of the shop is in `shop.py`. Reading, the rule that all secrets differ, `NAME_FILE`, masks, the suggestion
for a misspelled name, `docs/settings.md` and `widget-server doctor` derive from it.
"""

# ruff: noqa: RUF009 - `setting` gives a dataclass field, as `dataclasses.field` does

from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from widget_server.config import addresses, values
from widget_server.config.secret import Secret
from widget_server.config.shop import ShopSettings
from widget_server.config.table import Row, setting
from widget_server.domain.rate_limit import RateLimit


@dataclass(frozen=True)
class Settings(ShopSettings):
    """What one server process runs with. Origins are exact (`https://shop.kr`), URLs have no trailing slash.
    `public_url` may have a path, and no browser sends it as an `Origin`: compare with `public_origin`.
    """

    secret_token: Secret = setting(
        "STEPPAY_SECRET_TOKEN",
        values.secret_token,
        "the Secret-Token of StepPay's portal",
        missing="copy the Secret-Token from StepPay's portal",
        secret=True,
        exact=True,
    )
    public_url: str = setting(
        "WIDGET_PUBLIC_URL",
        addresses.public_url,
        "this server as browsers see it, such as `https://pay.shop.kr`, or a path of the shop's own host, such as "
        "`https://shop.kr/steppay`, see [operations/sub-path.md](operations/sub-path.md)",
        missing="give this server's address as browsers see it, such as https://pay.shop.kr",
    )
    allowed_origins: tuple[str, ...] = setting(
        "WIDGET_ALLOWED_ORIGINS",
        addresses.origins,
        "your shop's exact origins, with commas between; no patterns. Where `WIDGET_PUBLIC_URL` has a path, you may "
        "leave it out: it is then the origin of `WIDGET_PUBLIC_URL`",
        missing="list the shop's origins, such as https://shop.kr,https://www.shop.kr",
        derive=addresses.shop_beside,
    )
    database_url: str = setting(
        "WIDGET_DATABASE_URL",
        addresses.database_url,
        "where checkouts and orders are stored; migrated at each start. SQLite from 3.35, or `postgresql://` with "
        '`pip install ".[postgresql]"`: [failover, poolers, a schema of its '
        "own](durability.md#what-the-database-may-be-and-what-happens-when-it-is-not)",
        default="sqlite:///widget.db",
        secret=True,
    )
    api_key: Secret | None = setting(
        "WIDGET_API_KEY",
        values.random_key,
        "lets your backend bind an order's amount and read an order, see [merchant-api.md](merchant-api.md); at least "
        "32 random characters. Empty: those routes are disabled, and expectations are ignored",
        secret=True,
        exact=True,
    )
    rate_limit: RateLimit | None = setting(
        "WIDGET_RATE_LIMIT",
        values.rate_limit,
        "how many requests one client may send (IPv6: one /64); `/second`, `/hour`, `off`. Checkouts have budgets of "
        "their own, so that a hundred shoppers a minute can share an address. A backend that verifies more orders "
        "calls `GET /v1/orders/…?refresh=1`, which has no limit",
        default="60/minute",
    )
    rate_limit_store: Secret | None = setting(
        "WIDGET_RATE_LIMIT_STORE",
        addresses.redis_url,
        "where those requests are counted: in each worker process, or in a Redis that several processes and machines "
        "share, `redis://:password@host:6379/0` or `rediss://` (install `.[redis]`). While Redis does not respond, "
        "each process counts by itself",
        default="memory",
        secret=True,
    )
    webhook_secrets: tuple[Secret, ...] = setting(
        "STEPPAY_WEBHOOK_SECRETS",
        values.webhook_secrets,
        "the secret of the webhook in StepPay's portal, for its events at `/v1/webhooks/steppay`; during a change "
        "several with commas between, the newest first. Empty: the route is disabled",
        when_unset=(),
        secret=True,
    )
    webhook_v1: bool = setting(
        "WIDGET_WEBHOOK_V1",
        values.on_or_off,
        "`on` also accepts StepPay's old, unsigned events at `/v1/webhooks/steppay-v1`; they only cause a recheck",
        default="off",
    )
    notify_url: str | None = setting(
        "WIDGET_NOTIFY_URL",
        addresses.notify_url,
        "the https address of your backend that receives webhooks about orders, see [deliveries.md](deliveries.md)",
        together_with="WIDGET_NOTIFY_SECRET",
        repr=False,
    )
    notify_secret: Secret | None = setting(
        "WIDGET_NOTIFY_SECRET",
        values.notify_secret,
        'signs those webhooks; `whsec_` and base64 of 24 to 64 random bytes: `echo "whsec_$(openssl rand -base64 32)"`',
        secret=True,
    )
    notify_allow_private_network: bool = setting(
        "WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK",
        values.on_or_off,
        "`on` lets that address, and the one of `WIDGET_ALERT_URL`, be one of a private network",
        default="off",
    )
    alert_url: Secret | None = setting(
        "WIDGET_ALERT_URL",
        addresses.alert_url,
        "the https address that receives a message when something needs a person: an incoming webhook of "
        "Slack or Discord, or an address of yours that takes JSON, see [operations/alerts.md](operations/alerts.md)",
        secret=True,
    )
    ca_file: Path | None = setting(
        "WIDGET_CA_FILE",
        values.ca_file,
        "a PEM file with your own certificate authorities, which calls to StepPay and your backend trust in addition "
        "to the public ones",
    )
    egress_proxy: Secret | None = setting(
        "WIDGET_EGRESS_PROXY",
        addresses.proxy_url,
        "`http://[user:password@]host:port` of the proxy for calls to StepPay and your backend, see "
        "[operations/deploy.md](operations/deploy.md#a-private-certificate-authority-a-proxy). The server ignores the "
        "environment's `HTTPS_PROXY`",
        secret=True,
    )
    free_orders: bool = setting(
        "WIDGET_FREE_ORDERS",
        values.off_or("fulfill"),
        "`fulfill`: an order of 0 may be fulfilled although no backend bound its amount, see "
        "[free trials](free-trials.md). Only for shops that cannot bind: a price that was tampered with is 0, too",
        default="off",
    )
    unpaid_grace_days: int = setting(
        "WIDGET_UNPAID_GRACE_DAYS",
        values.grace_days,
        "so many days (up to 30) after a failed renewal a member keeps access, see [subscriptions](subscriptions.md)",
        default="0",
    )
    retention_days: int | None = setting(
        "WIDGET_RETENTION_DAYS",
        values.retention_days,
        "after this many days (from 30) settled orders, ended subscriptions, delivered webhooks and processed events "
        "are deleted",
        default="off",
    )
    metrics_key: Secret | None = setting(
        "WIDGET_METRICS_KEY",
        values.random_key,
        "opens `/metrics` for Prometheus, which sends it as a bearer token, see "
        "[operations/metrics.md](operations/metrics.md); at least 32 random characters. Empty: the route is disabled",
        secret=True,
        exact=True,
    )
    metrics_dir: Path | None = setting(
        "WIDGET_METRICS_DIR",
        values.folder,
        "where processes add up their metrics; needed only for a `worker` that was started alone, or with another "
        "server than `serve`. Empty: `serve` makes a private folder",
    )
    traces_url: str | None = setting(
        "WIDGET_TRACES_URL",
        addresses.traces_url,
        "where OpenTelemetry traces go (OTLP over HTTP), such as `http://127.0.0.1:4318/v1/traces`; needs the extra "
        "`tracing`",
        repr=False,
    )
    admin_key: Secret | None = setting(
        "WIDGET_ADMIN_KEY",
        values.random_key,
        "opens the admin dashboard, see [operations/admin.md](operations/admin.md); at least 32 random characters. "
        "Empty: there is no dashboard",
        secret=True,
        exact=True,
    )
    admin_origin: str | None = setting(
        "WIDGET_ADMIN_ORIGIN",
        addresses.admin_origin,
        "where the dashboard is: a host of its own, such as `http://steppay-admin.localhost:8081` through a tunnel, or "
        "`https://admin.pay.shop.kr`",
        together_with="WIDGET_ADMIN_KEY",
    )
    trusted_proxies: int = setting(
        "WIDGET_TRUSTED_PROXIES",
        values.proxy_count,
        "how many reverse proxies of your own add to `X-Forwarded-For`; 0 ignores that header",
        default="0",
    )
    page_rules_file: Path | None = setting(
        "WIDGET_PAGE_RULES_FILE", values.readable_file, "[page rules](widget/page-rules.md)"
    )
    offers_file: Path | None = setting(
        "WIDGET_OFFERS_FILE", values.readable_file, "[offers](offers.md) of static pages"
    )
    offer_limit: RateLimit = setting(
        "WIDGET_OFFER_LIMIT",
        values.order_limit,
        "how many orders of [offers](offers.md#limits) one client may make, a fifth of them at once",
        default="30/hour",
    )
    signing_key_file: Path = setting(
        "WIDGET_SIGNING_KEY_FILE",
        values.file_in_a_folder,
        "the keys that sign verdicts; the first start makes it, readable by its owner only. Keep it; several machines "
        "share one",
        default="widget-signing-keys.json",
    )
    env: str = setting(
        "WIDGET_ENV",
        values.one_of("production", "sandbox"),
        "`sandbox` allows http on `127.0.0.1`, `localhost` and `*.localhost`, and a test address of StepPay",
        default="production",
    )
    steppay_api_url: str = setting(
        "STEPPAY_API_URL",
        addresses.steppay_api_url,
        "another address only with `WIDGET_ENV=sandbox`",
        default=addresses.STEPPAY_API_URL,
    )
    playground_mode: str = setting(
        "WIDGET_PLAYGROUND",
        addresses.playground,
        "`on`: a page at `/playground` to try the widget and copy its tag. Or a page of your shop that makes test "
        "orders for it, see [widget/playground.md](widget/playground.md). Always on with `WIDGET_ENV=sandbox`",
        default="off",
    )
    flask_debug: None = setting(
        "FLASK_DEBUG", values.no_debugger, "must stay unset: the server refuses to start with a debugger"
    )

    in_application: bool = field(default=False)
    """No setting: this server runs inside a shop's Flask application, whose handlers receive the deliveries, and which
    binds the amounts of the orders that it creates."""

    @property
    def notifies_backend(self) -> bool:
        """Whether anything receives deliveries; else none is stored."""
        return self.notify_url is not None or self.in_application

    @property
    def binds_amounts(self) -> bool:
        """Whether a backend, an application around this server, or an offer binds amounts."""
        return bool(self.api_key or self.in_application or self.offers_file)

    @property
    def public_origin(self) -> str:
        """This server's origin as a browser sends it."""
        return self.public_url.removesuffix(self.base_path)

    @property
    def base_path(self) -> str:
        """The path of `public_url`: "" or, for example, `/steppay`. It stands before every path of this server."""
        return urlsplit(self.public_url).path

    @property
    def playground(self) -> bool:
        return self.playground_mode != "off"

    @property
    def playground_orders_url(self) -> str | None:
        """A page of the shop that makes a test order and redirects to the playground with its code."""
        return None if self.playground_mode in ("on", "off") else self.playground_mode

    @property
    def metrics_enabled(self) -> bool:
        """Whether anything reads metrics; else nothing is counted."""
        return self.metrics_key is not None or self.admin_key is not None

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every `Secret` among the settings, those inside of tuples included."""
        found = [getattr(self, one.name) for one in fields(self)]
        parts = [part for value in found for part in (value if isinstance(value, tuple) else (value,))]
        return tuple(part for part in parts if isinstance(part, Secret))

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """Origins whose pages may call this server: the shops, and its own return page."""
        return tuple(dict.fromkeys((*self.allowed_origins, self.public_origin)))

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """Origins whose pages may frame the return page: the shops; this server only for the playground."""
        return self.cors_origins if self.playground else self.allowed_origins


_ROWS = {one.name: one.metadata["row"] for one in fields(Settings) if "row" in one.metadata}
TABLE: dict[str, Row] = dict(sorted(_ROWS.items(), key=lambda row: not row[1].missing))
"""The rows by their field of `Settings`, the required ones first."""
SECRETS = tuple(row.name for row in TABLE.values() if row.secret)
"""No two of them may have the same value. Each may be given as NAME_FILE."""
