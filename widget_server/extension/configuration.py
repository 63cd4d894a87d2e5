"""What the extension reads: `app.config` first, then the environment, and what follows from the application itself.

The public URL never comes from a request: its `Host` is the client's to choose, and StepPay sends shoppers back there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from flask import Flask

from widget_server.adapters.offers_file import load_offers
from widget_server.adapters.page_rules import load_page_rules
from widget_server.cli.environment import process_environment
from widget_server.config import Settings, is_loopback, read_settings
from widget_server.config.reading import NAMES, is_service_link
from widget_server.errors import ConfigurationError
from widget_server.extension.values import NotText, as_text

PREFIX, WORKER, URL = "STEPPAY_CHECKOUT_PREFIX", "STEPPAY_CHECKOUT_WORKER", "STEPPAY_CHECKOUT_URL"
OWN_NAMES = (PREFIX, WORKER, URL)
"""The settings that only the extension has."""
DEFAULT_PREFIX = "/steppay"
_SERVER_NAMES = tuple(name for name in NAMES if name != "FLASK_DEBUG")
_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
_NEAR = 0.85
"""A shop has settings of its own that begin with STEPPAY_: only what looks like a slip of ours is a problem."""
_NO_ADDRESS = (
    'is missing; set it to your shop\'s address as browsers see it, such as "https://shop.kr" (or SERVER_NAME with '
    'PREFERRED_URL_SCHEME). On your own machine: WIDGET_ENV = "sandbox" and WIDGET_PUBLIC_URL = "http://127.0.0.1:5000"'
)
_STAND_IN = "https://shop.invalid"
"""Lets the other settings be read, so that one start names every problem."""


@dataclass(frozen=True)
class Configuration:
    """`texts`: every setting of the server that is set. `prefix`: `/steppay`. `remote_url`: as given, or ""."""

    texts: Mapping[str, str] = field(repr=False)
    prefix: str
    has_worker_thread: bool
    remote_url: str
    problems: tuple[str, ...] = ()


def read_configuration(app: Flask) -> Configuration:
    """What is written down, with the application's own defaults not yet in it."""
    found, problems = dict[str, str](), []
    for name, value in _given(app).items():
        try:
            found[name] = as_text(value)
        except NotText as error:
            problems.append(f"{name}: {error}")
    problems += _misspelled(app)
    prefix = (found.pop(PREFIX, "").strip() or DEFAULT_PREFIX).rstrip("/")
    if not _PATH.fullmatch(prefix):
        problems.append(f"{PREFIX}: must be a path of plain segments, such as {DEFAULT_PREFIX}")
        prefix = DEFAULT_PREFIX  # so that nothing else seems to be wrong
    worker = found.pop(WORKER, "").strip()
    if worker not in ("", "thread"):
        problems.append(f'{WORKER}: must be "thread", or unset where `flask steppay worker` runs')
    remote = found.pop(URL, "").strip()
    return Configuration(found, prefix, worker == "thread", remote, tuple(problems))


def server_settings(app: Flask, given: Configuration) -> tuple[Settings, Mapping[str, str]]:
    """The settings of the server inside the application, and the same as text. Raises `ConfigurationError`, which
    names every problem."""
    environ, problems = dict(given.texts), list(given.problems)
    problems += _debugger(app, environ)
    address = _address(app, environ)
    if address is None:
        problems.append(f"WIDGET_PUBLIC_URL: {_NO_ADDRESS}")
    public_url = _below((address or _STAND_IN).strip().rstrip("/"), given.prefix)
    environ["WIDGET_PUBLIC_URL"] = public_url
    derived = not environ.get("WIDGET_ALLOWED_ORIGINS", "").strip()
    if derived:
        environ["WIDGET_ALLOWED_ORIGINS"] = ",".join(_own_origins(public_url, environ))
    problems += _use_instance_folder(app, environ)
    try:
        settings = replace(read_settings(environ), in_application=True)
        load_page_rules(settings.page_rules_file)
        load_offers(settings.offers_file, settings.allowed_origins, sandbox=settings.env == "sandbox")
    except ConfigurationError as error:
        raise ConfigurationError([*problems, *(_said_once(error.problems) if derived else error.problems)]) from None
    if problems:
        raise ConfigurationError(problems)
    return settings, environ


def _said_once(problems: Sequence[str]) -> list[str]:
    """Origins that were made of a wrong address are wrong too; the shop never wrote them."""
    is_address = any(problem.startswith("WIDGET_PUBLIC_URL:") for problem in problems)
    return [one for one in problems if not (is_address and one.startswith("WIDGET_ALLOWED_ORIGINS:"))]


def _given(app: Flask) -> dict[str, object]:
    """By name what is set, in `app.config` or else in the environment."""
    environ = process_environment()
    values = {name: app.config.get(name) for name in (*_SERVER_NAMES, *OWN_NAMES)}
    values = {name: environ.get(name) if value is None else value for name, value in values.items()}
    return {name: value for name, value in values.items() if value is not None}


def _misspelled(app: Flask) -> Iterator[str]:
    known = (*_SERVER_NAMES, *OWN_NAMES)
    environ = {name: value for name, value in process_environment().items() if not is_service_link(name, value)}
    for name in sorted({*map(str, app.config), *environ}):
        if name in known or not name.startswith(("WIDGET_", "STEPPAY_")):
            continue
        near = get_close_matches(name, known, n=1, cutoff=_NEAR)
        if near:
            yield f"{name}: is no setting; did you mean {near[0]}?"


def _debugger(app: Flask, environ: Mapping[str, str]) -> Iterator[str]:
    if app.debug and environ.get("WIDGET_ENV", "").strip() != "sandbox":
        yield 'FLASK_DEBUG: the debugger runs any code that a client sends; turn it off, or set WIDGET_ENV = "sandbox"'


def _address(app: Flask, environ: Mapping[str, str]) -> str | None:
    """The shop as browsers see it; None where it is not written down."""
    given = environ.get("WIDGET_PUBLIC_URL", "").strip()
    return given or host_address(app)


def host_address(app: Flask) -> str | None:
    """The application's own address, by Flask's settings."""
    name = app.config.get("SERVER_NAME")
    if not name:
        return None
    root = str(app.config.get("APPLICATION_ROOT") or "/").rstrip("/")
    return f"{app.config['PREFERRED_URL_SCHEME']}://{name}{root}"


def _below(address: str, prefix: str) -> str:
    return address if address.endswith(prefix) else address + prefix


def _own_origins(public_url: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The shop's origin. A developer's machine has two names."""
    scheme, _, rest = public_url.partition("://")
    netloc = rest.partition("/")[0]
    host, _, port = netloc.partition(":")
    if environ.get("WIDGET_ENV", "").strip() != "sandbox" or not is_loopback(host):
        return (f"{scheme}://{netloc}",)
    names = dict.fromkeys((host, "127.0.0.1", "localhost"))
    return tuple(f"{scheme}://{name}" + (f":{port}" if port else "") for name in names)


def _use_instance_folder(app: Flask, environ: dict[str, str]) -> Iterator[str]:
    """What the server keeps is, where nothing else is said, in the application's instance folder."""
    folder = Path(app.instance_path)
    defaults = {
        "WIDGET_DATABASE_URL": f"sqlite:///{folder / 'steppay.db'}",
        "WIDGET_SIGNING_KEY_FILE": str(folder / "steppay-signing-keys.json"),
    }
    if _is_set("WIDGET_METRICS_KEY", environ) or _is_set("WIDGET_ADMIN_KEY", environ):  # all processes count together
        defaults["WIDGET_METRICS_DIR"] = str(folder / "steppay-metrics")
    missing = {name: text for name, text in defaults.items() if not _is_set(name, environ)}
    environ.update(missing)
    try:
        for place in (folder, Path(missing.get("WIDGET_METRICS_DIR", folder))) if missing else ():
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        yield f"{' and '.join(missing)}: the application's instance folder cannot be made; set them to another place"


def _is_set(name: str, environ: Mapping[str, str]) -> bool:
    return any(environ.get(key, "").strip() for key in (name, f"{name}_FILE"))
