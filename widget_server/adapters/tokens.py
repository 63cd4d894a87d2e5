"""Signed verdicts as compact JWS (RFC 7515) with Ed25519 (RFC 8037); docs/decisions/0008 says why so."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence

from jwt import PyJWS

from widget_server.adapters.signing_keys import SigningKey

ALGORITHM = "EdDSA"
TYPE = "steppay-verdict+jwt"
"""RFC 8725, 3.11: a type of its own, so that no other token of anybody can be taken for a verdict."""


class JwsSigner:
    """Signs with the first key and publishes all of them."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._key = keys[0]
        self._published = [key.public for key in keys]
        self._jws = PyJWS(algorithms=[ALGORITHM])

    def sign(self, claims: Mapping[str, object]) -> str:
        payload = json.dumps({**claims, "jti": secrets.token_urlsafe(16)}, separators=(",", ":")).encode()
        headers = {"typ": TYPE, "kid": self._key.kid}
        return self._jws.encode(payload, self._key.private, algorithm=ALGORITHM, headers=headers)

    def public_keys(self) -> Mapping[str, object]:
        return {"keys": self._published}
