"""Reads the settings one by one and collects what is wrong with them. Sentences name the setting, and never a value
that could be a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from widget_server.config.network import ca_file_problem, is_proxy_url
from widget_server.config.notify import is_webhook_secret, notify_url_problem
from widget_server.config.values import (
    ORIGIN,
    STEPPAY_API_URL,
    Secret,
    admin_origin_problem,
    is_loopback_url,
    is_redis_url,
    is_test_upstream,
    origin_of,
    origin_problem,
)
from widget_server.domain.rate_limit import RateLimit
from widget_server.errors import NotThereYet

SIGNING_KEY_FILE = "widget-signing-keys.json"
_PLACEHOLDER = re.compile(r"[{}<>$]|change-?me|your[-_ ]|secret[-_]token|placeholder|example", re.IGNORECASE)
_SHORTEST_TOKEN = 8
_LONGEST_TOKEN = 4096
_API_KEY = re.compile(r"[A-Za-z0-9._~+/-]{32,}=*")
"""What `Authorization: Bearer` can carry (RFC 6750 section 2.1). 32 characters: nobody guesses that."""
_FEWEST_DIFFERENT_CHARACTERS = 8
_RATE = re.compile(r"(?P<requests>[1-9][0-9]{0,5})/(?P<period>second|minute|hour)")
_PERIODS = {"second": 1, "minute": 60, "hour": 3600}
_FEW = re.compile(r"[0-9]")
_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+/?")
_DAYS = re.compile(r"[3-9][0-9]|[1-9][0-9]{2,4}")


class EnvReader:
    """Reads one variable a method and collects what is wrong with it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.known: set[str] = set()
        """The names that were asked for: all settings there are, once everything is read."""
        self.problems: list[str] = []
        self.env = self._text("WIDGET_ENV") or "production"
        if self.env not in ("production", "sandbox"):
            self._problem("WIDGET_ENV", "must be production or sandbox")
        if self._text("FLASK_DEBUG") not in ("", "0", "false"):
            self._problem("FLASK_DEBUG", "must not be set: the debugger runs any code that a visitor sends")

    def _value(self, name: str) -> str:
        self.known.add(name)
        return self._environ.get(name, "")

    def _text(self, name: str) -> str:
        return self._value(name).strip()

    def _problem(self, name: str, sentence: str) -> None:
        self.problems.append(type(sentence)(f"{name}: {sentence}"))

    def secret_token(self) -> Secret:
        name, token = "STEPPAY_SECRET_TOKEN", self._value("STEPPAY_SECRET_TOKEN")
        if not token.strip():
            self._problem(name, "is missing; copy the Secret-Token from StepPay's portal")
        elif not token.isascii() or not token.isprintable() or " " in token:
            self._problem(name, "holds a space, a line break or a character that no token has")
        elif self._is_simulated():
            if len(token) > _LONGEST_TOKEN:
                self._problem(name, f"is longer than {_LONGEST_TOKEN} characters")
        elif len(token) < _SHORTEST_TOKEN or _PLACEHOLDER.search(token):
            self._problem(name, "looks like a placeholder; copy the Secret-Token from StepPay's portal")
        return Secret(token)

    def _is_simulated(self) -> bool:
        """A StepPay of this machine takes any text for a secret."""
        return self.env == "sandbox" and is_loopback_url(self._text("STEPPAY_API_URL"))

    def api_key(self) -> Secret | None:
        """None: the routes of the merchant's backend are off."""
        return self._random_key("WIDGET_API_KEY")

    def admin_key(self) -> Secret | None:
        """None: there are no operator's pages."""
        name, key = "WIDGET_ADMIN_KEY", self._random_key("WIDGET_ADMIN_KEY")
        others = ("WIDGET_API_KEY", "WIDGET_NOTIFY_SECRET", "STEPPAY_WEBHOOK_SECRETS")
        if key is not None and key in [part.strip() for other in others for part in self._text(other).split(",")]:
            self._problem(name, "must differ from every other secret: it opens more than they do")
        return key

    def admin_origin(self) -> str | None:
        name, origin = "WIDGET_ADMIN_ORIGIN", self._text("WIDGET_ADMIN_ORIGIN").rstrip("/")
        if bool(origin) != bool(self._text("WIDGET_ADMIN_KEY")):
            self._problem(name, "WIDGET_ADMIN_ORIGIN and WIDGET_ADMIN_KEY go together; set both, or neither")
        elif origin and (problem := admin_origin_problem(origin, [self._text("WIDGET_PUBLIC_URL"), *self._origins()])):
            self._problem(name, problem)
        return origin or None

    def _random_key(self, name: str) -> Secret | None:
        key = self._value(name)
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
        match = ORIGIN.fullmatch(url)
        if match is None and ORIGIN.fullmatch(url.rstrip("/")):
            self._problem(name, f"ends with a slash: {url}; enter {url.rstrip('/')}")
        elif not match:
            self._problem(name, "must be scheme and host only, for example " + STEPPAY_API_URL)
        elif url != STEPPAY_API_URL and not (self.env == "sandbox" and is_test_upstream(match)):
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
        elif problem := origin_problem(url, self.env):
            self._problem(name, problem)
        return url

    def allowed_origins(self) -> tuple[str, ...]:
        name = "WIDGET_ALLOWED_ORIGINS"
        origins = self._origins()
        if not origins:
            self._problem(name, "is missing; list the shop's origins, such as https://shop.kr,https://www.shop.kr")
        for position, origin in enumerate(origins, start=1):
            if problem := origin_problem(origin, self.env):
                self._problem(name, f"entry {position} {problem}")
        return tuple(dict.fromkeys(origins))

    def database_url(self) -> str:
        name, url = "WIDGET_DATABASE_URL", self._text("WIDGET_DATABASE_URL") or "sqlite:///widget.db"
        if not url.startswith(("sqlite:///", "postgresql://")):
            self._problem(name, "must start with sqlite:/// or postgresql://")
        return url

    def page_rules_file(self) -> Path | None:
        name, text = "WIDGET_PAGE_RULES_FILE", self._text("WIDGET_PAGE_RULES_FILE")
        if text and not Path(text).is_file():
            self._problem(name, NotThereYet("names no readable file"))
        return Path(text) if text else None

    def signing_key_file(self) -> Path:
        name = "WIDGET_SIGNING_KEY_FILE"
        file = Path(self._text(name) or SIGNING_KEY_FILE)
        if not file.parent.is_dir():
            self._problem(name, NotThereYet("names a file in a folder that does not exist"))
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

    def rate_limit_store(self) -> Secret | None:
        """None: in the memory of each process."""
        name, url = "WIDGET_RATE_LIMIT_STORE", self._text("WIDGET_RATE_LIMIT_STORE") or "memory"
        if url == "memory":
            return None
        if not is_redis_url(url):
            self._problem(name, "must be memory, or redis://:password@host:6379/0, or rediss:// for one with TLS")
        elif find_spec("redis") is None:
            self._problem(name, "needs the package redis; install steppay-widget-server[redis]")
        return Secret(url)

    def trusted_proxies(self) -> int:
        name, text = "WIDGET_TRUSTED_PROXIES", self._text("WIDGET_TRUSTED_PROXIES") or "0"
        if not _FEW.fullmatch(text):
            self._problem(name, "must be the number of your own proxies in front of this server, from 0 to 9")
            return 0
        return int(text)

    def playground(self) -> bool:
        return self.env == "sandbox" or self._text("WIDGET_PLAYGROUND") not in ("", "off")

    def playground_orders_url(self) -> str | None:
        name, url = "WIDGET_PLAYGROUND", self._text("WIDGET_PLAYGROUND")
        if url in ("", "off", "on"):
            return None
        origin = origin_of(url) or ""
        if origin not in self._origins() or not _PLAIN_PATH.fullmatch(url.removeprefix(origin)):
            self._problem(name, "must be on, off, or the address of a page of WIDGET_ALLOWED_ORIGINS, without a query")
        return url

    def _origins(self) -> list[str]:
        return [part.strip() for part in self._text("WIDGET_ALLOWED_ORIGINS").split(",") if part.strip()]

    def webhook_secrets(self) -> tuple[Secret, ...]:
        """The newest first; empty: the signed webhook route is off."""
        name = "STEPPAY_WEBHOOK_SECRETS"
        secrets = [part.strip() for part in self._text(name).split(",") if part.strip()]
        for position, secret in enumerate(secrets, start=1):
            if len(secret) < _SHORTEST_TOKEN or not secret.isascii() or _PLACEHOLDER.search(secret):
                self._problem(name, f"entry {position} is no secret of a webhook; copy it from StepPay's portal")
        return tuple(map(Secret, dict.fromkeys(secrets)))

    def notify_url(self) -> str | None:
        name, url = "WIDGET_NOTIFY_URL", self._text("WIDGET_NOTIFY_URL")
        private = self._text("WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK") == "on"
        if url and (problem := notify_url_problem(url, sandbox=self.env == "sandbox", private=private)):
            self._problem(name, problem)
        if bool(url) != bool(self._text("WIDGET_NOTIFY_SECRET")):
            self._problem(name, "WIDGET_NOTIFY_URL and WIDGET_NOTIFY_SECRET go together; set both, or neither")
        return url or None

    def notify_secret(self) -> Secret | None:
        name, secret = "WIDGET_NOTIFY_SECRET", self._text("WIDGET_NOTIFY_SECRET")
        if secret and not is_webhook_secret(secret):
            self._problem(name, 'must be whsec_ and base64 of 24 to 64 bytes: echo "whsec_$(openssl rand -base64 32)"')
        return Secret(secret) if secret else None

    def retention_days(self) -> int | None:
        name, text = "WIDGET_RETENTION_DAYS", self._text("WIDGET_RETENTION_DAYS") or "off"
        if text != "off" and not _DAYS.fullmatch(text):
            self._problem(name, "must be a number of days from 30 to 99999, or off")
            return None
        return None if text == "off" else int(text)

    def metrics_key(self) -> Secret | None:
        """None: `/metrics` is off and nothing is counted."""
        name, key = "WIDGET_METRICS_KEY", self._value("WIDGET_METRICS_KEY")
        if not key.strip():
            return None
        if key in (self._environ.get("STEPPAY_SECRET_TOKEN"), self._environ.get("WIDGET_API_KEY")):
            self._problem(name, "must differ from the other secrets: whoever watches the server needs none of them")
        elif not _API_KEY.fullmatch(key) or len(set(key)) < _FEWEST_DIFFERENT_CHARACTERS or _PLACEHOLDER.search(key):
            self._problem(
                name, "must be random, 32 characters or more of A-Z a-z 0-9 . _ ~ + / -: openssl rand -hex 32"
            )
        return Secret(key)

    def metrics_dir(self) -> Path | None:
        name, text = "WIDGET_METRICS_DIR", self._text("WIDGET_METRICS_DIR")
        if text and not Path(text).is_dir():
            self._problem(name, NotThereYet("names no folder"))
        return Path(text) if text else None

    def traces_url(self) -> str | None:
        """None: nothing is traced."""
        name, url = "WIDGET_TRACES_URL", self._text("WIDGET_TRACES_URL")
        if url and (origin_of(url) is None or "?" in url or "#" in url):
            self._problem(name, "must be the http(s) address of a collector, such as http://127.0.0.1:4318/v1/traces")
        return url or None

    def ca_file(self) -> Path | None:
        name, text = "WIDGET_CA_FILE", self._text("WIDGET_CA_FILE")
        if text and (problem := ca_file_problem(Path(text))):
            self._problem(name, problem)
        return Path(text) if text else None

    def egress_proxy(self) -> Secret | None:
        """None: every call goes straight to its target."""
        name, url = "WIDGET_EGRESS_PROXY", self._text("WIDGET_EGRESS_PROXY")
        if url and not is_proxy_url(url):
            self._problem(name, "must be http://host:port of a proxy that takes CONNECT, perhaps with user:password@")
        return Secret(url) if url else None

    def read_bool(self, name: str) -> bool:
        text = self._text(name) or "off"
        if text not in ("on", "off"):
            self._problem(name, "must be on or off")
        return text == "on"
