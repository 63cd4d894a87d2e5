"""Signed verdicts as compact JWS (RFC 7515) with Ed25519 (RFC 8037); docs/decisions/0008 says why so."""

import binascii
import json
import os
from collections.abc import Mapping, Sequence

from jwt import PyJWS

from widget_server.adapters.keys.signing_keys import SigningKey

ALGORITHM = "EdDSA"
TYPE = "steppay-verdict+jwt"
"""RFC 8725, 3.11: a type of its own, so that no token of another kind can be taken for a verdict."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class JwsSigner:
    """Signs with the first key and publishes all of them."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._key = keys[0]
        self._published = [key.public for key in keys]
        self._write = json.JSONEncoder(separators=(",", ":")).encode
        headers = {"typ": TYPE, "kid": self._key.kid}
        empty = PyJWS(algorithms=[ALGORITHM]).encode(b"", self._key.private, algorithm=ALGORITHM, headers=headers)
        self._head = empty.partition(".")[0].encode()

    def sign(self, claims: Mapping[str, object]) -> str:
        """What PyJWT's `encode` makes of it; all tokens of a key begin with the header that it wrote once."""
        payload = self._write({**claims, "jti": _base64url(os.urandom(16)).decode()})
        signed = self._head + b"." + _base64url(payload.encode())
        return (signed + b"." + _base64url(self._key.private.sign(signed))).decode()

    def public_keys(self) -> Mapping[str, object]:
        return {"keys": self._published}


def _base64url(content: bytes) -> bytes:
    """RFC 7515, section 2: without padding."""
    return binascii.b2a_base64(content, newline=False).translate(_URL_SAFE, b"=")
