"""`doctor --page`: a page for each symptom of docs/troubleshooting.md, and the doctor finds it by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask, Response, redirect, request

from tests.support.app_fixture import PUBLIC, environment
from tools.wsgi_server import serving
from widget_server.adapters.page_rules import load_page_rules
from widget_server.adapters.steppay.transport import open_transport
from widget_server.cli import main
from widget_server.config import read_settings
from widget_server.doctor.page import check_page
from widget_server.doctor.page_html import read_page
from widget_server.doctor.page_tag import find_tags, judge_tags
from widget_server.doctor.result import CheckResult, DoctorContext
from widget_server.services.snippet import button, tag
from widget_server.web.assets import widget
from widget_server.web.builds import served_builds

TOOLS = DoctorContext(open_transport(), lambda: datetime.now(UTC))
TAG = tag(PUBLIC, widget(PUBLIC))
BUTTON = button(PUBLIC, "order_15XqwcM1f", "결제")
CSP = "Content-Security-Policy"
FITS = f"default-src 'none'; script-src {PUBLIC}; connect-src {PUBLIC}; frame-src http: https:"


def html(head: str = TAG, body: str = BUTTON, lang: str = "ko") -> str:
    return f'<!doctype html><html lang="{lang}"><head>{head}</head><body><p>가격</p>{body}</body></html>'


@dataclass
class Shop:
    """A shop with one page, whatever a test makes of it."""

    url: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    rules: Path | None = None

    def results(self, path: str = "/pricing") -> list[CheckResult]:
        return list(check_page(self.url + path, read_settings(self.environ()), load_page_rules(self.rules), TOOLS))

    def environ(self) -> dict[str, str]:
        return environment("http://127.0.0.1:9", Path("widget.db")) | {"WIDGET_ALLOWED_ORIGINS": self.url}


@pytest.fixture
def shop(served: Shop) -> Shop:
    served.html, served.headers, served.rules = "", {}, None
    return served


@pytest.fixture(scope="module")
def served() -> Iterator[Shop]:
    app = Flask("shop")

    @app.get("/pricing")
    def pricing() -> Response:
        return Response(found.html, headers=found.headers, mimetype="text/html")

    @app.get("/moved")
    def moved() -> Response:
        return redirect(f"http://localhost:{request.host.partition(':')[2]}/pricing")  # type: ignore[return-value]

    @app.get("/round")
    def round_() -> Response:
        return redirect("/round")  # type: ignore[return-value]

    @app.get("/large")
    def large() -> Response:
        return Response("x" * 1_100_000, mimetype="text/html")

    @app.get("/feed")
    def feed() -> Response:
        return Response("{}", mimetype="application/json")

    with serving(app) as url:
        found = Shop(url)
        yield found


@dataclass(frozen=True)
class Symptom:
    """`row`: a part of the row in the document; empty where the document has none. `words`: what the doctor says."""

    words: str
    row: str = ""
    page: str = field(default_factory=html)
    policy: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    rules: str = ""


INLINE = "<script>StepPayCheckout.configure({})</script>"
LATER = "<script>addEventListener('load', () => StepPayCheckout.configure({}))</script>"
UNKNOWN = re.sub(r"widget-[0-9a-f]{16}", "widget-0123456789abcdef", TAG)
MODULE = TAG.replace(" data-steppay-checkout", ' type="module"')
FRAMED = "[default]\nmode = 'iframe'\n"
NO_CODE = html(body=f'<a href="{PUBLIC}/v1/pay/" data-steppay-order="">결제</a>')

SYMPTOMS = {
    "no tag": Symptom("has no tag", "The button opens the pay page in this window", html("")),
    "tag in a comment": Symptom("has no tag", "lacks the tag", html(f"<!-- {TAG} -->")),
    "script-src": Symptom("script-src blocks the widget's script", "opens the pay page", policy="script-src 'self'"),
    "script-src in meta": Symptom(
        "default-src blocks the widget's script",
        page=html(f'<meta http-equiv="{CSP}" content="default-src \'self\'; connect-src http: https:">{TAG}'),
    ),
    "unknown build": Symptom("does not know its build", "the pinned tag names a build", html(UNKNOWN)),
    "another file's integrity": Symptom(
        "its integrity is of another file", page=html(re.sub(r"sha384-\S{10}", "sha384-AAAAAAAAAA", TAG))
    ),
    "no crossorigin": Symptom("without crossorigin", page=html(TAG.replace(' crossorigin="anonymous"', ""))),
    "no integrity": Symptom("has no integrity", page=html(re.sub(r' integrity="\S+"', "", TAG))),
    "pinned evergreen": Symptom("pins /v1/widget.js", page=html(re.sub(r"widget-[0-9a-f]{16}", "widget", TAG))),
    "another server's tag": Symptom(
        "not the widget of WIDGET_PUBLIC_URL", "optimizing CDN", html(TAG.replace(PUBLIC, "https://cdn.test"))
    ),
    "held back": Symptom(
        "browsers do not run it", "optimizing CDN", html(TAG.replace("<script", '<script type="1a2b-text/javascript"'))
    ),
    "two tags": Symptom("has 2 tags", page=html(TAG + TAG)),
    "no href": Symptom(
        "has no href", "Nothing happens", html(body='<button data-steppay-order="order_1">결제</button>')
    ),
    "connect-src": Symptom(
        "connect-src blocks calls", "lacks the widget server", policy=f"script-src {PUBLIC}; connect-src 'self'"
    ),
    "frame-src": Symptom("frame-src blocks the frame", "forbids the frame", policy="frame-src 'self'", rules=FRAMED),
    "frame-src of hosts": Symptom(
        "a bank's page", policy=f"frame-src http://127.0.0.1:9 {PUBLIC}", rules="[default]\nmode = 'auto'\n"
    ),
    "empty code": Symptom("data-steppay-order is empty", "`data-steppay-order` is empty", NO_CODE),
    "order number": Symptom(
        "but an order number", "`data-steppay-order` is empty", html(body=BUTTON.replace("order_15XqwcM1f", "4711"))
    ),
    "two codes": Symptom("pays another order", page=html(body=BUTTON.replace('r="order', 'r="other'))),
    "foreign link": Symptom("leads to old.test", page=html(body=BUTTON.replace(PUBLIC, "https://old.test"))),
    "misspelled mode": Symptom(
        'data-mode="ifram" is none of',
        "a misspelled mode",
        html(TAG.replace("data-steppay", 'data-mode="ifram" data-steppay')),
    ),
    "misspelled mode of a button": Symptom(
        'data-mode="Tab" is none of', page=html(body=BUTTON.replace("<a", '<a data-mode="Tab"'))
    ),
    "early script": Symptom("before the tag has run", "`StepPayCheckout is not defined`", html(TAG + INLINE)),
    "module without its mark": Symptom("lacks data-steppay-checkout", "Code `not_configured`", html(MODULE)),
    "English": Symptom('says lang="en"', "Korean shoppers read English", html(lang="en")),
    "isolated": Symptom(
        "keeps the pay page out", headers={"Cross-Origin-Embedder-Policy": "require-corp"}, rules=FRAMED
    ),
}


@pytest.mark.parametrize("symptom", [pytest.param(one, id=name) for name, one in SYMPTOMS.items()])
def test_a_symptom_is_found_with_what_to_do(shop: Shop, tmp_path: Path, symptom: Symptom) -> None:
    shop.html = symptom.page
    shop.headers = symptom.headers | ({CSP: symptom.policy} if symptom.policy else {})
    if symptom.rules:
        shop.rules = tmp_path / "pages.toml"
        shop.rules.write_text(symptom.rules, "utf-8")
    found = [one for one in shop.results() if one.state in ("problem", "warning")]
    assert symptom.words in "\n".join(map(str, found))
    assert all(one.hint for one in found)
    assert len(found) == 1


def test_an_origin_that_is_not_listed(shop: Shop) -> None:
    """`WIDGET_ALLOWED_ORIGINS` names the shop without www, and the page is at the other name."""
    shop.html = html()
    found = [str(one) for one in shop.results("/moved") if one.state == "problem"]
    assert len(found) == 1
    assert "http://localhost:" in found[0]
    assert "is not in WIDGET_ALLOWED_ORIGINS" in found[0]


ROWS = {one.row for one in SYMPTOMS.values() if one.row} | {"CORS blocked `/v1/checkouts`"}


@pytest.mark.parametrize("name", ["docs/troubleshooting.md", "docs/ko/troubleshooting.md"])
def test_the_document_says_which_symptoms_the_doctor_finds(name: str) -> None:
    rows = [row for row in Path(name).read_text("utf-8").splitlines() if row.startswith("| ")]
    english = [row for row in Path("docs/troubleshooting.md").read_text("utf-8").splitlines() if row.startswith("| ")]
    found = {at for at, row in enumerate(rows) if "`doctor --page`" in row}
    assert len(found) >= 10
    assert found == {at for at, row in enumerate(english) if any(part in row for part in ROWS)}


@pytest.mark.parametrize("headers", [{}, {CSP: FITS}, {"Cross-Origin-Opener-Policy": "same-origin"}])
def test_a_good_page_has_no_problem_and_its_scripts_are_listed(shop: Shop, headers: dict[str, str]) -> None:
    shop.html, shop.headers = html(TAG + LATER + '<script src="/a.js?key=canary"></script>'), headers
    found = shop.results()
    assert {one.state for one in found} == {"ok"}
    scripts = [one.text for one in found if one.name == "page script"]
    assert [len(scripts), scripts[2]] == [3, f"{shop.url}/a.js, without integrity"]
    assert "integrity sha384-" in scripts[0]
    assert "sha256-" in scripts[1]
    assert "canary" not in "".join(map(str, found))


@pytest.mark.parametrize("locale", ["ko", "ko-KR", "en"])
def test_a_language_that_the_tag_names_is_meant(shop: Shop, locale: str) -> None:
    shop.html = html(TAG.replace("data-steppay", f'data-locale="{locale}" data-steppay'), lang="en")
    assert {one.state for one in shop.results()} == {"ok"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/none", "answers 404"),
        ("/round", "redirects more than 5 times"),
        ("/large", "at most 1 MB"),
        ("/feed", "not HTML"),
    ],
)
def test_a_page_that_cannot_be_read_is_one_problem(shop: Shop, path: str, words: str) -> None:
    (only,) = shop.results(path)
    assert (only.state, words in only.text) == ("problem", True)


@pytest.mark.parametrize(
    "address", ["shop.test", "file:///etc/passwd", "ftp://shop.test/", "https://", "http://[", "http://a:b"]
)
def test_what_is_no_address_of_a_page_is_not_asked(shop: Shop, address: str) -> None:
    (only,) = check_page(address, read_settings(shop.environ()), load_page_rules(None), replace(TOOLS, transport=None))
    assert "no address of a page" in only.text


def test_a_shop_that_does_not_run_is_named(shop: Shop, free_port: Callable[[], int]) -> None:
    (only,) = Shop(f"http://127.0.0.1:{free_port()}").results()
    assert "cannot be reached" in only.text


def test_a_page_by_http_is_a_problem(shop: Shop) -> None:
    """Of another machine: the transport only pretends."""

    class Answers:
        def get(self, *_: object) -> object:
            return TOOLS.get(shop.url + "/pricing", {}, 10)

    shop.html = html()
    tools = replace(TOOLS, transport=Answers())  # type: ignore[arg-type]
    found = list(check_page("http://shop.test/pricing", read_settings(shop.environ()), load_page_rules(None), tools))
    assert "http page" in "\n".join(str(one) for one in found if one.state == "problem")


def test_a_withdrawn_build_is_named_with_its_reason() -> None:
    builds = replace(served_builds(PUBLIC), withdrawn={"0123456789abcdef": "it lost clicks"})
    page = read_page(html(UNKNOWN), "https://shop.test/")
    (only,) = judge_tags(page, find_tags(page), PUBLIC, builds)
    assert "withdrawn: it lost clicks" in only.text


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "\x00",
        "<" * 5000,
        "<script",
        "<base href='http://['><script src='http://[' data-steppay-checkout>",
        "\x1b[2J",
    ],
)
def test_whatever_a_page_holds_the_report_is_plain_text(shop: Shop, sent: str) -> None:
    shop.html = sent + "<a data-steppay-order='\x1b[2J' href='http://\x1b[2J/'>" + sent
    assert all(str(one).isprintable() for one in shop.results())


def test_the_command_says_what_it_finds_and_fails(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    shop.html = html("")
    result = CliRunner().invoke(main, ["doctor", "--page", f"{shop.url}/pricing"], env=shop.environ())
    assert (result.exit_code, "has no tag" in result.output) == (1, True)
    shop.html = html()
    result = CliRunner().invoke(main, ["doctor", "--page", f"{shop.url}/pricing"], env=shop.environ())
    assert (result.exit_code, result.output.count("problem")) == (0, 0)
    assert CliRunner().invoke(main, ["doctor", "--page", shop.url, "--offline"], env=shop.environ()).exit_code == 2
    broken = shop.environ() | {"WIDGET_ALLOWED_ORIGINS": ""}
    result = CliRunner().invoke(main, ["doctor", "--page", shop.url], env=broken)
    assert (result.exit_code, "WIDGET_ALLOWED_ORIGINS" in result.output) == (1, True)
