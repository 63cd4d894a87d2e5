"""The form of a row of the table in `settings.py`, and what its parser works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


class Invalid(ValueError):
    """What is wrong with a value: sentences for the operator, which never repeat a value that may be secret."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


class Given:
    """The environment, for parsers that depend on another setting."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def exact(self, name: str) -> str:
        return self._environ.get(name, "")

    def text(self, name: str) -> str:
        return self.exact(name).strip()

    def items(self, name: str) -> list[str]:
        """A list with commas between."""
        return [item.strip() for item in self.exact(name).split(",") if item.strip()]

    @property
    def sandbox(self) -> bool:
        return self.text("WIDGET_ENV") == "sandbox"


Parser = Callable[[str, Given], Any]
"""Of a value that is not blank. Raises `Invalid`."""


@dataclass(frozen=True)
class Row:
    """`default` is what an unset variable means, as text; "" leaves the feature off. `missing`: what to do, for a
    setting without which the server does not start. `derive`: the text of an unset one, from other settings; "" for
    none. `exact`: blanks around the value are part of it. `together_with`: both are set, or neither. `sentence` is
    Markdown for `docs/settings.md`."""

    name: str
    parse: Parser
    sentence: str
    default: str = ""
    missing: str = ""
    derive: Callable[[Given], str] | None = None
    secret: bool = False
    exact: bool = False
    together_with: str = ""

    @property
    def shown_default(self) -> str:
        return "required" if self.missing else f"`{self.default}`" if self.default else "none"


def setting(
    name: str, parse: Parser, sentence: str, *, when_unset: object = None, repr: bool = True, **options: Any
) -> Any:
    """A field of `Settings` with its row. `when_unset`: the value where there is no default."""
    row = Row(name, parse, sentence, **options)
    metadata, shown = {"row": row}, repr and not row.secret
    if row.missing:
        return field(metadata=metadata, repr=shown)
    value = parse(row.default, Given({})) if row.default else when_unset
    return field(default=value, metadata=metadata, repr=shown)
