"""The settings that shoppers read: who the shop is, and where to ask. All of them are optional and public."""

# ruff: noqa: RUF009 - `setting` gives a dataclass field, as `dataclasses.field` does

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from widget_server.config.addresses import given_shops, origin_of
from widget_server.config.table import Given, Invalid, setting
from widget_server.domain.shop_page import is_short_and_plain

_LONGEST_NAME = 40
_PHONE = re.compile(r"[+(]?[0-9][0-9() .-]*[0-9]")
_PHONE_DIGITS = range(7, 16)
"""ITU-T E.164 allows 15 digits; Korea's service numbers, such as 1588-1234, have 8."""
_EMAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_WRONG_CONTACT = (
    "must be a phone number, an e-mail address or an https address, such as 02-123-4567, help@shop.kr or "
    "https://pf.kakao.com/_shop/chat"
)


class Contact(NamedTuple):
    """A link: `label` is what shoppers read, `url` begins with `tel:`, `mailto:` or `https:`."""

    label: str
    url: str


def _name(text: str, _given: Given) -> str:
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise Invalid(f"must have at most {_LONGEST_NAME} characters, no line break and no invisible character")
    return text


def _address_of_shop(text: str, given: Given) -> str:
    if not is_short_and_plain(text) or origin_of(text) not in given_shops(given):
        raise Invalid("must be an address of one of WIDGET_ALLOWED_ORIGINS, of at most 1024 plain characters")
    return text


def _contact(text: str, _given: Given) -> Contact:
    digits = re.sub("[^0-9]", "", text)
    if _PHONE.fullmatch(text) and len(digits) in _PHONE_DIGITS:
        return Contact(text, f"tel:{'+' if text.startswith('+') else ''}{digits}")
    if _EMAIL.fullmatch(text):
        return Contact(text, f"mailto:{text}")
    if text.startswith("https://") and is_short_and_plain(text) and origin_of(text):
        return Contact((urlsplit(text).hostname or "").removeprefix("www."), text)
    raise Invalid(_WRONG_CONTACT)


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    """These rows of the table; `Settings` has them too."""

    shop_name: str | None = setting(
        "WIDGET_SHOP_NAME",
        _name,
        "the shop's name as shoppers know it, at most 40 characters; it stands above the verdict, see [what shoppers "
        "see of the shop](shop-identity.md)",
    )
    shop_logo_url: str | None = setting(
        "WIDGET_SHOP_LOGO_URL",
        _address_of_shop,
        "a picture of your shop beside its name, of one of `WIDGET_ALLOWED_ORIGINS`; it is shown 40 pixels high",
    )
    shop_support: Contact | None = setting(
        "WIDGET_SHOP_SUPPORT",
        _contact,
        "where shoppers ask for help: a phone number, an e-mail address, or an https address such as a chat channel's",
    )
    shop_orders_url: str | None = setting(
        "WIDGET_SHOP_ORDERS_URL",
        _address_of_shop,
        "your page of a shopper's orders, of one of `WIDGET_ALLOWED_ORIGINS`: the next step after a payment",
    )

    @property
    def shop_members(self) -> dict[str, object]:
        """What is set, as JSON members for the widget."""
        support = self.shop_support and self.shop_support._asdict()
        members = {"name": self.shop_name, "support": support, "ordersUrl": self.shop_orders_url}
        return {name: value for name, value in members.items() if value}
