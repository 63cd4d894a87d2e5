"""How often one client may call, and what is counted apart."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class RateLimit:
    """So many requests of one client in so many seconds."""

    requests: int
    seconds: int


class RateLimitBucket(StrEnum):
    """What asks StepPay and what writes rows are counted apart from polling, so that a page that waits never uses up
    the check it waits for; so are questions for a page's rule, which every shopper's page asks. `FREE`: answered
    from memory, asked by the operator's own probes, or for the merchant's key or StepPay's signature alone.

    Many shoppers may share one address: an office, a phone network, an edge that hides them. So an address has larger
    `CROWD_` budgets, and behind each stands a small one, which the route uses (`spend` in
    `web/middleware/guard.py`): of the checkout, for those who know its unguessable id; of the order code, for
    an opening; of the address, for those who know neither."""

    ASK = "ask"
    OPEN = "open"
    POLL = "poll"
    RULE = "rule"
    CROWD_ASK = "crowd_ask"
    CROWD_OPEN = "crowd_open"
    CROWD_POLL = "crowd_poll"
    FREE = "free"
