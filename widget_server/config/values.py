"""Parsers of settings: secrets, numbers, files. Those of addresses are in `addresses.py`."""

import base64
import binascii
import re
import ssl
from collections.abc import Callable
from pathlib import Path

from widget_server.config.addresses import is_loopback_url
from widget_server.config.secret import Secret
from widget_server.config.table import Given, Invalid, Parser
from widget_server.domain.rate_limit import RateLimit
from widget_server.errors import TransientProblem

_PLACEHOLDER = re.compile(r"[{}<>$]|change-?me|your[-_ ]|secret[-_]token|placeholder|example", re.IGNORECASE)
_SHORTEST_TOKEN, _LONGEST_TOKEN = 8, 4096
_KEY = re.compile(r"[A-Za-z0-9._~+/-]{32,}=*")
"""What `Authorization: Bearer` can carry (RFC 6750 section 2.1); 32 characters cannot be guessed."""
_FEWEST_DIFFERENT_CHARACTERS = 8
_WEBHOOK_SECRET_BYTES = range(24, 65)
"""Standard Webhooks, "Signature scheme"."""
_RATE = re.compile(r"(?P<requests>[1-9][0-9]{0,5})/(?P<period>second|minute|hour)")
_PERIODS = {"second": 1, "minute": 60, "hour": 3600}
_DAYS = re.compile(r"[3-9][0-9]|[1-9][0-9]{2,4}")
_GRACE_DAYS = re.compile(r"[0-9]|[12][0-9]|30")


def secret_token(text: str, given: Given) -> Secret:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise Invalid("holds a space, a line break or a character that no token has")
    if given.sandbox and is_loopback_url(given.text("STEPPAY_API_URL")):  # a simulated StepPay takes any text
        if len(text) > _LONGEST_TOKEN:
            raise Invalid(f"is longer than {_LONGEST_TOKEN} characters")
    elif len(text) < _SHORTEST_TOKEN or _PLACEHOLDER.search(text):
        raise Invalid("looks like a placeholder; copy the Secret-Token from StepPay's portal")
    return Secret(text)


def random_key(text: str, _given: Given) -> Secret:
    if not _KEY.fullmatch(text) or len(set(text)) < _FEWEST_DIFFERENT_CHARACTERS or _PLACEHOLDER.search(text):
        raise Invalid("must be random, 32 characters or more of A-Z a-z 0-9 . _ ~ + / -: openssl rand -hex 32")
    return Secret(text)


def webhook_secrets(text: str, _given: Given) -> tuple[Secret, ...]:
    """The newest first."""
    secrets = [part.strip() for part in text.split(",") if part.strip()]
    wrong = [
        f"entry {position} is no secret of a webhook; copy it from StepPay's portal"
        for position, secret in enumerate(secrets, start=1)
        if len(secret) < _SHORTEST_TOKEN or not secret.isascii() or _PLACEHOLDER.search(secret)
    ]
    if wrong:
        raise Invalid(*wrong)
    return tuple(map(Secret, dict.fromkeys(secrets)))


def notify_secret(text: str, _given: Given) -> Secret:
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith("whsec_") or len(key) not in _WEBHOOK_SECRET_BYTES:
        raise Invalid('must be whsec_ and base64 of 24 to 64 bytes: echo "whsec_$(openssl rand -base64 32)"')
    return Secret(text)


def one_of(*words: str) -> Parser:
    def parse(text: str, _given: Given) -> str:
        if text not in words:
            raise Invalid(f"must be {' or '.join(words)}")
        return text

    return parse


def on_or_off(text: str, given: Given) -> bool:
    return bool(one_of("on", "off")(text, given) == "on")


def off_or(word: str) -> Parser:
    """Whether it is that word."""

    def parse(text: str, given: Given) -> bool:
        return bool(one_of("off", word)(text, given) == word)

    return parse


def rate_limit(text: str, _given: Given) -> RateLimit | None:
    """None: no limit."""
    return None if text == "off" else _limit(text, "60/minute; or off")


def order_limit(text: str, _given: Given) -> RateLimit:
    """Strangers make these orders, so there is always a limit."""
    return _limit(text, "30/hour")


def _limit(text: str, example: str) -> RateLimit:
    match = _RATE.fullmatch(text)
    if match is None:
        raise Invalid(f"must be a number from 1, a slash and second, minute or hour, such as {example}")
    return RateLimit(int(match["requests"]), _PERIODS[match["period"]])


def proxy_count(text: str, _given: Given) -> int:
    if not re.fullmatch("[0-9]", text):
        raise Invalid("must be the number of your own proxies in front of this server, from 0 to 9")
    return int(text)


def retention_days(text: str, _given: Given) -> int | None:
    """None: nothing is deleted."""
    if text == "off":
        return None
    if not _DAYS.fullmatch(text):
        raise Invalid("must be a number of days from 30 to 99999, or off")
    return int(text)


def grace_days(text: str, _given: Given) -> int:
    if not _GRACE_DAYS.fullmatch(text):
        raise Invalid("must be a number of days from 0 to 30")
    return int(text)


def _path(is_there: Callable[[Path], bool], sentence: str) -> Parser:
    def parse(text: str, _given: Given) -> Path:
        if not is_there(Path(text)):
            raise Invalid(TransientProblem(sentence))
        return Path(text)

    return parse


readable_file = _path(Path.is_file, "names no readable file")
folder = _path(Path.is_dir, "names no folder")
file_in_a_folder = _path(lambda file: file.parent.is_dir(), "names a file in a folder that does not exist")
"""The server makes the file."""


def ca_file(text: str, _given: Given) -> Path:
    try:
        ssl.create_default_context(cafile=text)
    except ssl.SSLError:
        raise Invalid("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)") from None
    except OSError:
        raise Invalid("names a file that cannot be read") from None
    return Path(text)


def no_debugger(text: str, _given: Given) -> None:
    if text not in ("0", "false"):
        raise Invalid("must not be set: the debugger runs any code that a client sends")
