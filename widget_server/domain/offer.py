"""An offer: what a static page sells. Its price, its pages and its texts are the merchant's; a page only names it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from widget_server.domain.verdict_json import json_number

Phone = Literal["none", "optional", "required"]


@dataclass(frozen=True)
class OfferText:
    """What a shopper reads of the offer."""

    title: str
    text: str | None = None


@dataclass(frozen=True)
class Offer:
    """`amount`: of one piece. `least`, `most`: how many pieces. `open_for`: so long the order can be paid. `origins`:
    the pages that may sell it. `texts`: by language, at least one."""

    id: str
    product: str
    price: str
    currency: str
    amount: Decimal
    least: int
    most: int
    open_for: timedelta
    origins: tuple[str, ...]
    phone: Phone
    privacy_url: str
    texts: Mapping[str, OfferText]

    def pieces(self, given: object) -> int | None:
        """How many are bought. None: not so many. Unless it is given, as few as can be."""
        if given is None:
            return self.least
        return given if type(given) is int and self.least <= given <= self.most else None

    @property
    def pieces_sentence(self) -> str:
        if self.least == self.most:
            return f"Must be {self.least}."
        return f"Must be a whole number from {self.least} to {self.most}."

    def items(self, pieces: int) -> list[dict[str, object]]:
        """As `domain.new_order` reads them."""
        item = {"productCode": self.product, "priceCode": self.price, "currency": self.currency, "quantity": pieces}
        return [item]

    def buyer(self, given: object) -> dict[str, object]:
        """The members of a new customer that this offer takes, as `domain.new_order` reads them. Nothing else counts:
        not the number of a customer, and not the wish to be an earlier one (docs/decisions/0074)."""
        members = given if isinstance(given, Mapping) else {}
        buyer: dict[str, object] = {"name": members.get("name"), "email": members.get("email")}
        phone = members.get("phone")
        if self.phone == "required" or (self.phone == "optional" and phone not in (None, "")):
            buyer["phone"] = "" if phone is None else phone
        return buyer

    def body(self, language: str) -> dict[str, object]:
        """What a page shows."""
        shown = self.texts.get(language) or next(iter(self.texts.values()))
        return {
            "offer": self.id,
            "title": shown.title,
            "text": shown.text,
            "amount": json_number(self.amount),
            "currency": self.currency,
            "quantity": {"min": self.least, "max": self.most},
            "phone": self.phone,
            "privacyUrl": self.privacy_url,
        }


def is_page_address(text: str, *, on_this_machine: bool) -> bool:
    """Whether a shopper's browser may follow it from a payment: https. `on_this_machine`: also http on loopback."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or not text.isprintable() or " " in text:
        return False
    loopback = host in ("127.0.0.1", "localhost") or host.endswith(".localhost")
    return parts.scheme == "https" or (parts.scheme == "http" and on_this_machine and loopback)
