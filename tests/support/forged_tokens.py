"""Tokens that must never count: attacks of FF-01, FF-02 and FF-04, made from a genuine token and, where the attack
needs it, with the real key. Each stands under its case's id with the code that it must be refused with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from widget_server.adapters.keys.signing_keys import SigningKey

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
GOOD_HEADER = {"alg": "EdDSA", "typ": "steppay-verdict+jwt"}

Attacks = dict[str, tuple[object, str]]


def fixed_key(name: str) -> SigningKey:
    """The same key in every run, so that the names of tests are the same in every process."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def part(value: object) -> str:
    return encode(json.dumps(value).encode())


def claims_of(token: str) -> dict[str, Any]:
    claims = json.loads(decode(token.split(".")[1]))
    assert isinstance(claims, dict)
    return claims


def signed(key: SigningKey, claims: object, header: object) -> str:
    """Any header and payload, truly signed by `key`; `header` may be ready text."""
    head = encode(header.encode()) if isinstance(header, str) else part(header)
    return sealed(key, head, part(claims))


def sealed(key: SigningKey, head: str, body: str) -> str:
    """Two parts as they are, truly signed."""
    return f"{head}.{body}.{encode(key.private.sign(f'{head}.{body}'.encode()))}"


def attacks(token: str, key: SigningKey) -> Attacks:
    """Every attack on the genuine `token`, which `key` has signed."""
    return {
        **rewritten(token),
        **without_signature(token, key),
        **other_algorithms(token, key),
        **other_keys(token, key),
        **other_headers(token, key),
        **not_tokens(token),
        **other_shapes(token, key),
        **other_bytes(token, key),
    }


def harmful(token: str, key: SigningKey) -> dict[str, str]:
    """Of `attacks` those that a reader must refuse or be robbed: not signed by `key` as they are, or not as a verdict.
    A JOSE library may pass over a header's member that it does not use."""
    made = {
        **rewritten(token),
        **without_signature(token, key),
        **other_algorithms(token, key),
        **other_keys(token, key),
        **other_headers(token, key),
    }
    return {name: str(value) for name, (value, _code) in made.items() if not name.endswith("embedded, really signed")}


def rewritten(token: str) -> Attacks:
    """FF-01: the page's script writes what it likes into the genuine verdict."""
    head, _body, signature = token.split(".")
    told = claims_of(token)
    changes: dict[str, Mapping[str, object]] = {
        "verdict": {"verdict": "paid", "fulfill": True, "rewritten": True},
        "order": {"sub": "order_of_another"},
        "expiry": {"exp": told["exp"] + 86400},
        "amount": {"amount": 1},
    }
    return {
        f"FF-01 rewritten {name}": (f"{head}.{part({**told, **change})}.{signature}", "bad_signature")
        for name, change in changes.items()
    }


def without_signature(token: str, key: SigningKey) -> Attacks:
    head, body, signature = token.split(".")
    made: Attacks = {
        "FF-02 signature stripped": (f"{head}.{body}.", "malformed"),
        "FF-02 two parts": (f"{head}.{body}", "malformed"),
        "FF-02 two signatures": (f"{token}.{signature}", "malformed"),
        "FF-02 json serialization": (
            json.dumps({"payload": body, "signatures": [{"protected": head, "signature": signature}] * 2}),
            "malformed",
        ),
        "FF-02 zero signature": (f"{head}.{body}.{encode(bytes(64))}", "bad_signature"),
        "FF-02 signature plus group order": (f"{head}.{body}.{malleated(signature)}", "bad_signature"),
    }
    for alg in ("none", "", "NONE", "nOnE", None):
        header = part({**GOOD_HEADER, "alg": alg, "kid": key.kid})
        made[f"FF-02 alg {alg!r} unsigned"] = (f"{header}.{body}.", "malformed")
        made[f"FF-02 alg {alg!r} with a signature"] = (f"{header}.{body}.{signature}", "wrong_header")
    return made


def malleated(signature: str) -> str:
    """The same R with S + L: verifies where S is not checked to be below the group order (RFC 8032, 5.1.7)."""
    raw = decode(signature)
    number = int.from_bytes(raw[32:], "little") + GROUP_ORDER
    return encode(raw[:32] + number.to_bytes(32, "little"))


def other_algorithms(token: str, key: SigningKey) -> Attacks:
    """Key confusion: the public key as the secret of an HMAC, or the signature of another kind."""
    _head, body, _signature = token.split(".")
    made: Attacks = {}
    secrets = {"bytes": decode(key.x), "x": key.x.encode(), "jwk": json.dumps(key.public).encode()}
    for name, secret in secrets.items():
        for alg in ("HS256", "EdDSA"):
            message = f"{part({**GOOD_HEADER, 'alg': alg, 'kid': key.kid})}.{body}"
            digest = hmac.new(secret, message.encode(), hashlib.sha512).digest()
            code = "wrong_header" if alg == "HS256" else "bad_signature"
            made[f"FF-02 hmac with the public key's {name} as {alg}"] = (f"{message}.{encode(digest)}", code)
    es256 = part({**GOOD_HEADER, "alg": "ES256", "kid": key.kid})
    made["FF-02 es256 with r and s zero"] = (f"{es256}.{body}.{encode(bytes(64))}", "wrong_header")
    for alg in ("Ed25519", "eddsa", "EdDSA ", ["EdDSA"], 1):
        header = {**GOOD_HEADER, "alg": alg, "kid": key.kid}
        made[f"FF-02 really signed, alg {alg!r}"] = (signed(key, claims_of(token), header), "wrong_header")
    return made


def other_keys(token: str, key: SigningKey) -> Attacks:
    told, foreign = claims_of(token), fixed_key("a stranger")
    made: Attacks = {
        "FF-02 another key under our kid": (signed(foreign, told, {**GOOD_HEADER, "kid": key.kid}), "bad_signature"),
        "FF-02 another key under its own kid": (
            signed(foreign, told, {**GOOD_HEADER, "kid": foreign.kid}),
            "unknown_key",
        ),
    }
    for kid in ("/dev/null", "../../etc/passwd", "https://evil.tld/key", "' OR 1=1 --", "", "constructor", "__proto__"):
        made[f"FF-02 kid {kid!r}"] = (signed(foreign, told, {**GOOD_HEADER, "kid": kid}), "unknown_key")
    kids = {"null": None, "zero": 0, "in a list": [key.kid], "in an object": {"kid": key.kid}, "true": True}
    for name, kid in kids.items():
        made[f"FF-02 kid {name}"] = (signed(key, told, {**GOOD_HEADER, "kid": kid}), "wrong_header")
    made["FF-02 no kid"] = (signed(key, told, GOOD_HEADER), "wrong_header")
    return made


def other_headers(token: str, key: SigningKey) -> Attacks:
    """Members that ask the reader to trust or to understand something; and the types of other tokens (FF-04)."""
    told, foreign = claims_of(token), fixed_key("a stranger")
    asked: dict[str, object] = {
        "jwk": foreign.public,
        "jku": "https://evil.tld/jwks.json",
        "x5u": "https://evil.tld/cert.pem",
        "x5c": ["MIIB"],
        "crit": ["exp"],
        "b64": False,
        "zip": "DEF",
    }
    made: Attacks = {}
    for name, value in asked.items():
        header = {**GOOD_HEADER, "kid": key.kid, name: value}
        made[f"FF-02 {name} embedded"] = (signed(foreign, told, header), "wrong_header")
        made[f"FF-02 {name} embedded, really signed"] = (signed(key, told, header), "wrong_header")
    for typ in ("JWT", "steppay-webhook+jwt", "STEPPAY-VERDICT+JWT", "application/steppay-verdict+jwt", None):
        header = {"alg": "EdDSA", "typ": typ, "kid": key.kid}
        made[f"FF-04 typ {typ!r}"] = (signed(key, told, header), "wrong_header")
    made["FF-04 no typ"] = (signed(key, told, {"alg": "EdDSA", "kid": key.kid}), "wrong_header")
    for name, text in {"deep": "[" * 6000, "list": "[{}, {}, {}, {}, {}]", "text": '"' + "x" * 30 + '"'}.items():
        made[f"FF-02 header {name}"] = (signed(key, told, text), "malformed")
    return made


def not_tokens(token: str) -> Attacks:
    values: dict[str, object] = {
        "nothing": None,
        "true": True,
        "a number": 5,
        "a list": [token],
        "an object": {"token": token},
        "empty": "",
        "dots": "..",
        "padding": token + "==",
        "a space before": " " + token,
        "a line break after": token + "\n",
        "other letters": token.replace("e", "\u0435"),
        "huge": token + "A" * 20000,
        "bits that no decoder reads": token[:-1] + chr(ord(token[-1]) + 1),
    }
    return {f"FF-02 {name} instead of a token": (value, "malformed") for name, value in values.items()}


SHAPES: list[tuple[str, object, str]] = [
    *(("iat", value, "malformed") for value in (None, True, "0", 1.5, [])),
    *(("exp", value, "malformed") for value in (None, True, "9999999999", 9999999999.5, {})),
    *(("iss", value, "wrong_issuer") for value in (None, "", 7, ["https://pay.shop.kr"], {})),
    *(("aud", value, "wrong_audience") for value in (None, "", "SHOP", [], [None], [""], [["SHOP"]], {"0": "SHOP"})),
    *(("sub", value, "wrong_order") for value in (None, "", 7, True, [], {})),
    *(("orderId", value, "malformed") for value in (None, True, "183682", 7.5, [])),
    *(("verdict", value, "malformed") for value in (None, True, 1, ["paid"], {})),
    *(("reason", value, "malformed") for value in (None, True, 7, [])),
    *(("fulfill", value, "malformed") for value in (None, 1, "true", [], {})),
    *(("amount", value, "malformed") for value in (None, True, "10000", [10000], {"value": 10000})),
    *(("currency", value, "wrong_currency") for value in (None, "", 410, True, ["KRW"], "krw")),
]
"""Claims that a genuine token never has, with the refusal; "SHOP" stands for the shop of the token."""


def other_shapes(token: str, key: SigningKey) -> Attacks:
    """FF-01: truly signed, but a claim is of another kind. No reader may take one kind for the other."""
    told, header = claims_of(token), {**GOOD_HEADER, "kid": key.kid}
    made: Attacks = {}
    for name, value, code in SHAPES:
        shape = json.loads(json.dumps(value).replace("SHOP", told["aud"][0]))
        made[f"FF-01 {name} {value!r}"] = (signed(key, {**told, name: shape}, header), code)
    for name in sorted(told.keys() - {"jti"}):
        codes = {claim: code for claim, value, code in SHAPES if value is None}
        rest = {claim: value for claim, value in told.items() if claim != name}
        made[f"FF-01 no {name}"] = (signed(key, rest, header), codes[name])
    for value in ([], {}, "paid", 5, None, [told]):
        made[f"FF-01 claims {str(value)[:5]}"] = (signed(key, value, header), "malformed")
    return made


def other_bytes(token: str, key: SigningKey) -> Attacks:
    """FF-02: truly signed, but no UTF-8, no JSON, or base64 of a second spelling."""
    head, body, _signature = token.split(".")
    raw = {"header": decode(head), "payload": decode(body)}
    made: Attacks = {}
    for place, text in raw.items():
        ways = {
            "in UTF-16": text.decode().encode("utf-16"),
            "in UTF-32": text.decode().encode("utf-32"),
            "with a byte order mark": b"\xef\xbb\xbf" + text,
            "with a byte that is no UTF-8": text[:-1] + b',"x":"\xff"}',
            "with NaN": text[:-1] + b',"x":NaN}',
            "with Infinity": text[:-1] + b',"x":-Infinity}',
            "with a comma too much": text[:-1] + b",}",
            "cut off": text[:-1],
            "followed by another": text + text,
        }
        for way, content in ways.items():
            parts = {"header": head, "payload": body, place: encode(content)}
            made[f"FF-02 {place} {way}"] = (sealed(key, parts["header"], parts["payload"]), "malformed")
        parts = {"header": head, "payload": body, place: respelled(text)}
        made[f"FF-02 {place} in a second spelling"] = (sealed(key, parts["header"], parts["payload"]), "malformed")
    return made


def respelled(content: bytes) -> str:
    """Base64 whose last letter has a bit that belongs to no byte; a space makes the length fit."""
    text = content if len(content) % 3 else content[:-1] + b" " + content[-1:]
    spelled = encode(text)
    return spelled[:-1] + chr(ord(spelled[-1]) + 1)
