"""Everything the routes need, put together once by `app.create_app` and handed over as one frozen value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from widget_server.config import Settings
from widget_server.domain.model import Claim, Verdict
from widget_server.services.checkout import Addresses
from widget_server.services.ports import Attempts, Clock, Expectations, Inbox, Ledger, Rules, Signer, StepPay
from widget_server.services.record import verify_recorded
from widget_server.services.remember import Memory


@dataclass(frozen=True)
class Deps:
    """`new_attempt_id` gives 22 unguessable characters; `clock` aware UTC."""

    settings: Settings
    steppay: StepPay
    attempts: Attempts
    expectations: Expectations
    ledger: Ledger
    inbox: Inbox
    rules: Rules
    signer: Signer
    clock: Clock
    new_attempt_id: Callable[[], str]
    memory: Memory | None = None

    def verify(self, claim: Claim, cause: str) -> Verdict:
        """Ask StepPay and keep what it said; a `backend` that wants a fresh check gets one. Raises what
        `services.expectations.verify_bound` raises."""
        return verify_recorded(
            claim,
            cause,
            steppay=self.steppay,
            clock=self.clock,
            expectations=self.expectations,
            ledger=self.ledger,
            memory=None if cause == "backend" else self.memory,
        )

    @property
    def addresses(self) -> Addresses:
        return Addresses(self.settings.public_url, self.settings.steppay_api_url)
