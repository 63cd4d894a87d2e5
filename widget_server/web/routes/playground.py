"""`GET /playground`: a merchant chooses how the checkout of a page behaves, tries exactly that, and copies it.

The page carries the very tag that it shows. It creates no order: only the shop's backend may, and hands the code over
in `?order=` (docs/decisions/0020).
"""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from widget_server.config import STEPPAY_API_URL, Settings, origin_of
from widget_server.domain.display_options import LOCALES, MODES, THEMES
from widget_server.domain.model import ORDER_CODE
from widget_server.domain.verdict_kinds import KINDS
from widget_server.errors import RateLimited
from widget_server.services import snippet
from widget_server.services.look import (
    DEFAULT_ACCENT,
    DEFAULT_RADIUS,
    LARGEST_RADIUS,
    LONGEST_TEXT,
    TEXT_KEYS,
    Look,
    contrasts,
    read_look,
)
from widget_server.services.shop_code import shop_code
from widget_server.web.deps import Deps
from widget_server.web.openapi.operations import HTML, TEXT, Operation, Parameter, ResponseSpec, describe
from widget_server.web.sample_screens import SCREENS, label
from widget_server.web.translations import LANGUAGES, language

_LONGEST_PATH = 1024
_ANY_CODE = "order_15XqwcM1f"


def query_parameter(name: str, text: str, example: str, choices: Sequence[str] = ()) -> Parameter:
    """The choices are in the description, not in the schema: any other word counts as not given."""
    listed = f" One of `{'`, `'.join(choices)}`." if choices else ""
    return Parameter(name, text + listed, TEXT, example, "query")


LOOK_PARAMETERS = (
    query_parameter("accent", "The accent of the widget's screens, `#rrggbb`.", "#0b7a4b"),
    query_parameter("radius", f"The corners of the widget's card, 0 to {LARGEST_RADIUS} pixels.", "4"),
    *(query_parameter(f"text_{key}", f"The widget's words for `{key}`.", "Thank you") for key in TEXT_KEYS),
)
_PAGE = Operation(
    "The playground",
    "A page for merchants: choose mode, language and theme of a page, try the widget with exactly these, copy the tag, "
    "the policy lines and the page rule. Anything that is not listed counts as not given. Only where "
    "`WIDGET_PLAYGROUND` or the sandbox switches it on.",
    tag="Widget",
    parameters=(
        query_parameter("path", "The path or address of the shop's page.", "/pricing"),
        query_parameter("mode", "What the tag forces; without it the page rule decides.", "iframe", MODES),
        query_parameter("locale", "The widget's language.", "ko", LOCALES),
        query_parameter("theme", "The widget's theme.", "dark", THEMES),
        query_parameter("order", "The code of a test order.", _ANY_CODE),
        query_parameter("screen", "The widget's screen that the phone shows, in the sandbox.", "failed"),
        query_parameter("container", "`1`: the pay page opens inside an element of the page.", "1"),
        *LOOK_PARAMETERS,
        query_parameter("lang", "The language of this page; without it the browser's.", "en", LANGUAGES),
    ),
    responses=(ResponseSpec(200, "The page.", TEXT, (HTML,)),),
    errors=(RateLimited,),
)


def playground_blueprint(deps: Deps, widget: bytes) -> Blueprint:
    """`widget`: the bytes that this server serves; the tag pins them."""
    blueprint = Blueprint("playground", __name__)
    settings = deps.settings
    policy = _policy(settings)

    @blueprint.get("/playground")
    @describe(_PAGE)
    def try_out() -> str:
        page = _chosen_page(request.args, deps)
        given = request.args.get("order", "")
        order = given if ORDER_CODE.fullmatch(given) else ""
        tag = snippet.tag(settings.public_url, widget, mode=page.forced_mode, locale=page.locale, theme=page.theme)
        lang = language(request, one_of(LANGUAGES, request.args.get("lang")))
        values = {"page": page, "order": order, "tag": tag, "lang": lang, **_texts(settings, page, order, lang)}
        values |= {"screens": SCREENS["widget"], "label": label, "screen": request.args.get("screen")}
        if values["screen"] not in SCREENS["widget"]:
            values["screen"] = "paid"
        values |= _look_texts(settings, page, read_look(request.args), order or _ANY_CODE, lang)
        live_tag = Markup(tag)  # noqa: S704 - made of listed words and our own address, of no input
        return render_template("playground.html", settings=settings, live_tag=live_tag, **values)

    @blueprint.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.vary.add("Accept-Language")
        return response

    return blueprint


def _chosen_page(args: Mapping[str, str], deps: Deps) -> snippet.Page:
    path = snippet.page_path(args.get("path", "/")[:_LONGEST_PATH])
    return snippet.Page(
        path,
        deps.rules.find(path),
        forced_mode=one_of(MODES, args.get("mode")),
        locale=one_of(LOCALES, args.get("locale")) or "auto",
        theme=one_of(THEMES, args.get("theme")) or "auto",
    )


def one_of(choices: Sequence[str], given: str | None) -> str | None:
    return given if given in choices else None


def _texts(settings: Settings, page: snippet.Page, order: str, lang: str) -> dict[str, object]:
    """The snippets, the choices, and whether payments are real: a sandbox may use the real StepPay too."""
    lines = snippet.csp_directives(settings.public_url, framed=page.framed, plain_http=settings.env == "sandbox")
    return {
        "real_money": settings.steppay_api_url == STEPPAY_API_URL,
        "has_gallery": has_gallery(settings),
        "shop": origin_of(settings.playground_orders_url or "") or settings.allowed_origins[0],
        "csp": "\n".join(f"{line};" for line in lines),
        "rule": snippet.rule_toml(page),
        "modes": ("", *MODES),
        "locales": LOCALES,
        "themes": THEMES,
        "kinds": KINDS,
    }


def _look_texts(settings: Settings, page: snippet.Page, look: Look, order: str, lang: str) -> dict[str, object]:
    """What depends on the look: the button's place, the style sheet, the script, and how well the accent is seen."""
    pay, customer = ("결제하기", "김달래") if lang == "ko" else ("Pay", "Dallae Kim")
    shop = settings.allowed_origins[0]
    return {
        "look": look,
        "look_keys": TEXT_KEYS,
        "default_accent": DEFAULT_ACCENT,
        "default_radius": DEFAULT_RADIUS,
        "largest_radius": LARGEST_RADIUS,
        "longest_text": LONGEST_TEXT,
        "container": snippet.CONTAINER,
        "contrasts": contrasts(look.accent or DEFAULT_ACCENT),
        "button": snippet.button(settings.public_url, order, pay, in_page=look.in_page),
        "code": shop_code(settings.public_url, shop, page, text=pay, customer=customer, in_page=look.in_page),
    }


def _policy(settings: Settings) -> str:
    """What the snippet needs on a page with frames, and our own files. Test orders come from the shop by a form."""
    orders = origin_of(settings.playground_orders_url or "") or ""
    lines = ("default-src 'none'", *source_lists(settings, framed=True))
    own = ("style-src 'self'", "img-src 'self'", "base-uri 'none'", f"form-action 'self' {orders}".strip())
    return "; ".join((*lines, *own, "frame-ancestors 'none'"))


def has_gallery(settings: Settings) -> bool:
    """Not on a shop's real host, where a sample of "paid" could pass for a verdict."""
    return settings.playground and settings.env == "sandbox"


def source_lists(settings: Settings, *, framed: bool) -> list[str]:
    """The snippet's lines for a policy of our own page. `framed`: the pay page shows inside."""
    needs = snippet.csp_directives(settings.public_url, framed=framed, plain_http=settings.env == "sandbox")
    return [line.replace("-src ", "-src 'self' ") for line in needs]
