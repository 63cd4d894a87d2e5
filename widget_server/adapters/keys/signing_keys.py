"""The keys that sign verdicts: Ed25519, kept as a JWK set (RFC 7517, RFC 8037). The first key signs, all are
published."""

import base64
import binascii
import hashlib
import json
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from widget_server.adapters.keys.secret_file import SecretFile

SETTING = "WIDGET_SIGNING_KEY_FILE"
MAX_KEYS = 8
_KEY_BYTES = 32
_FEWEST_DIFFERENT_BYTES = 16
"""32 random bytes hold about 30 different ones, and less than 16 once in more than 10^12 keys."""
_TYPED = frozenset(string.printable.encode())


class BadKey(ValueError):
    """A sentence that goes after "key number N"."""


@dataclass(frozen=True)
class SigningKey:
    private: Ed25519PrivateKey = field(repr=False)

    @cached_property
    def x(self) -> str:
        return _encode(self.private.public_key().public_bytes_raw())

    @cached_property
    def kid(self) -> str:
        """The key's thumbprint (RFC 7638): the same everywhere, so no operator has to invent names."""
        return _encode(hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{self.x}"}}'.encode()).digest())

    @property
    def public(self) -> dict[str, str]:
        return {"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.kid, "use": "sig", "alg": "EdDSA"}


def new_key() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.generate())


def load_or_create(path: Path, other_secrets: Sequence[str]) -> tuple[SigningKey, ...]:
    """The file's keys; a first one is made where there is no file. Safe in several processes at once.

    Raises `ConfigurationError` for a file that others can read, that is malformed, or that holds a key which is
    weak or equal to one of `other_secrets`.
    """
    file = SecretFile(path, SETTING)
    content = file.read()
    if content is None:
        file.create(_dump([new_key()]))
        content = file.read()
    if content is None:
        raise file.problem("cannot be read after it was created")
    return _parse(content, file, other_secrets)


def edit(
    path: Path, other_secrets: Sequence[str], change: Callable[[tuple[SigningKey, ...]], Sequence[SigningKey]]
) -> None:
    """Replace the file's keys by `change(keys)`. A running server goes on with the keys that it read at its start."""
    file = SecretFile(path, SETTING)
    keys = change(load_or_create(path, other_secrets))
    if not 1 <= len(keys) <= MAX_KEYS:
        raise file.problem(f"may hold 1 to {MAX_KEYS} keys")
    file.replace(_dump(keys))


def _dump(keys: Sequence[SigningKey]) -> bytes:
    entries = [
        {"kty": "OKP", "crv": "Ed25519", "x": key.x, "d": _encode(key.private.private_bytes_raw())} for key in keys
    ]
    return json.dumps({"keys": entries}, indent=2).encode() + b"\n"


def _parse(content: bytes, file: SecretFile, other_secrets: Sequence[str]) -> tuple[SigningKey, ...]:
    try:
        entries = json.loads(content)["keys"]
        count = len(entries) if isinstance(entries, list) else 0
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise file.problem("is not a JWK set in JSON") from error
    if not 1 <= count <= MAX_KEYS:
        raise file.problem(f"must be a JWK set of 1 to {MAX_KEYS} keys")
    keys = []
    for number, entry in enumerate(entries, start=1):
        try:
            keys.append(_read_key(entry, other_secrets))
        except BadKey as error:
            raise file.problem(f"key number {number} {error}") from None
    if len({key.kid for key in keys}) < count:
        raise file.problem("holds the same key twice")
    return tuple(keys)


def _read_key(entry: object, other_secrets: Sequence[str]) -> SigningKey:
    if not isinstance(entry, dict) or (entry.get("kty"), entry.get("crv")) != ("OKP", "Ed25519"):
        raise BadKey("is not an Ed25519 key (kty OKP, crv Ed25519)")
    secret = _decode(entry.get("d"))
    if secret is None or len(secret) != _KEY_BYTES:
        raise BadKey(f"has no private part d of {_KEY_BYTES} bytes in base64url")
    if len(set(secret)) < _FEWEST_DIFFERENT_BYTES or _TYPED.issuperset(secret):
        raise BadKey("is weak: not random bytes. Remove the file, and the next start makes a good one")
    if any(secret in _readings(other) for other in other_secrets):
        raise BadKey("is also another setting's secret; each secret must have one use")
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(secret))
    if entry.get("x") != key.x:
        raise BadKey("has a public part x that does not belong to its private part d")
    return key


def _readings(secret: str) -> set[bytes | None]:
    """The bytes that a secret may stand for: as it is written, base64 (also behind `whsec_`) and hexadecimal."""
    text = secret.removeprefix("whsec_")
    try:
        hexadecimal = bytes.fromhex(text)
    except ValueError:
        hexadecimal = None
    return {secret.encode(), text.encode(), hexadecimal, _decode(text)}


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: object) -> bytes | None:
    if not isinstance(text, str) or not text.isascii():
        return None
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        return None
