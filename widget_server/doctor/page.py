"""`doctor --page URL`: a page of the shop as its server sends it, and what keeps the widget from working there."""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import requests
from werkzeug.http import parse_options_header

from widget_server.adapters.offers_file import load_offers
from widget_server.adapters.steppay.transport import MAX_BODY_BYTES, RawResponse, TransportError, Unreachable
from widget_server.config import Settings, is_loopback
from widget_server.config.addresses import origin_of
from widget_server.doctor.connectivity import HINTS, words_for
from widget_server.doctor.page_buttons import forced_mode, judge_buttons, judge_language, judge_mode, judge_offers
from widget_server.doctor.page_headers import judge_isolation, judge_policy
from widget_server.doctor.page_html import read_page
from widget_server.doctor.page_scripts import list_scripts
from widget_server.doctor.page_tag import find_tags, judge_tags, shown
from widget_server.doctor.result import CheckResult, DoctorContext, ok, problem
from widget_server.services import snippet
from widget_server.services.ports import Rules
from widget_server.web.builds import served_builds

NAME = "page"
SECONDS = 10.0
_MOST_REDIRECTS = 5
_HEADERS = {"Accept": "text/html,application/xhtml+xml"}
_REDIRECTS = (301, 302, 303, 307, 308)


class _Refused(Exception):
    """Why there is no page to look at: a line of the report."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.result = problem(NAME, text, hint)


def check_page(address: str, settings: Settings, rules: Rules, context: DoctorContext) -> Iterator[CheckResult]:
    """`address`: http or https, also of this machine or network."""
    try:
        start = _prepared(address)
        final, answer = _fetch(start, context)
    except _Refused as refused:
        yield refused.result
        return
    yield from _judge_address(start, final, settings)
    yield from _judge_content(final, answer, settings, rules)


def _judge_content(address: str, answer: RawResponse, settings: Settings, rules: Rules) -> Iterator[CheckResult]:
    page = read_page(_text(answer), address)
    tags = find_tags(page)
    tag = tags[0] if tags else None
    path = snippet.page_path(address)
    rule = snippet.Page(path, rules.find(path), forced_mode(tag))
    yield from judge_tags(page, tags, settings.public_url, served_builds(settings.public_url))
    yield judge_mode(rule)
    yield from judge_policy(page, tag, rule, answer.headers, settings)
    yield from judge_isolation(page, rule, answer.headers)
    yield from judge_buttons(page, settings.public_url)
    offers = load_offers(settings.offers_file, settings.allowed_origins, sandbox=settings.env == "sandbox")
    yield from judge_offers(page, offers, origin_of(address) or "")
    yield from judge_language(page, rule, tag)
    yield from list_scripts(page)


def _prepared(address: str) -> str:
    """As browsers ask for it: the name in ASCII, the path percent-encoded."""
    try:
        prepared = requests.Request("GET", address).prepare().url or ""
        if urlsplit(prepared).scheme in ("http", "https") and origin_of(prepared):
            return prepared.partition("#")[0]
    except (requests.RequestException, ValueError):
        pass
    raise _Refused("that is no address of a page", "Give a whole one, such as https://shop.kr/pricing.")


def _fetch(address: str, context: DoctorContext) -> tuple[str, RawResponse]:
    """Where its redirects end, and the answer there."""
    for _ in range(_MOST_REDIRECTS + 1):
        answer = _ask(address, context)
        if answer.status not in _REDIRECTS or "location" not in answer.headers:
            _check_answer(answer)
            return address, answer
        address = _prepared(urljoin(address, answer.headers["location"]))
    raise _Refused(f"it redirects more than {_MOST_REDIRECTS} times", "Give the address where the page is.")


def _ask(address: str, context: DoctorContext) -> RawResponse:
    try:
        return context.get(address, _HEADERS, SECONDS)
    except Unreachable as error:
        reason = str(error)
        hint = HINTS.get(reason, HINTS["unreachable"])  # type: ignore[call-overload]  # the message is a `Reason`
        text = f"{shown(urlsplit(address).netloc)} cannot be reached: {words_for(reason)}"
    except TransportError:
        text = f"it gave no complete answer within {SECONDS:g} s, of at most {MAX_BODY_BYTES // 1024**2} MB"
        hint = "Open it in a browser, and see the log of the shop's web server."
    raise _Refused(text, hint)


def _check_answer(answer: RawResponse) -> None:
    if answer.status != 200:
        hint = "Give a page that any browser sees without signing in."
        raise _Refused(f"it answers {answer.status}, without a page to look at", hint)
    kind = parse_options_header(answer.headers.get("content-type", ""))[0].lower()
    if kind not in ("text/html", "application/xhtml+xml"):
        raise _Refused(f"it is {shown(kind) or 'of no type'}, not HTML", "Give the address of a page.")


def _text(answer: RawResponse) -> str:
    charset = parse_options_header(answer.headers.get("content-type", ""))[1].get("charset", "utf-8")
    try:
        return answer.body.decode(charset, "replace")
    except LookupError:
        return answer.body.decode("utf-8", "replace")


def _judge_address(start: str, final: str, settings: Settings) -> Iterator[CheckResult]:
    origin, parts = origin_of(final) or "", urlsplit(final)
    if origin != origin_of(start):
        yield ok(NAME, f"{origin_of(start)} redirects to {origin}, whose origin counts")
    else:
        yield ok(NAME, f"read {origin}{shown(parts.path)}")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        text = "it is an http page: what lies between can change what the shopper pays"
        yield problem(NAME, text, "Serve the shop by https alone.")
    if origin in settings.cors_origins:
        yield ok("page origin", f"{origin} may call")
    else:
        listed = ", ".join(settings.allowed_origins)
        text = f"{origin} is not in WIDGET_ALLOWED_ORIGINS ({listed}): the plain link pays, without events"
        yield problem("page origin", text, "Add it exactly, and restart.")
