"""`GET /playground/screens`: every screen that a shopper may meet, without one payment, for designers and translators.

In the sandbox alone: on a shop's real host a stranger could send the link of a "paid" screen as a proof of payment.
There too each screen wears a ribbon, and its order code is the one of the documents (docs/decisions/0085).
"""

from collections.abc import Mapping

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from widget_server.config import Settings
from widget_server.domain.display_options import THEMES
from widget_server.domain.opening import may_pay_again
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.services import snippet
from widget_server.services.look import read_look
from widget_server.web.deps import Deps
from widget_server.web.openapi.operations import (
    HTML,
    TEXT,
    NotFoundProblem,
    Operation,
    Parameter,
    ResponseSpec,
    describe,
)
from widget_server.web.routes.playground import LOOK_PARAMETERS, one_of, query_parameter, source_lists
from widget_server.web.routes.return_page import waits_for_news
from widget_server.web.sample_screens import SCREENS, UNAVAILABLE, label, sample_verdict
from widget_server.web.shopper_pages import notice_page, page_headers, verdict_page
from widget_server.web.translations import LANGUAGES, language

WIDTHS = ("360", "768", "1280")
_QUERY = (
    query_parameter("lang", "The language of the screens; without it the browser's.", "en", LANGUAGES),
    query_parameter("theme", "The theme of the screens.", "dark", THEMES),
)
_PAY_PAGE = ("pay", "page")
"""What the widget's frame shows in place of StepPay's page."""
_PAY_PAGE_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
_ONLY = "In the sandbox alone, where the playground is switched on."
_GALLERY = Operation(
    "The gallery of screens",
    f"A page that shows every screen of the widget and of the return page with sample data. {_ONLY}",
    tag="Widget",
    parameters=(
        *_QUERY,
        query_parameter("width", "How wide the screens are, in pixels.", "768", WIDTHS),
        *LOOK_PARAMETERS,
    ),
    responses=(ResponseSpec(200, "The page.", TEXT, (HTML,)),),
)
_SCREEN = Operation(
    "One screen of the gallery",
    f"One screen with sample data, marked as a sample. It asks StepPay nothing. {_ONLY}",
    tag="Widget",
    parameters=(
        Parameter("surface", "`widget` or `return`.", TEXT, "widget"),
        Parameter("screen", "The screen, as the gallery names it.", TEXT, "paid"),
        *_QUERY,
        *LOOK_PARAMETERS,
    ),
    responses=(ResponseSpec(200, "The page.", TEXT, (HTML,)),),
    errors=(NotFoundProblem,),
)


def screen_gallery_blueprint(deps: Deps, widget: bytes) -> Blueprint:
    """`widget`: the bytes that this server serves."""
    blueprint = Blueprint("screen_gallery", __name__)
    settings = deps.settings

    @blueprint.get("/playground/screens")
    @describe(_GALLERY)
    def screen_gallery() -> Response:
        lang, theme = _choices()
        width = one_of(WIDTHS, request.args.get("width")) or WIDTHS[0]
        look = read_look(request.args).query
        page = render_template(
            "playground_screens.html", screens=SCREENS, label=label, lang=lang, theme=theme, width=width, look=look
        )
        return _answer(page, _gallery_policy())

    @blueprint.get("/playground/screens/<surface>/<screen>")
    @describe(_SCREEN)
    def sample_screen(surface: str, screen: str) -> Response:
        lang, theme = _choices()
        if (surface, screen) == _PAY_PAGE:
            page = render_template("playground_pay_page.html", lang=lang, theme=theme)
            return _answer(page, _PAY_PAGE_POLICY)
        if screen not in SCREENS.get(surface, ()):
            raise NotFoundProblem("The gallery at /playground/screens has no such screen.")
        sample = {"surface": surface, "name": screen, "theme": theme, "verdict": sample_verdict(screen, lang)}
        if surface == "return":
            response = _return_screen(screen, lang, sample, settings)
            response.headers.update(page_headers(settings, ("'self'",)))
            return response
        look = read_look(request.args)
        tag = Markup(snippet.tag(settings.public_url, widget, locale=lang, theme=theme))  # noqa: S704 - of no input
        page = render_template("playground_widget_screen.html", sample=sample, lang=lang, live_tag=tag, look=look)
        return _answer(page, _widget_policy(settings))

    return blueprint


def _choices() -> tuple[str, str]:
    """Language and theme of the screens."""
    lang = language(request, one_of(LANGUAGES, request.args.get("lang")))
    return lang, one_of(THEMES, request.args.get("theme")) or "auto"


def _return_screen(name: str, lang: str, sample: Mapping[str, object], settings: Settings) -> Response:
    """As `return_page.py` and `pay_link.py` show it: opened alone a tab of its own, in the gallery framed."""
    shop = settings.allowed_origins[0] + "/"
    verdict = sample_verdict(name, lang)
    if verdict is None:
        waiting = {"again_url": "", "refresh_seconds": 5} if name == UNAVAILABLE else {}
        again = waiting or ({"again_url": ""} if name != "unidentified" else {})
        notice = VerdictKind.UNKNOWN.value if name == UNAVAILABLE else name
        return notice_page(200, notice, shop, settings, locale=lang, sample=sample, **again)
    again_url = request.full_path if waits_for_news(verdict) else None
    return verdict_page(
        verdict,
        lang,
        settings,
        shop_url=shop,
        refresh_url=again_url,
        refresh_seconds=2 if again_url else None,
        retry_url=request.full_path if may_pay_again(verdict) and not again_url else None,
        checkout_mode="tab",
        sample=sample,
    )


def _answer(page: str, policy: str) -> Response:
    response = Response(page, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})
    response.vary.add("Accept-Language")
    return response


def _gallery_policy() -> str:
    own = "script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def _widget_policy(settings: Settings) -> str:
    """The widget, our own files, and in its frame a drawing in place of the pay page."""
    lines = source_lists(settings, framed=False)
    own = ("frame-src 'self'", "style-src 'self'", "img-src 'self'", "base-uri 'none'", "form-action 'none'")
    return "; ".join(("default-src 'none'", *lines, *own, "frame-ancestors 'self'"))
