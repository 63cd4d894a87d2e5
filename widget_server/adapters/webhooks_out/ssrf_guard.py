"""Which addresses a delivery may go to. A name may lead anywhere, also to a cloud's metadata service; it is resolved
once, and connections go to exactly the addresses that were looked at (no second lookup to rebind)."""

from collections.abc import Sequence

from widget_server.adapters.steppay.deadline import Address
from widget_server.domain.public_address import is_public

__all__ = ["PrivateAddressError", "check_addresses", "is_public"]


class PrivateAddressError(OSError):
    """The name leads into a private network."""


def check_addresses(found: Sequence[Address], *, private: bool) -> None:
    """All of them must be public unless `private`. Raises `PrivateAddressError`."""
    if not (private or all(is_public(str(place[0])) for _family, place in found)):
        raise PrivateAddressError
