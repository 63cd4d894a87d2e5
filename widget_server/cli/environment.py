"""The environment, or the application that the commands run in. No other module reads or changes the environment."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from dotenv import find_dotenv, load_dotenv

from widget_server.adapters.page_rules import load_page_rules
from widget_server.adapters.tracing import check_extra
from widget_server.config import Settings, read_settings
from widget_server.config.env_file import read_env_file
from widget_server.errors import ConfigurationError
from widget_server.services.ports import MerchantBackend

_HOST = "widget_server.host_application"
"""Where click's context keeps the application that a command runs in."""


@dataclass(frozen=True)
class HostApplication:
    """What `flask steppay ...` works with instead of the environment. `environ`: the settings as text. `backend`: what
    receives the deliveries there."""

    settings: Settings
    environ: Mapping[str, str] = field(repr=False)
    backend: MerchantBackend | None


def run_inside(host: HostApplication) -> None:
    """From now on the commands of this click context mean this application."""
    click.get_current_context().meta[_HOST] = host


def host_application() -> HostApplication | None:
    context = click.get_current_context(silent=True)
    return context.meta.get(_HOST) if context else None


def settings_from_environment() -> Settings:
    host = host_application()
    if host is not None:
        return host.settings
    settings = read_settings(environment())
    load_page_rules(settings.page_rules_file)
    if settings.offers_file:
        from widget_server.adapters.offers_file import load_offers  # noqa: PLC0415 - most have none, and need no schema

        load_offers(settings.offers_file, settings.allowed_origins, sandbox=settings.env == "sandbox")
    if settings.traces_url:
        check_extra()
    return settings


def environment() -> Mapping[str, str]:
    """With what a `.env` file in the working folder adds to it."""
    host = host_application()
    if host is not None:
        return host.environ
    read_dotenv()
    return os.environ


def process_environment() -> Mapping[str, str]:
    """As it is: in an application, reading a `.env` file is Flask's business."""
    return os.environ


def read_dotenv() -> Path | None:
    """The `.env` file, if there is one. Never a parent folder's: that is another program's. In an application it is the
    one that Flask has read, from a parent folder too."""
    if host_application() is not None:
        from flask.helpers import get_load_dotenv  # noqa: PLC0415 - elsewhere no command needs Flask

        found = find_dotenv(".env", usecwd=True) if get_load_dotenv() else ""
        return Path(found) if found else None
    file = Path.cwd() / ".env"
    if not file.is_file():
        return None
    try:
        load_dotenv(file, encoding="utf-8-sig")
    except OSError as error:
        raise ConfigurationError([f"{file}: cannot be read by this user"]) from error
    except ValueError as error:  # undecodable, or with NUL as UTF-16 without a mark has it
        raise ConfigurationError([f"{file}: is not text in UTF-8; save it in that encoding"]) from error
    return file


def add_env_file(file: Path) -> None:
    """Of `--env-file`: it wins over what is set already."""
    os.environ.update(read_env_file(file))


@contextmanager
def shared_metrics_dir(settings: Settings) -> Iterator[None]:
    """All processes that this one starts count in one folder: the setting reaches them with the environment."""
    if not settings.metrics_enabled or settings.metrics_dir:
        yield
        return
    # Readable by this user alone; it goes with the server, and with it what was counted.
    with TemporaryDirectory(prefix="widget-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ["WIDGET_METRICS_DIR"] = folder
        yield
