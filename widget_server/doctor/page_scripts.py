"""The inventory of a payment page's scripts that PCI DSS 6.4.3 asks for: each with its source and its integrity."""

import base64
import hashlib
from collections.abc import Iterator

from widget_server.doctor.page_html import PageContent, Script
from widget_server.doctor.result import CheckResult, ok

_LONGEST = 160


def list_scripts(page: PageContent) -> Iterator[CheckResult]:
    """Without queries, which may hold keys. What a script loads later is not here."""
    for script in page.scripts:
        if script.runs:
            yield ok("page script", _line(script))


def _line(script: Script) -> str:
    if not script.src:
        digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
        return f"inline, {len(script.text)} characters, sha256-{digest}"
    source = script.src.partition("?")[0].partition("#")[0]
    pin = " ".join(script.attributes.get("integrity", "").split())
    return f"{_printable(source)}, {'integrity ' + _printable(pin) if pin else 'without integrity'}"


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:_LONGEST]
