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
    an opening; of the address, for those who know neither.

    `ORDER`, `ORDER_BURST`, `ORDER_ALL`: new orders of offers, which strangers make at StepPay."""

    ASK = "ask"
    OPEN = "open"
    POLL = "poll"
    RULE = "rule"
    CROWD_ASK = "crowd_ask"
    CROWD_OPEN = "crowd_open"
    CROWD_POLL = "crowd_poll"
    CROWD_ORDER = "crowd_order"
    ORDER = "order"
    ORDER_BURST = "order_burst"
    ORDER_ALL = "order_all"
    FREE = "free"


def order_limits(limit: RateLimit) -> dict[RateLimitBucket, RateLimit]:
    """Of the orders that offers make. `limit`: those of one client, a fifth of them at once; all clients of one offer
    twenty times as many."""
    at_once = RateLimit(max(1, limit.requests // 5), max(1, limit.seconds // 60))
    all_clients = RateLimit(limit.requests * 20, limit.seconds)
    return {
        RateLimitBucket.ORDER_BURST: at_once,
        RateLimitBucket.ORDER: limit,
        RateLimitBucket.ORDER_ALL: all_clients,
    }
