"""What the routes work with: put together by `parts.make_deps`, one frozen value per process."""

from collections.abc import Callable
from dataclasses import dataclass

from widget_server.config import Settings
from widget_server.services.order_deps import OrderDeps
from widget_server.services.order_views import OrderDetail
from widget_server.services.ports import Checkouts, Inbox, Offers, Rules, Signer, Tracer
from widget_server.services.subscriptions import SubscriptionService
from widget_server.web.admin.deps import AdminDeps


@dataclass(frozen=True, kw_only=True)
class Deps(OrderDeps):
    """`new_checkout_id` gives 22 unguessable characters, `scrape` Prometheus's text. None: no metrics, no traces, no
    admin dashboard. `order_detail` may raise `errors.StorageError`. `take_token_use`: whether StepPay accepted, and
    refused, the token since the last time."""

    settings: Settings
    checkouts: Checkouts
    inbox: Inbox
    subscriptions: SubscriptionService
    rules: Rules
    offers: Offers
    signer: Signer
    order_detail: Callable[[str], OrderDetail]
    new_checkout_id: Callable[[], str]
    scrape: Callable[[], bytes] | None = None
    tracer: Tracer | None = None
    admin: AdminDeps | None = None
    take_token_use: Callable[[], tuple[bool, bool]] = lambda: (False, False)
