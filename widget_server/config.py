"""The settings: read from an explicit mapping into a frozen object, every problem named at once, no value ever
repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from widget_server.config_merchant import is_webhook_secret, merchant_url_problem
from widget_server.errors import ConfigurationFault

STEPPAY_API_URL = "https://api.steppay.kr"
_HOST = r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
_ORIGIN = re.compile(rf"(?P<scheme>https?)://{_HOST}(?::(?P<port>[1-9][0-9]{{0,4}}))?")
_DEFAULT_PORTS = {"https": "443", "http": "80"}
_PLACEHOLDER = re.compile(r"[{}<>$]|change-?me|your[-_ ]|secret[-_]token|placeholder|example", re.IGNORECASE)
_SHORTEST_TOKEN = 8
_API_KEY = re.compile(r"[A-Za-z0-9._~+/-]{32,}=*")
"""What `Authorization: Bearer` can carry (RFC 6750 section 2.1). 32 characters: nobody guesses that."""
_FEWEST_DIFFERENT_CHARACTERS = 8
_RATE = re.compile(r"(?P<requests>[1-9][0-9]{0,5})/(?P<period>second|minute|hour)")
_PERIODS = {"second": 1, "minute": 60, "hour": 3600}
_FEW = re.compile(r"[0-9]")
_DAYS = re.compile(r"[3-9][0-9]|[1-9][0-9]{2,4}")


class Secret(str):
    """A string that never shows itself: not in `repr`, `str`, `%s` or an f-string. It compares, encodes and goes into a
    header as what it is; `plain()` gives the text where a library insists on formatting it."""

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def plain(self) -> str:
        return str.__str__(self)


@dataclass(frozen=True)
class RateLimit:
    """So many requests of one client in so many seconds."""

    requests: int
    seconds: int


@dataclass(frozen=True)
class Settings:
    """What one server process runs with. Origins are exact (`https://shop.kr`), URLs have no trailing slash."""

    secret_token: Secret
    public_url: str
    allowed_origins: tuple[str, ...]
    steppay_api_url: str = STEPPAY_API_URL
    env: str = "production"
    database_url: str = field(default="sqlite:///widget.db", repr=False)
    pages_file: Path | None = None
    signing_key_file: Path = Path("widget-signing-keys.json")
    api_key: Secret | None = None
    rate_limit: RateLimit | None = RateLimit(60, 60)
    trusted_proxies: int = 0
    webhook_secrets: tuple[Secret, ...] = ()
    webhook_v1: bool = False
    merchant_url: str | None = field(default=None, repr=False)
    merchant_secret: Secret | None = None
    merchant_private: bool = False
    retention_days: int | None = None

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every `Secret` among the settings, also those inside of tuples: none may have a second use."""
        values = [getattr(self, setting.name) for setting in fields(self)]
        each = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
        return tuple(part for part in each if isinstance(part, Secret))

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Origins whose pages may call us: the shops, and our own return page."""
        return tuple(dict.fromkeys((*self.allowed_origins, self.public_url)))


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from environment variables; raises `ConfigurationFault` naming every problem."""
    reader = _Reader(environ)
    settings = Settings(
        secret_token=reader.secret_token(),
        public_url=reader.public_url(),
        allowed_origins=reader.allowed_origins(),
        steppay_api_url=reader.steppay_api_url(),
        env=reader.env,
        database_url=reader.database_url(),
        pages_file=reader.pages_file(),
        signing_key_file=reader.signing_key_file(),
        api_key=reader.api_key(),
        rate_limit=reader.rate_limit(),
        trusted_proxies=reader.trusted_proxies(),
        webhook_secrets=reader.webhook_secrets(),
        webhook_v1=reader.switch("WIDGET_WEBHOOK_V1"),
        merchant_url=reader.merchant_url(),
        merchant_secret=reader.merchant_secret(),
        merchant_private=reader.switch("WIDGET_MERCHANT_PRIVATE"),
        retention_days=reader.retention_days(),
    )
    if reader.problems:
        raise ConfigurationFault(reader.problems)
    return settings


class _Reader:
    """Reads one variable a method and collects what is wrong with it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []
        self.env = self._text("WIDGET_ENV") or "production"
        if self.env not in ("production", "sandbox"):
            self._problem("WIDGET_ENV", "must be production or sandbox")
        if self._text("FLASK_DEBUG") not in ("", "0", "false"):
            self._problem("FLASK_DEBUG", "must not be set: the debugger runs any code that a visitor sends")

    def _text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def _problem(self, name: str, sentence: str) -> None:
        self.problems.append(f"{name}: {sentence}")

    def secret_token(self) -> Secret:
        name, token = "STEPPAY_SECRET_TOKEN", self._environ.get("STEPPAY_SECRET_TOKEN", "")
        if not token.strip():
            self._problem(name, "is missing; copy the Secret-Token from StepPay's portal")
        elif not token.isascii() or not token.isprintable() or " " in token:
            self._problem(name, "holds a space, a line break or a character that no token has")
        elif len(token) < _SHORTEST_TOKEN or _PLACEHOLDER.search(token):
            self._problem(name, "looks like a placeholder; copy the Secret-Token from StepPay's portal")
        return Secret(token)

    def api_key(self) -> Secret | None:
        """None: the routes of the merchant's backend are off."""
        name, key = "WIDGET_API_KEY", self._environ.get("WIDGET_API_KEY", "")
        if not key.strip():
            return None
        if key == self._environ.get("STEPPAY_SECRET_TOKEN"):
            self._problem(name, "must differ from the Secret-Token, which belongs to StepPay alone")
        elif not _API_KEY.fullmatch(key):
            self._problem(name, "must have at least 32 characters of A-Z a-z 0-9 . _ ~ + / - and no space")
        elif len(set(key)) < _FEWEST_DIFFERENT_CHARACTERS or _PLACEHOLDER.search(key):
            self._problem(name, "looks like a placeholder; make a random one, such as with: openssl rand -hex 32")
        return Secret(key)

    def steppay_api_url(self) -> str:
        name, url = "STEPPAY_API_URL", self._text("STEPPAY_API_URL") or STEPPAY_API_URL
        match = _ORIGIN.fullmatch(url)
        if not match:
            self._problem(name, "must be scheme and host only, for example " + STEPPAY_API_URL)
        elif url != STEPPAY_API_URL and not (self.env == "sandbox" and _is_test_upstream(match)):
            self._problem(
                name,
                f"must be {STEPPAY_API_URL}; with WIDGET_ENV=sandbox also a loopback address "
                "or another https host of StepPay",
            )
        return url

    def public_url(self) -> str:
        name, url = "WIDGET_PUBLIC_URL", self._text("WIDGET_PUBLIC_URL").rstrip("/")
        if not url:
            self._problem(
                name, "is missing; give this server's address as browsers see it, such as https://pay.shop.kr"
            )
        elif problem := _origin_problem(url, self.env):
            self._problem(name, problem)
        return url

    def allowed_origins(self) -> tuple[str, ...]:
        name = "WIDGET_ALLOWED_ORIGINS"
        origins = [part.strip() for part in self._text(name).split(",") if part.strip()]
        if not origins:
            self._problem(name, "is missing; list the shop's origins, such as https://shop.kr,https://www.shop.kr")
        for position, origin in enumerate(origins, start=1):
            if problem := _origin_problem(origin, self.env):
                self._problem(name, f"entry {position} {problem}")
        return tuple(dict.fromkeys(origins))

    def database_url(self) -> str:
        name, url = "WIDGET_DATABASE_URL", self._text("WIDGET_DATABASE_URL") or "sqlite:///widget.db"
        if not url.startswith(("sqlite:///", "postgresql://")):
            self._problem(name, "must start with sqlite:/// or postgresql://")
        return url

    def pages_file(self) -> Path | None:
        name, text = "WIDGET_PAGES_FILE", self._text("WIDGET_PAGES_FILE")
        if text and not Path(text).is_file():
            self._problem(name, "names no readable file")
        return Path(text) if text else None

    def signing_key_file(self) -> Path:
        name = "WIDGET_SIGNING_KEY_FILE"
        file = Path(self._text(name) or Settings.signing_key_file)
        if not file.parent.is_dir():
            self._problem(name, "names a file in a folder that does not exist")
        return file

    def rate_limit(self) -> RateLimit | None:
        name, text = "WIDGET_RATE_LIMIT", self._text("WIDGET_RATE_LIMIT") or "60/minute"
        match = _RATE.fullmatch(text)
        if match:
            return RateLimit(int(match["requests"]), _PERIODS[match["period"]])
        if text != "off":
            self._problem(
                name, "must be a number from 1, a slash and second, minute or hour, such as 60/minute; or off"
            )
        return None

    def trusted_proxies(self) -> int:
        name, text = "WIDGET_TRUSTED_PROXIES", self._text("WIDGET_TRUSTED_PROXIES") or "0"
        if not _FEW.fullmatch(text):
            self._problem(name, "must be the number of your own proxies in front of this server, from 0 to 9")
            return 0
        return int(text)

    def webhook_secrets(self) -> tuple[Secret, ...]:
        """The newest first; empty: the signed webhook route is off."""
        name = "STEPPAY_WEBHOOK_SECRETS"
        secrets = [part.strip() for part in self._text(name).split(",") if part.strip()]
        for position, secret in enumerate(secrets, start=1):
            if len(secret) < _SHORTEST_TOKEN or not secret.isascii() or _PLACEHOLDER.search(secret):
                self._problem(name, f"entry {position} is no secret of a webhook; copy it from StepPay's portal")
        return tuple(map(Secret, dict.fromkeys(secrets)))

    def merchant_url(self) -> str | None:
        name, url = "WIDGET_MERCHANT_URL", self._text("WIDGET_MERCHANT_URL")
        if url and (problem := merchant_url_problem(url, sandbox=self.env == "sandbox")):
            self._problem(name, problem)
        if bool(url) != bool(self._text("WIDGET_MERCHANT_SECRET")):
            self._problem(name, "and WIDGET_MERCHANT_SECRET go together; set both, or neither")
        return url or None

    def merchant_secret(self) -> Secret | None:
        name, secret = "WIDGET_MERCHANT_SECRET", self._text("WIDGET_MERCHANT_SECRET")
        if secret and not is_webhook_secret(secret):
            self._problem(name, 'must be whsec_ and base64 of 24 to 64 bytes: echo "whsec_$(openssl rand -base64 32)"')
        return Secret(secret) if secret else None

    def retention_days(self) -> int | None:
        name, text = "WIDGET_RETENTION_DAYS", self._text("WIDGET_RETENTION_DAYS") or "off"
        if text != "off" and not _DAYS.fullmatch(text):
            self._problem(name, "must be a number of days from 30 to 99999, or off")
            return None
        return None if text == "off" else int(text)

    def switch(self, name: str) -> bool:
        text = self._text(name) or "off"
        if text not in ("on", "off"):
            self._problem(name, "must be on or off")
        return text == "on"


def _origin_problem(text: str, env: str) -> str | None:
    match = _ORIGIN.fullmatch(text)
    if not match:
        return "is not an exact origin: scheme, host in lower case and perhaps a port; no path, no pattern, no null"
    if match["port"] == _DEFAULT_PORTS[match["scheme"]]:
        return "names the default port, which browsers leave out; remove it"
    if match["scheme"] == "http" and not (env == "sandbox" and _is_loopback(match["host"])):
        return "must be https (http only with WIDGET_ENV=sandbox, for 127.0.0.1, localhost and *.localhost)"
    return None


def _is_test_upstream(match: re.Match[str]) -> bool:
    return _is_loopback(match["host"]) or (match["scheme"] == "https" and match["host"].endswith(".steppay.kr"))


def _is_loopback(host: str) -> bool:
    return host in ("127.0.0.1", "localhost") or host.endswith(".localhost")


def origin_of(url: str) -> str | None:
    """The origin of an absolute http(s) URL as a browser would send it, or None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    default = port is None or str(port) == _DEFAULT_PORTS[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}" + ("" if default else f":{port}")
