"""What the merchant's backend expects of an order: bound before payment, corrected until an answer settles it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from widget_server.domain.model import Expectation


@dataclass(frozen=True)
class Binding:
    """An expectation as it is stored; times are aware UTC. `settled_at`: when a final answer was first given under
    it. From then on it stands."""

    expectation: Expectation
    bound_at: datetime
    settled_at: datetime | None = None


class Outcome(StrEnum):
    """What became of a wish to bind."""

    CREATED = "created"
    KEPT = "kept"
    CHANGED = "changed"
    REFUSED = "refused"


def rebind(current: Binding | None, wanted: Expectation, now: datetime) -> tuple[Binding, Outcome]:
    """What stands afterwards. A shop may correct its cart before payment, but never what a final answer was checked
    against (docs/decisions/0012)."""
    if current is None:
        return Binding(wanted, now), Outcome.CREATED
    if current.expectation == wanted:
        return current, Outcome.KEPT
    if current.settled_at is not None:
        return current, Outcome.REFUSED
    return Binding(wanted, now), Outcome.CHANGED
