"""Names that look like settings and are none: a misspelt name would be ignored, and what it says with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

_OURS = ("WIDGET_", "STEPPAY_")
_SERVICE_LINK = re.compile(r".*_(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://.*")
"""Kubernetes and container links describe each service so, in every container: a service called `widget` gives
`WIDGET_SERVICE_HOST`, `WIDGET_PORT=tcp://10.0.0.1:8081` and more (Kubernetes, "Accessing the Service")."""


def unknown_names(environ: Mapping[str, str], known: Collection[str]) -> Iterator[str]:
    """A problem for each; empty ones say nothing."""
    for name, value in environ.items():
        if name.upper().startswith(_OURS) and name not in known and value.strip() and not _is_link(name, value):
            near = get_close_matches(name.upper(), known, n=1, cutoff=0.6)
            yield f"{name}: is no setting of this server; " + (f"did you mean {near[0]}?" if near else "remove it")


def _is_link(name: str, value: str) -> bool:
    return bool(_SERVICE_LINK.fullmatch(name) or (name.endswith("_PORT") and _SERVICE_ADDRESS.fullmatch(value)))
