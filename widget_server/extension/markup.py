"""The script tag and the paying link, for the shop's own templates."""

from markupsafe import Markup, escape

from widget_server.domain.display_options import MODES
from widget_server.domain.model import ORDER_CODE


def script_tag(src: str, integrity: str | None, attributes: dict[str, object]) -> Markup:
    """The widget's tag; pinned where its hash is known."""
    pin: dict[str, object] = {"integrity": integrity, "crossorigin": "anonymous"} if integrity else {}
    given = {"defer": True, "src": src, **pin, "data-steppay-checkout": True}
    return Markup("<script{}></script>").format(_written(given, attributes))


def pay_link(public_url: str, order_code: object, text: str, mode: str | None, attributes: dict[str, object]) -> Markup:
    """A link that pays, with the widget and without. `text` is escaped, unless it is `Markup`. Raises `ValueError` for
    what is no order code or mode."""
    if not isinstance(order_code, str) or not ORDER_CODE.fullmatch(order_code):
        raise ValueError("steppay_button: that is no order code")
    if mode is not None and mode not in MODES:
        raise ValueError(f"steppay_button: mode is one of {', '.join(MODES)}")
    given: dict[str, object] = {
        "href": f"{public_url}/v1/pay/{order_code}",
        "data-steppay-order": order_code,
        "data-mode": mode,
    }
    return Markup("<a{}>{}</a>").format(_written(given, attributes), escape(text))


def _written(given: dict[str, object], more: dict[str, object]) -> Markup:
    """Python's names as HTML's: `class_` and `data_success_url`. `True` is an attribute without a value; None and
    `False` leave it out. None of `more` replaces what makes the element work."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in more.items()}
    pairs = [(name, value) for name, value in {**named, **given}.items() if value not in (None, False)]
    order = {name: place for place, name in enumerate(given)}
    pairs.sort(key=lambda pair: order.get(pair[0], len(order)))
    return Markup("").join(
        Markup(" {}").format(name) if value is True else Markup(' {}="{}"').format(name, value) for name, value in pairs
    )
