"""Hashes that tell nothing without the signing keys' file: HMAC-SHA-256 under keys that are derived from its keys.

The database may be copied, the file stays. A guess at an e-mail or an order number cannot be compared with such a hash.
"""

import hmac
from collections.abc import Callable, Sequence

from widget_server.adapters.keys.signing_keys import SigningKey

KeyedHash = Callable[[str], tuple[str, ...]]
_PURPOSE = b"steppay-widget-server order requests"
"""A secret of its own for this use (NIST SP 800-108): no signature tells anything about it."""


def keyed_hash(keys: Sequence[SigningKey]) -> KeyedHash:
    """64 hexadecimal digits for each key, the one that signs first: it is stored under. While a key is added, activated
    or removed on one host after the other, every host knows the signing key of every other, and looks under all."""
    secrets = [hmac.digest(key.private.private_bytes_raw(), _PURPOSE, "sha256") for key in keys]

    def hashes(text: str) -> tuple[str, ...]:
        return tuple(hmac.digest(secret, text.encode(), "sha256").hex() for secret in secrets)

    return hashes
