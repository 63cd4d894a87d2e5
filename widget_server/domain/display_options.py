"""What a merchant may choose for the checkout of a page: in the script tag, in the page rules, in the playground.

Each field of `PageRule` is a key of the page rules file; the file's reader, `GET /v1/pages` and its description derive
from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from widget_server.domain import checkout

MODES = (*checkout.MODES, "auto")
LOCALES = ("auto", "ko", "en")
THEMES = ("auto", "light", "dark")


class Option(NamedTuple):
    choices: tuple[str, ...]
    sentence: str


def _option(choices: tuple[str, ...], default: str, sentence: str) -> Any:
    return field(default=default, metadata={"option": Option(choices, sentence)})


@dataclass(frozen=True)
class PageRule:
    """How the checkout of one page behaves. Redirect is the default: it works in every browser and keeps the merchant's
    PCI duties smallest."""

    mode: str = _option(MODES, "redirect", "On large screens.")
    mode_mobile: str = _option(MODES, "redirect", "On phones.")
    locale: str = _option(LOCALES, "auto", "The language.")
    theme: str = _option(THEMES, "auto", "The colors.")


PAGE_OPTIONS: Mapping[str, Option] = {one.name: one.metadata["option"] for one in fields(PageRule)}
