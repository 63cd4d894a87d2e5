"""Reads the table of settings from an explicit mapping and names every problem at once, never a value that may be
secret."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import combinations
from typing import Any

from widget_server.config.secret_files import FILE_SETTINGS, resolve_secret_files
from widget_server.config.settings import SECRETS, TABLE, Settings
from widget_server.config.table import Given, Invalid
from widget_server.errors import ConfigurationError, TransientProblem

NAMES = (*(row.name for row in TABLE.values()), *FILE_SETTINGS)
"""Every variable that is read."""
_OURS = ("WIDGET_", "STEPPAY_")
_SERVICE_LINK = re.compile(r".*_(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://.*")
"""Kubernetes and container links describe each service so, in every container: a service called `widget` gives
`WIDGET_SERVICE_HOST`, `WIDGET_PORT=tcp://10.0.0.1:8081` and more (Kubernetes, "Accessing the Service")."""


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Raises `ConfigurationError`, which names every problem."""
    complete, file_problems = resolve_secret_files(environ)
    given, values = Given(complete), dict[str, Any]()
    problems = [*file_problems, *_read(given, values), *_incomplete(given), *_shared_secrets(given)]
    problems += _unknown_names(environ)
    if problems:
        raise ConfigurationError(_passing_with_their_files(problems, file_problems))
    return Settings(**values)


def _read(given: Given, values: dict[str, Any]) -> Iterator[str]:
    """Adds to `values` by field."""
    for attribute, row in TABLE.items():
        is_set = bool(given.text(row.name))
        unset = row.derive(given) if row.derive else row.default
        text = (given.exact if row.exact else given.text)(row.name) if is_set else unset
        try:
            if text.strip():
                values[attribute] = row.parse(text, given)
            elif row.missing:
                yield f"{row.name}: is missing; {row.missing}"
        except Invalid as error:
            yield from (type(problem)(f"{row.name}: {problem}") for problem in error.problems)


def _incomplete(given: Given) -> Iterator[str]:
    for row in TABLE.values():
        if row.together_with and bool(given.text(row.name)) != bool(given.text(row.together_with)):
            yield f"{row.name}: {row.name} and {row.together_with} go together; set both, or neither"


def _shared_secrets(given: Given) -> Iterator[str]:
    """Each secret has one use: a program that knows one of them must not know another."""
    for one, other in combinations(SECRETS, 2):
        if set(given.items(one)) & set(given.items(other)):
            yield f"{other}: must differ from {one}; make a new value for one of them"


def _unknown_names(environ: Mapping[str, str]) -> Iterator[str]:
    """A misspelled name would be ignored, and its value with it."""
    for name, value in environ.items():
        if name.upper().startswith(_OURS) and name not in NAMES and value.strip() and not is_service_link(name, value):
            near = get_close_matches(name.upper(), NAMES, n=1, cutoff=0.6)
            yield f"{name}: is no setting of this server; " + (f"did you mean {near[0]}?" if near else "remove it")


def is_service_link(name: str, value: str) -> bool:
    return bool(_SERVICE_LINK.fullmatch(name) or (name.endswith("_PORT") and _SERVICE_ADDRESS.fullmatch(value)))


def _passing_with_their_files(problems: list[str], of_files: list[str]) -> list[str]:
    """A problem of a setting whose file is not there yet may pass with it: that it is missing, for example."""
    late = [problem.partition("_FILE:")[0] for problem in of_files if isinstance(problem, TransientProblem)]
    return [TransientProblem(problem) if any(name in problem for name in late) else problem for problem in problems]
