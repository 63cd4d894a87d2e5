"""The settings of `widget-server dev`: the same secrets in every run, so that the shop's own stay valid."""

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from widget_server.config import Settings, is_loopback, read_settings
from widget_server.config.addresses import origin_of
from widget_server.config.env_file import read_env_file
from widget_server.config.env_writer import write_env_file
from widget_server.demo.run import Ports
from widget_server.errors import ConfigurationError

_SECRETS: Mapping[str, Callable[[], str]] = {
    "STEPPAY_SECRET_TOKEN": lambda: f"simulated-{secrets.token_hex(16)}",
    "STEPPAY_WEBHOOK_SECRETS": lambda: f"simulated-{secrets.token_hex(16)}",
    "WIDGET_API_KEY": lambda: secrets.token_hex(24),
    "WIDGET_NOTIFY_SECRET": lambda: "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    "WIDGET_ADMIN_KEY": lambda: secrets.token_hex(24),
}
_OPTIONS = {
    "WIDGET_ALLOWED_ORIGINS": "--shop",
    "WIDGET_NOTIFY_URL": "--notify",
    "WIDGET_PAGE_RULES_FILE": "--page-rules",
    "WIDGET_OFFERS_FILE": "--offers",
}
SERVER_FILE, SHOP_FILE = "server.env", "shop.env"


@dataclass(frozen=True)
class DevSettings:
    """`server`: of the widget server, as text. `shop`: what the shop's backend needs, by the names of the recipes."""

    settings: Settings
    server: Mapping[str, str] = field(repr=False)
    shop: Mapping[str, str] = field(repr=False)

    def write(self, folder: Path) -> None:
        """For `--env-file` of other commands, and for the next run."""
        with _writing(folder):
            write_env_file(
                folder / SERVER_FILE, self.server, replace=True, head="Of `widget-server dev`, as it last ran."
            )
            write_env_file(
                folder / SHOP_FILE, self.shop, replace=True, head="What your shop needs for `widget-server dev`."
            )


def dev_settings(
    shops: Sequence[str],
    notify: str | None,
    files: Mapping[str, str | None],
    ports: Ports,
    *,
    folder: Path,
    database: Path,
) -> DevSettings:
    """`files`: of settings that name a file. Raises `ConfigurationError`, which names the options. Secrets are those of
    `folder`, or new."""
    with _writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", "utf-8")
    kept = _kept(folder)
    server_url, steppay_url = (f"http://127.0.0.1:{port}" for port in (ports.server, ports.simulator))
    server = {
        "WIDGET_ENV": "sandbox",
        "STEPPAY_API_URL": steppay_url,
        "WIDGET_PUBLIC_URL": server_url,
        "WIDGET_ALLOWED_ORIGINS": ",".join(_origins(shops)),
        "WIDGET_DATABASE_URL": f"sqlite:///{database}",
        "WIDGET_SIGNING_KEY_FILE": str(folder.absolute() / "signing-keys.json"),
        "WIDGET_ADMIN_ORIGIN": f"http://admin.localhost:{ports.server}",
        "WIDGET_RATE_LIMIT": "off",  # a developer's requests all come from one address
        **({"WIDGET_NOTIFY_URL": notify} if notify else {}),
        **{name: str(Path(file).absolute()) for name, file in files.items() if file},
        **{name: value for name, value in kept.items() if notify or name != "WIDGET_NOTIFY_SECRET"},
    }
    shop = {
        "STEPPAY_API_URL": steppay_url,
        "STEPPAY_SECRET_TOKEN": kept["STEPPAY_SECRET_TOKEN"],
        "PAY_SERVER": server_url,
        "WIDGET_API_KEY": kept["WIDGET_API_KEY"],
        "WIDGET_NOTIFY_SECRET": kept["WIDGET_NOTIFY_SECRET"],
    }
    try:
        return DevSettings(read_settings(server), server, shop)
    except ConfigurationError as error:
        raise ConfigurationError([_by_option(str(problem)) for problem in error.problems]) from None


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError([f"--folder: {folder} cannot be written ({error.strerror})"]) from error


def _kept(folder: Path) -> dict[str, str]:
    """Of the last run in this folder; what is not there is made."""
    found = dict[str, str]()
    for file in (folder / SERVER_FILE, folder / SHOP_FILE):
        found |= read_env_file(file) if file.exists() else {}
    return {name: found.get(name) or make() for name, make in _SECRETS.items()}


def _origins(shops: Sequence[str]) -> list[str]:
    """As browsers send them. A shop on this machine has two names; the developer may open either."""
    origins = [origin_of(shop) or shop for shop in shops]
    for origin in list(origins):
        host, _, port = origin.partition("://")[2].partition(":")
        if is_loopback(host):
            origins += [f"http://{name}" + (f":{port}" if port else "") for name in ("localhost", "127.0.0.1")]
    return list(dict.fromkeys(origins))


def _by_option(problem: str) -> str:
    name, separator, sentence = problem.partition(": ")
    return f"{_OPTIONS.get(name, name)}{separator}{sentence}"
