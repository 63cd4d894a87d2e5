"""Certificate authorities as the folder in which OpenSSL looks one up (`CAPATH`): a file for each, named by the hash of
its subject. A connection that reads a bundle parses 140 of them, which takes 0.8 MB and 6 ms; by the folder it takes
0.1 MB and 2 ms (docs/decisions/0052).
"""

import atexit
import hashlib
import os
import re
import shutil
import ssl
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "steppay-authorities-"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?")
_SEQUENCE, _SET, _VERSION = 0x30, 0x31, 0xA0
_UTF8_STRING, _BMP_STRING = 0x0C, 0x1E
_ENCODINGS = {_UTF8_STRING: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", _BMP_STRING: "utf-16-be"}
"""Of ASN.1's strings, by their tag."""


class CaFolder:
    """A private temporary folder of this process with the authorities of `bundle` (PEM)."""

    def __init__(self, bundle: str) -> None:
        self._files: dict[str, str] = {}
        same: Counter[str] = Counter()
        for pem in _PEM.findall(bundle):
            name = subject_hash(ssl.PEM_cert_to_DER_cert(pem))
            self._files[f"{name}.{same[name]}"] = pem
            same[name] += 1
        self._folder: Path | None = None
        self._lock = threading.Lock()

    def path(self) -> Path:
        """Written anew where something has cleaned it up. Raises `OSError` where nothing can be written."""
        with self._lock:
            if self._folder is None or not self._is_whole(self._folder):
                self._folder = self._write()
            return self._folder

    def _is_whole(self, folder: Path) -> bool:
        try:
            return len(os.listdir(folder)) == len(self._files)
        except FileNotFoundError:
            return False

    def _write(self) -> Path:
        _remove_of_dead_processes()
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        for name, pem in self._files.items():
            (folder / name).write_text(pem, "ascii")
        return folder


def _remove_of_dead_processes() -> None:
    """A process that is killed, and a worker process, leaves its folder behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if process.isdecimal() and not Path("/proc", process).exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)


def subject_hash(certificate: bytes) -> str:
    """What `openssl x509 -hash` prints for a certificate (DER): SHA-1 of its subject in a form that leaves out
    differences of case and space (`X509_NAME_hash_ex` and `x509_name_canon` of OpenSSL)."""
    [(_, content, _)] = _elements(certificate)
    (_, signed, _), *_ = _elements(content)
    _serial, _algorithm, _issuer, _validity, subject, *_ = [
        content for tag, content, _ in _elements(signed) if tag != _VERSION
    ]
    canonical = b"".join(
        _element(_SET, *sorted(_canonical(attribute) for _, attribute, _ in _elements(names)))
        for _, names, _ in _elements(subject)
    )
    return hashlib.sha1(canonical, usedforsecurity=False).digest()[3::-1].hex()


def _canonical(attribute: bytes) -> bytes:
    (_, _, kind), (tag, text, value) = _elements(attribute)
    if tag in _ENCODINGS:
        utf8 = text.decode(_ENCODINGS[tag]).encode()
        value = _element(_UTF8_STRING, b" ".join(utf8.split()).lower())
    return _element(_SEQUENCE, kind, value)


def _elements(der: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, content, and the two with the length between them, of each element that stands here."""
    start = 0
    while start < len(der):
        size, head = der[start + 1], start + 2
        if size > 127:
            head += size - 128
            size = int.from_bytes(der[start + 2 : head], "big")
        yield der[start], der[head : head + size], der[start : head + size]
        start = head + size


def _element(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(length)]) + length + content
