"""CF-05: each problem of a signing key has its own sentence, and a key is refused for its own fault alone."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.forged_tokens import decode, encode, fixed_key
from tests.unit.test_signing_keys import entry, problem, written
from widget_server.adapters.keys.signing_keys import SigningKey, edit, load_or_create
from widget_server.errors import ConfigurationError

# RFC 8037, appendix A.1 to A.3.
RFC_D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
RFC_KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def key_of(secret: bytes) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(secret))


def spread(different: int) -> bytes:
    """32 bytes, none of which can be typed, with so many different ones."""
    return bytes(128 + n % different for n in range(32))


RFC_KEY = key_of(decode(RFC_D))
GOOD, OTHERS = entry(RFC_KEY), [entry(fixed_key(f"key {n}")) for n in range(9)]
NO_PART_D = "has no private part d of 32 bytes in base64url"
NO_ED25519 = "is not an Ed25519 key (kty OKP, crv Ed25519)"
WEAK = "is weak: not random bytes. Remove the file, and the next start makes a good one"
NOT_A_SET = "is not a JWK set in JSON"
TOO_MANY = "must be a JWK set of 1 to 8 keys"


def test_a_key_is_published_as_the_rfc_says() -> None:
    public = {"kty": "OKP", "crv": "Ed25519", "x": RFC_X, "kid": RFC_KID, "use": "sig", "alg": "EdDSA"}
    assert RFC_KEY.public == public


def test_a_key_shows_nothing_of_itself_and_cannot_be_exchanged() -> None:
    assert repr(RFC_KEY) == "SigningKey()"
    with pytest.raises(FrozenInstanceError):
        RFC_KEY.private = Ed25519PrivateKey.generate()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ([], NO_ED25519),
        ({**GOOD, "kty": "EC"}, NO_ED25519),
        ({**GOOD, "crv": "X25519"}, NO_ED25519),
        ({**GOOD, "d": None}, NO_PART_D),
        ({**GOOD, "d": "\u0435" * 43}, NO_PART_D),
        ({**GOOD, "d": RFC_D[:9] + "!" + RFC_D[9:]}, NO_PART_D),
        ({**GOOD, "d": RFC_D[:9] + "!!!!" + RFC_D[9:]}, NO_PART_D),
        ({**GOOD, "d": RFC_D + "X"}, NO_PART_D),
        ({**GOOD, "d": encode(decode(RFC_D)[:31])}, NO_PART_D),
        ({**GOOD, "d": encode(decode(RFC_D) + b"x")}, NO_PART_D),
        (entry(key_of(bytes(32))), WEAK),
        (entry(key_of(spread(15))), WEAK),
        (entry(key_of(b"correct horse battery staple 123")), WEAK),
        ({**GOOD, "x": OTHERS[0]["x"]}, "has a public part x that does not belong to its private part d"),
    ],
    ids=repr,
)
def test_a_key_is_refused_for_its_own_fault(tmp_path: Path, bad: object, sentence: str) -> None:
    told = problem(written(tmp_path, OTHERS[1], bad))
    assert told == f"WIDGET_SIGNING_KEY_FILE: key number 2 {sentence}"


@pytest.mark.parametrize("good", [GOOD, {**GOOD, "d": RFC_D + "="}, entry(key_of(spread(16)))], ids=repr)
def test_a_key_without_fault_is_read(tmp_path: Path, good: dict[str, str]) -> None:
    assert [key.x for key in load_or_create(written(tmp_path, good), [])] == [good["x"]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"canary", NOT_A_SET),
        (b"[" * 9999, NOT_A_SET),
        (b"[]", NOT_A_SET),
        (b"{}", NOT_A_SET),
        (b'{"keys": {}}', TOO_MANY),
        (b'{"keys": "canary"}', TOO_MANY),
        (b'{"keys": []}', TOO_MANY),
        (json.dumps({"keys": OTHERS}).encode(), TOO_MANY),
        (json.dumps({"keys": [GOOD, GOOD]}).encode(), "holds the same key twice"),
    ],
    ids=lambda value: value[:20],
)
def test_a_file_is_refused_for_its_own_fault(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = written(tmp_path)
    file.write_bytes(content)
    assert problem(file) == f"WIDGET_SIGNING_KEY_FILE: {sentence}"


def test_a_file_that_vanishes_again_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", lambda _source, _target: None)
    told = problem(tmp_path / "keys.json")
    assert told == "WIDGET_SIGNING_KEY_FILE: cannot be read after it was created"


def test_a_start_with_a_key_file_writes_nothing(tmp_path: Path) -> None:
    """The folder may be read-only then, as a mounted secret is."""
    file = written(tmp_path, GOOD)
    os.utime(tmp_path, (0, 0))
    load_or_create(file, [])
    assert tmp_path.stat().st_mtime == 0


SPELLINGS = [
    encode,
    lambda raw: encode(raw) + "=",
    lambda raw: encode(raw) + "==",
    lambda raw: base64.b64encode(raw).decode(),
    lambda raw: "whsec_" + base64.b64encode(raw).decode(),
    lambda raw: raw.hex(),
]


@pytest.mark.parametrize("number", range(len(SPELLINGS)))
def test_a_secret_with_two_uses_is_refused_in_every_spelling(tmp_path: Path, number: int) -> None:
    raw = bytes(range(255, 223, -1))
    assert {"+", "/"} <= set(base64.b64encode(raw).decode())
    told = problem(written(tmp_path, entry(key_of(raw))), "another-secret", SPELLINGS[number](raw))
    assert told.endswith("key number 1 is also another setting's secret; each secret must have one use")


@pytest.mark.parametrize(
    ("raw", "secret"),
    [
        ("가나다라마바사아자차é", "가나다라마바사아자차é"),
        ("가나다라마바사아자차é", "whsec_가나다라마바사아자차é"),
        ("whsec_가나다라마바사아é", "whsec_가나다라마바사아é"),
    ],
)
def test_a_secret_with_two_uses_is_refused_when_it_is_words(tmp_path: Path, raw: str, secret: str) -> None:
    assert "another setting's secret" in problem(written(tmp_path, entry(key_of(raw.encode()))), secret)


def test_another_secret_is_no_reason_to_refuse_a_key(tmp_path: Path) -> None:
    assert load_or_create(written(tmp_path, GOOD), ["another-secret", "whsec_" + OTHERS[0]["d"], "0123456789abcdef"])


@pytest.mark.parametrize("count", [1, 8])
def test_one_to_eight_keys_are_kept_in_a_file_that_a_person_can_read(tmp_path: Path, count: int) -> None:
    file = written(tmp_path, GOOD)
    keys = [fixed_key(f"key {n}") for n in range(count)]
    edit(file, [], lambda _keys: keys)
    assert file.read_text("utf-8") == json.dumps({"keys": OTHERS[:count]}, indent=2) + "\n"
    assert [key.kid for key in load_or_create(file, [])] == [key.kid for key in keys]


@pytest.mark.parametrize("count", [0, 9])
def test_no_other_number_of_keys_is_kept(tmp_path: Path, count: int) -> None:
    with pytest.raises(ConfigurationError, match=r"^WIDGET_SIGNING_KEY_FILE: may hold 1 to 8 keys$"):
        edit(written(tmp_path, GOOD), [], lambda _keys: [fixed_key(f"key {n}") for n in range(count)])
