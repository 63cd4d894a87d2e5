"""The widget's script tag in a page of the shop: there, one, and with a build that this server serves."""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from widget_server.doctor.page_html import Attributes, PageContent, Script
from widget_server.doctor.result import CheckResult, ok, problem, warning
from widget_server.domain.display_options import LOCALES, MODES, THEMES
from widget_server.web.builds import ServedBuilds

NAME = "page tag"
MARK = "data-steppay-checkout"
NEW_TAG = "Paste the tag of `widget-server snippet`."
_FILE = re.compile(r"/v1/widget(?:-(?P<digest>[^/]*))?\.js")
_SPELLED = {"data-mode": MODES, "data-locale": LOCALES, "data-theme": THEMES}
_LONGEST = 60
_EARLY = re.compile(r"\bStepPayCheckout\s*\.")
_LATER = re.compile(r"=>|\bfunction\b|\bawait\b")


def shown(text: str) -> str:
    """A value of the page for one line of the report: a page may hold anything."""
    plain = "".join(sign if sign.isprintable() else "?" for sign in text)
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + "..."


def find_tags(page: PageContent) -> list[Script]:
    return [one for one in page.scripts if MARK in one.attributes or _FILE.search(urlsplit(one.src).path)]


def judge_tags(page: PageContent, tags: Sequence[Script], public_url: str, builds: ServedBuilds) -> list[CheckResult]:
    if not tags:
        hint = f"{NEW_TAG} This check does not see a tag that a script adds later."
        return [problem(NAME, "the page has no tag of the widget: no events, no verdict on this page", hint)]
    found = list(_faults(page, tags, public_url, builds))
    if any(result.state == "problem" for result in found):
        return found
    return [*found, ok(NAME, "one, and this server serves what it names")] if len(tags) == 1 else found


def _faults(page: PageContent, tags: Sequence[Script], public_url: str, builds: ServedBuilds) -> Iterator[CheckResult]:
    tag = tags[0]
    if len(tags) > 1:
        yield problem(NAME, f"the page has {len(tags)} tags of the widget", "Keep one.")
    if not tag.runs:
        text = f"its type is {shown(tag.type)}: browsers do not run it as it is"
        yield warning(NAME, text, "Exclude the tag from the optimizer that holds scripts back.")
    if MARK not in tag.attributes:
        report = problem if tag.type == "module" else warning
        yield report(NAME, f"it lacks {MARK}, so the widget may not find its server (not_configured)", NEW_TAG)
    yield from _judge_source(tag, page, public_url, builds)
    yield from misspelled(NAME, tag.attributes)
    yield from _judge_early_scripts(page, tag)


def _judge_source(tag: Script, page: PageContent, public_url: str, builds: ServedBuilds) -> Iterator[CheckResult]:
    address = urlsplit(tag.src)
    below = tag.src.partition("?")[0].removeprefix(public_url)
    named = _FILE.fullmatch(below)
    if address.scheme == "http" and urlsplit(page.base).scheme == "https":
        yield problem(NAME, "it loads by http: browsers block that in an https page", NEW_TAG)
    elif named is None:
        text = f"it loads {shown(_without_query(tag.src)) or 'nothing'}, not the widget of WIDGET_PUBLIC_URL"
        yield problem(NAME, text, f"{NEW_TAG} If an optimizer hosts a copy, exclude the tag from it.")
    elif named["digest"] is None:
        yield from _judge_evergreen(tag)
    elif named["digest"] in builds.withdrawn:
        yield problem(NAME, f"its build is withdrawn: {builds.withdrawn[named['digest']]}", NEW_TAG)
    elif named["digest"] not in builds.files:
        text = "this server does not know its build: never released, or of another version or WIDGET_PUBLIC_URL"
        yield problem(NAME, text, NEW_TAG)
    else:
        yield from _judge_pin(tag, page, builds.files[named["digest"]])


def _judge_evergreen(tag: Script) -> Iterator[CheckResult]:
    if tag.attributes.get("integrity"):
        text = "it pins /v1/widget.js, which changes: browsers block it after the next upgrade"
        yield problem(NAME, text, NEW_TAG)
    else:
        hint = "It follows each upgrade; `widget-server snippet` prints one with integrity (PCI DSS 6.4.3)."
        yield CheckResult("ok", NAME, "evergreen, so browsers do not check it", hint)


def _judge_pin(tag: Script, page: PageContent, content: bytes) -> Iterator[CheckResult]:
    wanted = tag.attributes.get("integrity", "")
    if not wanted.strip():
        yield warning(NAME, "it has no integrity, so browsers do not check what it loads", NEW_TAG)
    elif not _agrees(wanted, content):
        yield problem(NAME, "its integrity is of another file: browsers block the script", NEW_TAG)
    elif "crossorigin" not in tag.attributes and _origin(tag.src) != _origin(page.base):
        yield problem(NAME, "it has integrity without crossorigin: browsers block the script", NEW_TAG)
    elif tag.attributes.get("crossorigin") == "use-credentials":
        yield problem(NAME, "its crossorigin is use-credentials: browsers block the script", NEW_TAG)


def _agrees(wanted: str, content: bytes) -> bool:
    """By the strongest hash that is there (W3C Subresource Integrity, 3.3.4)."""
    hashes = [one.partition("?")[0].partition("-") for one in wanted.split()]
    for algorithm in ("sha512", "sha384", "sha256"):
        if values := [value for name, _, value in hashes if name == algorithm]:
            return base64.b64encode(hashlib.new(algorithm, content).digest()).decode() in values
    return True  # browsers ignore what they do not know


def misspelled(name: str, attributes: Attributes) -> Iterator[CheckResult]:
    for attribute, choices in _SPELLED.items():
        value = attributes.get(attribute)
        if value and value not in choices and not (attribute == "data-locale" and value[:2].lower() in choices):
            text = f'{attribute}="{shown(value)}" is none of {", ".join(choices)}'
            yield problem(name, text, "Correct it: the widget uses its default.")


def _judge_early_scripts(page: PageContent, tag: Script) -> Iterator[CheckResult]:
    """An inline script that names the widget at once, outside of every function, before the widget has run."""
    before = page.scripts if tag.waits else page.scripts[: page.scripts.index(tag)]
    for script in before:
        early = None if script.src or script.type == "module" or not script.runs else _EARLY.search(script.text)
        if early and not _LATER.search(script.text[: early.start()]):
            text = "an inline script uses StepPayCheckout before the tag has run: it is not defined yet"
            yield problem(NAME, text, "Use it in a handler, or in a `defer` script after the tag.")
            return


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def _without_query(address: str) -> str:
    return address.partition("?")[0].partition("#")[0]
