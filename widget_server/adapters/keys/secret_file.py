"""A file that holds a secret: read only when no other user can read it, written whole or not at all."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from widget_server.errors import ConfigurationError, TransientProblem

_LARGEST = 65536
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretFile:
    """`setting` is the setting that names the file; it begins every problem's sentence. No value is ever in one."""

    def __init__(self, path: Path, setting: str) -> None:
        self._path = path
        self._setting = setting

    def problem(self, sentence: str) -> ConfigurationError:
        return ConfigurationError([type(sentence)(f"{self._setting}: {sentence}")])

    def read(self) -> bytes | None:
        """The content; None when there is no file. Raises `ConfigurationError`."""
        try:
            # O_NONBLOCK: a pipe of this name must not hold up the start.
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.problem(TransientProblem("cannot be opened for reading")) from error
        try:
            self._check(os.fstat(descriptor))  # of what is open, so that nothing can be exchanged in between
            return os.read(descriptor, _LARGEST)
        finally:
            os.close(descriptor)

    def _check(self, state: os.stat_result) -> None:
        if not stat.S_ISREG(state.st_mode):
            raise self.problem("is not a file")
        if state.st_mode & _OTHERS:
            raise self.problem("can be read or changed by other accounts of this machine; chmod 600 it")
        if state.st_size > _LARGEST:
            raise self.problem("is far too large to be a file of keys")

    def create(self, content: bytes) -> None:
        """Write the file unless there is one. Of several processes at once one wins; the others change nothing."""
        try:
            with self._beside(content) as new:
                os.link(new, self._path)  # whole at once and, unlike a rename, never over another process's file
        except FileExistsError:
            return
        except OSError as error:
            raise self.problem(TransientProblem("cannot be created; may this account write to its folder?")) from error

    def replace(self, content: bytes) -> None:
        """A reader gets the old content or the new one, never a part."""
        try:
            with self._beside(content) as new:
                os.replace(new, self._path.resolve())
        except OSError as error:
            raise self.problem("cannot be replaced; may this account write to its folder?") from error

    @contextmanager
    def _beside(self, content: bytes) -> Iterator[str]:
        """A complete file of mode 0600 in the same folder, gone again afterwards."""
        folder = self._path.resolve().parent
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".new-")
        try:
            with open(descriptor, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(descriptor)
            yield name
        finally:
            Path(name).unlink(missing_ok=True)
