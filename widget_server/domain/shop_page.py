"""The shop's page that a plain link was on, carried through StepPay in our return page's address.

In base64url, so that nothing in it (an `order_id` or `status` of the shop's own) can be taken for what StepPay appends.
Nothing is stored: a shop's address may hold personal data.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

PAGE = "page"
_LONGEST = 1024


def encode_page(url: str) -> str:
    return urlsafe_b64encode(url.encode()).decode().rstrip("=")


def decode_page(text: str | None) -> str | None:
    """What `encode_page` wrote, and only that. Whether it may be linked to is for the caller to say."""
    if not text or len(text) > 2 * _LONGEST:
        return None
    try:
        url = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return None
    return url if is_short_and_plain(url) and encode_page(url) == text else None


def is_short_and_plain(url: str) -> bool:
    return len(url) <= _LONGEST and url.isascii() and url.isprintable() and not set(url) & set(' "<>\\\\^`{|}')
