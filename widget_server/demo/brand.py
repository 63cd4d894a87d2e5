"""The demo's static pages: written once at the start, then plain files on an origin of their own, with no code behind.

They sell by offers alone: what a merchant without a backend puts on a page.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, render_template

from widget_server.demo.files import file_routes
from widget_server.demo.shop.catalogue import BEANS, DRIP_BAGS, SHELF, TRIAL, Product

_FILES = (
    "css/shop-brand.css",
    "img/mark.svg",
    *(f"img/shop-{product.key}.svg" for product in SHELF),
)
_LANGUAGES = {"ko": "index", "en": "en"}
_MODES = ("iframe", "tab", "redirect")
PRIVACY_PAGE = "privacy.html"


@dataclass(frozen=True)
class Offer:
    id: str
    product: Product
    most: int = 1


OFFERS = (
    Offer("beans-500g", BEANS),
    Offer("first-month-free", TRIAL),
    Offer("drip-bags", DRIP_BAGS, most=5),
)


def offers_file(brand_url: str) -> str:
    """The text of WIDGET_OFFERS_FILE."""
    shop = f'[shop]\nprivacy_url = "{brand_url}/{PRIVACY_PAGE}"\n'
    return shop + "".join(_offer_table(offer, brand_url) for offer in OFFERS)


def create_brand(*, widget_url: str, shop_url: str, templates_dir: Path, static_dir: Path) -> Flask:
    """The pages as a WSGI application; addresses as browsers use them. `NAME.txt` is the source of `NAME`."""
    app = Flask("brand", template_folder=str(templates_dir), static_folder=None)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True  # the source is read by people
    with app.app_context():
        pages = dict(_pages(widget_url, shop_url))
    app.register_blueprint(file_routes(static_dir, _FILES))

    @app.get("/", defaults={"name": "index.html"})
    @app.get("/<name>")
    def page(name: str) -> Response:
        text = pages.get(name.removesuffix(".txt"))
        if text is None:
            abort(404)
        answer = Response(text, mimetype="text/plain" if name.endswith(".txt") else "text/html")
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    return app


def _pages(widget_url: str, shop_url: str) -> Iterator[tuple[str, str]]:
    """By file name: each language with each way to open the pay page."""
    yield PRIVACY_PAGE, render_template("shop/brand_privacy.html")
    for lang in _LANGUAGES:
        for mode in _MODES:
            yield (
                _name(lang, mode),
                render_template(
                    "shop/brand.html",
                    **{"lang": lang, "mode": mode, "modes": _MODES, "name": _name, "offers": OFFERS},
                    widget_url=widget_url,
                    shop_url=shop_url,
                ),
            )


def _name(lang: str, mode: str) -> str:
    return _LANGUAGES[lang] + ("" if mode == _MODES[0] else f"-{mode}") + ".html"


def _offer_table(offer: Offer, brand_url: str) -> str:
    product = offer.product
    lines = {
        "id": offer.id,
        "product": product.product_code,
        "price": product.price_code,
        "amount": product.price_krw,
        "origins": [brand_url],
        **{f"{lang}.{key}": words[at] for at, lang in enumerate(_LANGUAGES)
           for key, words in (("title", product.name), ("text", product.text))},
    }  # fmt: skip
    if offer.most > 1:
        lines["quantity.min"], lines["quantity.max"] = 1, offer.most
    # A JSON value of these kinds is the same in TOML.
    return "\n[[offer]]\n" + "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in lines.items()
    )
