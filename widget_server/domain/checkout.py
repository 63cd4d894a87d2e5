"""A checkout: one opening of the pay page, known to the shop's page by an id that cannot be guessed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

CHECKOUT_ID = re.compile(r"[A-Za-z0-9_-]{22}")
"""16 random bytes in base64url without padding: 128 bits."""

LIFETIME = timedelta(days=7)
"""A virtual account may be paid days later; then the id expires."""

MODES = ("redirect", "tab", "popup", "iframe")
LOCALES = ("ko", "en")

CheckoutState = Literal["open", "returned"]


@dataclass(frozen=True)
class Checkout:
    """`origin` is the shop page that opened the checkout (`https://shop.kr`), None if it did not say.

    `verdict` is the last answer given for this checkout, as JSON members without message and token; it holds no
    personal data. `claim` is how the shopper came back: `success`, `error` or `cancel`; None: not yet, or no status.
    """

    id: str
    order_code: str
    mode: str
    origin: str | None
    locale: str | None
    created_at: datetime
    expires_at: datetime
    returned_at: datetime | None = None
    verdict: Mapping[str, object] | None = None
    claim: str | None = None

    @property
    def state(self) -> CheckoutState:
        return "open" if self.returned_at is None else "returned"
