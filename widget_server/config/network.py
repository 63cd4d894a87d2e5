"""How the server calls others, as `config.py` reads it: certificate authorities and the proxy."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

_PROXY = re.compile(
    r"http://([^\s/?#@:]+(:[^\s/?#@]*)?@)?([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])"
    r"(:(?P<port>[1-9][0-9]{0,4}))?/?"
)
_LAST_PORT = 65535


def ca_file_problem(file: Path) -> str | None:
    try:
        ssl.create_default_context(cafile=str(file))
    except ssl.SSLError:
        return "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
    except OSError:
        return "names a file that cannot be read"
    return None


def is_proxy_url(text: str) -> bool:
    match = _PROXY.fullmatch(text)
    return match is not None and int(match["port"] or 1) <= _LAST_PORT
