"""The offers file: what static pages sell, in TOML. Every problem is named with its place, no value is repeated."""

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from widget_server.adapters.followed_file import FollowedFile
from widget_server.adapters.offers_schema import offers_schema, sentences
from widget_server.domain.offer import Offer, OfferText
from widget_server.errors import ConfigurationError

_SETTING = "WIDGET_OFFERS_FILE"

Offers = Mapping[str, Offer]
"""By their `id`, in the order of the file."""


class OffersFile:
    """The offers of a file that may change. Raises `ConfigurationError` at the start. None: there are none."""

    def __init__(self, file: Path | None, origins: Sequence[str], *, sandbox: bool) -> None:
        self._file = FollowedFile("offers", file, _loader(origins, sandbox=sandbox)) if file else None

    def find(self, offer_id: str) -> Offer | None:
        return self._file.content().get(offer_id) if self._file else None


def load_offers(file: Path | None, origins: Sequence[str], *, sandbox: bool) -> Offers:
    """Read the file; None gives no offers. `origins`: those that an offer may name. `sandbox`: whether plain http on
    this machine is an address. Raises `ConfigurationError` with every problem of the file."""
    return _loader(origins, sandbox=sandbox)(file) if file else {}


def _loader(origins: Sequence[str], *, sandbox: bool) -> Callable[[Path], Offers]:
    schema = offers_schema(origins, sandbox=sandbox)

    def load(file: Path) -> Offers:
        try:
            content = tomllib.loads(file.read_text("utf-8-sig"), parse_float=Decimal)
        except (OSError, ValueError) as error:
            raise ConfigurationError([f"{_SETTING}: is not a readable TOML file in UTF-8"]) from error
        try:
            found = schema.load(content)
        except ValidationError as error:
            raise ConfigurationError([f"{_SETTING}: {text}" for text in sentences(error.messages_dict)]) from error
        return _offers(found, tuple(origins))

    return load


def _offers(found: Mapping[str, Any], origins: tuple[str, ...]) -> Offers:
    entries, privacy_url = found["offer"], found["shop"]["privacy_url"]
    twice = [name for name, times in Counter(one["id"] for one in entries).items() if times > 1]
    problems = [f"[[offer]] {name} is there more than once; give each offer an id of its own" for name in twice]
    for one in entries:
        if not (one["privacy_url"] or privacy_url):
            problems.append(f"[[offer]] {one['id']} has no privacy_url, and [shop] has none; set one of them")
        if not (one["ko"] or one["en"]):
            problems.append(f"[[offer]] {one['id']} has no title; add [offer.ko] or [offer.en] with one")
    if problems:
        raise ConfigurationError([f"{_SETTING}: {text}" for text in problems])
    return {one["id"]: _offer(one, origins, privacy_url) for one in entries}


def _offer(one: Mapping[str, Any], origins: tuple[str, ...], privacy_url: str | None) -> Offer:
    least, most = one["quantity"]
    return Offer(
        **{name: one[name] for name in ("id", "product", "price", "currency", "amount", "phone")},
        least=least,
        most=most,
        open_for=timedelta(minutes=one["deadline_minutes"]),
        origins=one["origins"] or origins,
        privacy_url=one["privacy_url"] or privacy_url or "",
        texts={language: OfferText(**one[language]) for language in ("ko", "en") if one[language]},
    )
