"""Everything the routes need, put together once by `app.create_app` and handed over as one frozen value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from widget_server.config import Settings
from widget_server.domain.model import Claim, Verdict
from widget_server.domain.order_record import Cause
from widget_server.domain.verdict_json import verdict_body
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.errors import WidgetServerError
from widget_server.services.checkouts import BaseUrls
from widget_server.services.metrics import VERDICTS, NullMetrics
from widget_server.services.ports import (
    Checkouts,
    Clock,
    Expectations,
    Inbox,
    Ledger,
    Metrics,
    Rules,
    Signer,
    StepPay,
    Tracer,
)
from widget_server.services.record import verify_and_record
from widget_server.services.reopening import find_obstacle
from widget_server.services.verdict_cache import VerdictCache
from widget_server.web.admin.deps import AdminDeps


@dataclass(frozen=True)
class Deps:
    """`new_checkout_id` gives 22 unguessable characters; `clock` aware UTC; `scrape` Prometheus's text, None
    where nothing is counted; `traces` None where nobody wants them; `desk` None: there are no operator's pages."""

    settings: Settings
    steppay: StepPay
    checkouts: Checkouts
    expectations: Expectations
    ledger: Ledger
    inbox: Inbox
    rules: Rules
    signer: Signer
    clock: Clock
    new_checkout_id: Callable[[], str]
    figures: Metrics = field(default_factory=NullMetrics)
    scrape: Callable[[], bytes] | None = None
    traces: Tracer | None = None
    desk: AdminDeps | None = None
    memory: VerdictCache | None = None

    def verify(self, claim: Claim, cause: Cause) -> Verdict:
        """Ask StepPay and keep what it said; a `backend` that wants a fresh check gets one. Raises what
        `services.expectations.verify_bound` raises."""
        try:
            verdict = verify_and_record(
                claim,
                cause,
                steppay=self.steppay,
                clock=self.clock,
                expectations=self.expectations,
                ledger=self.ledger,
                memory=None if cause is Cause.BACKEND else self.memory,
            )
        except WidgetServerError as error:
            self.figures.count(VERDICTS, VerdictKind.UNKNOWN.value, error.code, cause)
            raise
        self.figures.count(VERDICTS, verdict.finding.kind.value, verdict.finding.reason, cause)
        return verdict

    def find_obstacle(self, order_code: str) -> Mapping[str, object] | None:
        """The verdict to show instead of a pay page. Raises what `services.again.find_obstacle` raises."""
        ask = lambda code: verdict_body(self.verify(Claim(code), Cause.VERIFY))  # noqa: E731
        return find_obstacle(order_code, self.checkouts, self.ledger, self.expectations, ask)

    @property
    def addresses(self) -> BaseUrls:
        return BaseUrls(self.settings.public_url, self.settings.steppay_api_url)
