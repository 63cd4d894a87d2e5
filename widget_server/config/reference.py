"""What each setting is for, as data: `docs/settings.md` is made of it, and a test holds it against what is read.

Sentences are Markdown; their links lead from `docs/`."""

from __future__ import annotations

from typing import NamedTuple

from widget_server.config.secret_files import FILE_SETTINGS


class Setting(NamedTuple):
    """`default` as the page shows it: Markdown."""

    name: str
    default: str
    sentence: str


OF_FILES = (
    "the file that holds the value of `{}` instead, for secrets of systemd and containers; the line's end is cut off"
)
SETTINGS = (
    Setting(
        "STEPPAY_SECRET_TOKEN",
        "required",
        "the Secret-Token of StepPay's portal",
    ),
    Setting(
        "WIDGET_PUBLIC_URL",
        "required",
        "this server as browsers see it, such as `https://pay.shop.kr`",
    ),
    Setting(
        "WIDGET_ALLOWED_ORIGINS",
        "required",
        "your shop's exact origins, with commas between; no patterns",
    ),
    Setting(
        "WIDGET_DATABASE_URL",
        "`sqlite:///widget.db`",
        (
            "where opened checkouts are kept; migrated at each start. SQLite from 3.35, or `postgresql://` with "
            '`pip install ".[postgresql]"`: [failover, poolers, a schema of its '
            "own](durability.md#what-the-database-may-be-and-what-happens-when-it-is-not)"
        ),
    ),
    Setting(
        "WIDGET_API_KEY",
        "none",
        (
            "lets your backend bind an order's amount and read an order, see "
            "[merchant-api.md](merchant-api.md); at least 32 random characters. Empty: those routes are off, "
            "and nothing bound is looked at"
        ),
    ),
    Setting(
        "WIDGET_RATE_LIMIT",
        "`60/minute`",
        (
            "how often one client may ask (IPv6: one /64); `/second`, `/hour`, `off`. Opened checkouts have "
            "budgets of their own, so that a hundred shoppers a minute can share an address. A backend that "
            "verifies more orders asks `GET /v1/orders/…?refresh=1`, which has no limit"
        ),
    ),
    Setting(
        "WIDGET_RATE_LIMIT_STORE",
        "`memory`",
        (
            "where that is counted: in each worker process, or in a Redis that several processes and machines "
            "share, `redis://:password@host:6379/0` or `rediss://` (install `.[redis]`). While it does not "
            "answer, each process counts by itself"
        ),
    ),
    Setting(
        "STEPPAY_WEBHOOK_SECRETS",
        "none",
        (
            "the secret of the webhook in StepPay's portal, for its events at `/v1/webhooks/steppay`; during a "
            "change several with commas between, the newest first. Empty: the route is off"
        ),
    ),
    Setting(
        "WIDGET_WEBHOOK_V1",
        "`off`",
        ("`on` also takes StepPay's old, unsigned events at `/v1/webhooks/steppay-v1`; nothing of them is believed"),
    ),
    Setting(
        "WIDGET_NOTIFY_URL",
        "none",
        ("where your backend is told what became of an order, by https, see [deliveries.md](deliveries.md)"),
    ),
    Setting(
        "WIDGET_NOTIFY_SECRET",
        "none",
        ('`whsec_` and base64 of 24 to 64 random bytes, which sign it: `echo "whsec_$(openssl rand -base64 32)"`'),
    ),
    Setting(
        "WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK",
        "`off`",
        "`on` lets that address be one of a private network",
    ),
    Setting(
        "WIDGET_CA_FILE",
        "none",
        (
            "a PEM file with your own certificate authorities, which calls to StepPay and your backend trust "
            "beside the public ones"
        ),
    ),
    Setting(
        "WIDGET_EGRESS_PROXY",
        "none",
        (
            "`http://[user:password@]host:port` of the proxy for calls to StepPay and your backend, see "
            "[operations/deploy.md](operations/deploy.md#a-private-certificate-authority-a-proxy). The "
            "environment's `HTTPS_PROXY` is never looked at"
        ),
    ),
    Setting(
        "WIDGET_RETENTION_DAYS",
        "`off`",
        ("after so many days (from 30) settled orders, delivered messages and events that were worked on are deleted"),
    ),
    Setting(
        "WIDGET_METRICS_KEY",
        "none",
        (
            "opens `/metrics` for Prometheus, which sends it as a bearer token, see "
            "[operations/metrics.md](operations/metrics.md); at least 32 random characters. Empty: the route "
            "is off and nothing is counted"
        ),
    ),
    Setting(
        "WIDGET_METRICS_DIR",
        "a private folder",
        (
            "where processes add up what they count; needed only for a `worker` that was started alone, or with "
            "another server than `serve`"
        ),
    ),
    Setting(
        "WIDGET_TRACES_URL",
        "none",
        (
            "where OpenTelemetry traces go (OTLP over HTTP), such as `http://127.0.0.1:4318/v1/traces`; needs the "
            "extra `tracing`"
        ),
    ),
    Setting(
        "WIDGET_ADMIN_KEY",
        "none",
        (
            "opens the operator's page, see [operations/admin.md](operations/admin.md); at least 32 random "
            "characters, used for nothing else. Empty: there is none"
        ),
    ),
    Setting(
        "WIDGET_ADMIN_ORIGIN",
        "none",
        (
            "where that page is: a host of its own, such as `http://steppay-admin.localhost:8081` through a "
            "tunnel, or `https://admin.pay.shop.kr`"
        ),
    ),
    Setting(
        "WIDGET_TRUSTED_PROXIES",
        "`0`",
        "how many of your own proxies stand in front and add to `X-Forwarded-For`; 0 believes no header",
    ),
    Setting(
        "WIDGET_PAGE_RULES_FILE",
        "none",
        "[page rules](widget/page-rules.md)",
    ),
    Setting(
        "WIDGET_SIGNING_KEY_FILE",
        "`widget-signing-keys.json`",
        (
            "the keys that sign verdicts; made at the first start, readable by nobody else. Keep it; several "
            "machines share one"
        ),
    ),
    Setting(
        "WIDGET_ENV",
        "`production`",
        "`sandbox` allows http on `127.0.0.1`, `localhost` and `*.localhost`, and a test address of StepPay",
    ),
    Setting(
        "STEPPAY_API_URL",
        "`https://api.steppay.kr`",
        "another address only with `WIDGET_ENV=sandbox`",
    ),
    Setting(
        "WIDGET_PLAYGROUND",
        "`off`",
        (
            "`on`: a page at `/playground` to try the widget and copy its tag. Or the address of a page of your "
            "shop that makes test orders for it, see [widget/playground.md](widget/playground.md). With "
            "`WIDGET_ENV=sandbox` it is always on"
        ),
    ),
    Setting(
        "FLASK_DEBUG",
        "unset",
        "must stay unset: the server refuses to start with a debugger",
    ),
)


def all_settings() -> tuple[Setting, ...]:
    """Every name that is read, those of the secrets' files included."""
    files = [Setting(name, "none", OF_FILES.format(name.removesuffix("_FILE"))) for name in FILE_SETTINGS]
    return (*SETTINGS, *files)
