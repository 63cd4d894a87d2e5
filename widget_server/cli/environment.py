"""The environment. No other module reads or changes it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dotenv import load_dotenv

from widget_server.adapters.page_rules import load_page_rules
from widget_server.adapters.tracing import check_extra
from widget_server.config import Settings, read_settings
from widget_server.config.env_file import read_env_file
from widget_server.errors import ConfigurationError


def settings_from_environment() -> Settings:
    settings = read_settings(environment())
    load_page_rules(settings.page_rules_file)
    if settings.traces_url:
        check_extra()
    return settings


def environment() -> Mapping[str, str]:
    """With what a `.env` file in the working folder adds to it."""
    read_dotenv()
    return os.environ


def read_dotenv() -> Path | None:
    """The `.env` file, if there is one. Never a parent folder's: that is another program's."""
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
