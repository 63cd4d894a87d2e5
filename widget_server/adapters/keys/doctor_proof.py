"""How the doctor shows the server, through everything in front of it, that it may ask which client was counted: signed
with the keys that sign verdicts, which both can read. No secret leaves the machine."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from widget_server.adapters.keys.signing_keys import SigningKey

FRESH_SECONDS = 300
_PROOF = re.compile(r"(?P<at>[0-9]{1,12})\.(?P<signature>[A-Za-z0-9_-]{86})")


def make_proof(key: SigningKey, at: float) -> str:
    """`at`: Unix time."""
    moment = str(int(at))
    signature = base64.urlsafe_b64encode(key.private.sign(_words(moment))).rstrip(b"=").decode()
    return f"{moment}.{signature}"


def proof_check(public_keys: Callable[[], Mapping[str, object]], clock: Callable[[], float]) -> Callable[[str], bool]:
    """Whether a text is a fresh proof under one of these keys (JWK set)."""

    def is_proof(text: str) -> bool:
        match = _PROOF.fullmatch(text)
        if match is None or abs(clock() - int(match["at"])) > FRESH_SECONDS:
            return False
        listed = public_keys()["keys"]
        keys = [_decode(key["x"]) for key in listed] if isinstance(listed, list) else []
        return any(_verifies(key, _decode(match["signature"]), match["at"]) for key in keys)

    return is_proof


def _verifies(key: bytes, signature: bytes, moment: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _words(moment))
    except InvalidSignature:
        return False
    return True


def _words(moment: str) -> bytes:
    """No signed verdict begins like this."""
    return f"steppay-widget-server doctor {moment}".encode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
