"""The demo: a StepPay simulator, the widget server, a shop and a static page, each on its own port and its own site,
in one process.

`*.localhost` names are loopback in every browser and are four different *sites*, as they are in real life.
Servers reach each other by 127.0.0.1, because not every system resolves those names.
"""

import base64
import secrets
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from widget_server.adapters.store.migrate import upgrade
from widget_server.app import create_app
from widget_server.config import Settings, read_settings
from widget_server.demo.brand import create_brand, offers_file
from widget_server.demo.serving import LOOPBACK, serving
from widget_server.demo.shop import MESSAGES_PATH, WidgetApi, create_shop
from widget_server.demo.simulator import Product, Webhook, create_simulator
from widget_server.web.assets import static_dir, templates_dir
from widget_server.web.route_table import WEBHOOK_PATH
from widget_server.worker_app import make_worker

_PAGE_RULES = """\
[default]
mode = "redirect"

[[page]]
path = "/pricing"
mode = "iframe"
mode_mobile = "redirect"
"""


@dataclass(frozen=True)
class Ports:
    """None is a default of another command or of `deploy/`: a demo may run at the same time as a rehearsal."""

    shop: int = 8080
    server: int = 8085
    simulator: int = 8086
    brand: int = 8089


@dataclass(frozen=True)
class Demo:
    """The addresses as a browser sees them, and the key of the operator's pages."""

    shop_url: str
    server_url: str
    simulator_url: str
    brand_url: str
    admin_url: str
    admin_key: str = field(repr=False)


@contextmanager
def run_demo(ports: Ports, *, jobs: bool = True) -> Iterator[Demo]:
    """All four servers and a worker run until the block ends; the database lives in a temporary folder. `jobs` False:
    StepPay sends no events and there is no worker, so that only the browser's requests count."""
    demo = Demo(
        shop_url=f"http://shop.localhost:{ports.shop}",
        server_url=f"http://widget.localhost:{ports.server}",
        simulator_url=f"http://pay.localhost:{ports.simulator}",
        brand_url=f"http://brand.localhost:{ports.brand}",
        admin_url=f"http://admin.localhost:{ports.server}",
        admin_key=secrets.token_urlsafe(32),
    )
    with tempfile.TemporaryDirectory(prefix="steppay-demo-") as folder:
        settings = _settings(demo, ports, secrets.token_urlsafe(24), Path(folder))
        shop = _shop(demo, ports, settings)
        brand = create_brand(
            widget_url=demo.server_url, shop_url=demo.shop_url, templates_dir=templates_dir(), static_dir=static_dir()
        )
        with (
            run_together(settings, ports, demo.simulator_url, shop=shop, jobs=jobs),
            serving(brand, ports.brand, _advice("brand")),
        ):
            yield demo


@contextmanager
def run_together(
    settings: Settings,
    ports: Ports,
    simulator_url: str,
    *,
    shop: Flask | None = None,
    jobs: bool = True,
    products: Sequence[Product] = (),
) -> Iterator[None]:
    """The simulated StepPay, the server and a worker; `shop` None: it runs elsewhere. Raises `ConfigurationError` for a
    port that is taken."""
    upgrade(settings.database_url)
    secret, token = settings.webhook_secrets[0].reveal(), settings.secret_token.reveal()
    webhook = Webhook(f"http://127.0.0.1:{ports.server}{WEBHOOK_PATH}", secret) if jobs else None
    with ExitStack() as stack:
        for option, port, app in (
            ("simulator", ports.simulator, _simulator(simulator_url, token, webhook, products)),
            ("server", ports.server, create_app(settings)),
            ("shop", ports.shop, shop),
        ):
            if app is not None:
                stack.enter_context(serving(app, port, _advice(option) if shop else f"--{option}-port"))
        if webhook:
            stack.callback(webhook.stop)
            stack.enter_context(_working(settings))
        yield


def _advice(option: str) -> str:
    """How to choose another port."""
    return f'--{option}-port (with make: DEMO_ARGS="--{option}-port NUMBER")'


@contextmanager
def _working(settings: Settings) -> Iterator[None]:
    """A worker thread; its running jobs end before the servers do."""
    stop = threading.Event()
    thread = threading.Thread(target=make_worker(settings).run, args=(stop,), name="demo-worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _settings(demo: Demo, ports: Ports, token: str, folder: Path) -> Settings:
    rules, offers = folder / "pages.toml", folder / "offers.toml"
    rules.write_text(_PAGE_RULES, "utf-8")
    offers.write_text(offers_file(demo.brand_url), "utf-8")
    return read_settings(
        {
            "WIDGET_ENV": "sandbox",
            "STEPPAY_SECRET_TOKEN": token,
            "STEPPAY_API_URL": f"http://127.0.0.1:{ports.simulator}",
            "WIDGET_PUBLIC_URL": demo.server_url,
            "WIDGET_ALLOWED_ORIGINS": f"{demo.shop_url},{demo.brand_url}",
            "WIDGET_DATABASE_URL": f"sqlite:///{folder / 'widget.db'}",
            "WIDGET_PAGE_RULES_FILE": str(rules),
            "WIDGET_OFFERS_FILE": str(offers),
            "WIDGET_SIGNING_KEY_FILE": str(folder / "signing-keys.json"),
            "WIDGET_API_KEY": secrets.token_urlsafe(32),
            "STEPPAY_WEBHOOK_SECRETS": secrets.token_urlsafe(32),
            "WIDGET_NOTIFY_URL": f"http://127.0.0.1:{ports.shop}{MESSAGES_PATH}",
            "WIDGET_NOTIFY_SECRET": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "WIDGET_ADMIN_ORIGIN": demo.admin_url,
            "WIDGET_ADMIN_KEY": demo.admin_key,
            "WIDGET_PLAYGROUND": f"{demo.shop_url}/playground",
            **_shop_settings(demo.shop_url),
            "WIDGET_RATE_LIMIT": "off",  # every client of the demo has the same address
        }
    )


def _shop_settings(shop_url: str) -> dict[str, str]:
    """What shoppers read of the shop."""
    return {
        "WIDGET_SHOP_NAME": "달보드레 커피",
        "WIDGET_SHOP_LOGO_URL": f"{shop_url}/static/img/shop-logo.svg",
        "WIDGET_SHOP_SUPPORT": "02-123-4567",
        "WIDGET_SHOP_ORDERS_URL": f"{shop_url}/orders",
    }


@contextmanager
def run_simulator(
    port: int,
    public_url: str,
    token: str,
    webhook: Webhook | None,
    products: Sequence[Product],
    *,
    host: str = LOOPBACK,
) -> Iterator[None]:
    """Only the simulated StepPay; `webhook` None: it sends no events."""
    with serving(_simulator(public_url, token, webhook, products), port, "--port", host=host):
        yield
    if webhook:
        webhook.stop()


def _simulator(public_url: str, token: str, webhook: Webhook | None, products: Sequence[Product] = ()) -> Flask:
    return create_simulator(
        secret_token=token,
        public_url=public_url,
        templates_dir=templates_dir(),
        static_dir=static_dir(),
        webhook=webhook,
        products=products,
    )


def _shop(demo: Demo, ports: Ports, settings: Settings) -> Flask:
    server = f"http://127.0.0.1:{ports.server}"
    return create_shop(
        steppay_api_url=settings.steppay_api_url,
        secret_token=settings.secret_token.reveal(),
        widget_url=demo.server_url,
        widget_api=WidgetApi(server, settings.api_key.reveal()) if settings.api_key else None,
        public_url=demo.shop_url,
        templates_dir=templates_dir(),
        static_dir=static_dir(),
        messages_secret=settings.notify_secret.reveal() if settings.notify_secret else None,
        portal_url=f"{demo.simulator_url}/portal",
        brand_url=demo.brand_url,
        admin_url=demo.admin_url,
    )
