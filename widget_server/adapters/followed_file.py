"""A file of the operator's that a running server reads again once it has changed."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from widget_server.errors import ConfigurationError

Content = TypeVar("Content")
LOOK_SECONDS = 1.0
"""So often a running server looks whether the file has changed."""


class FollowedFile(Generic[Content]):
    """Each process looks by itself, when it is asked for the content. A new file with mistakes changes nothing: the
    log names them, once, as `{name}_rejected`. Raises `ConfigurationError` at the start."""

    def __init__(
        self, name: str, file: Path, load: Callable[[Path], Content], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._file, self._load, self._clock = name, file, load, clock
        self._log = logging.getLogger(f"widget_server.{name}")
        self._seen = _stamp(file)  # before it is read: a change meanwhile is seen the next time
        self._content = load(file)
        self._look_at = clock() + LOOK_SECONDS

    def content(self) -> Content:
        if self._clock() >= self._look_at:
            self._look()
        return self._content

    def _look(self) -> None:
        self._look_at = self._clock() + LOOK_SECONDS
        seen = _stamp(self._file)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._content = self._load(self._file)
            self._log.info(f"{self._name}_reread")
        except ConfigurationError as error:
            self._log.error(f"{self._name}_rejected problems=%s", "; ".join(error.problems))


def _stamp(file: Path) -> tuple[int, ...] | None:
    """Changes with the file. An editor writes in place, or puts another file there. None: it is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
