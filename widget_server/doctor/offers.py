"""Does StepPay sell each offer's product at the price that the file says?"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from widget_server.adapters.offers_file import load_offers
from widget_server.adapters.steppay.transport import RawResponse, TransportError
from widget_server.config import Settings
from widget_server.doctor.result import CheckResult, DoctorContext, ok, problem, skipped, warning
from widget_server.doctor.steppay import BUDGET_SECONDS
from widget_server.domain.new_order import CODE
from widget_server.domain.offer import Offer
from widget_server.domain.parsing import exact_amount
from widget_server.domain.strict_json import NotStrictJson, loads
from widget_server.errors import ConfigurationError

NAME = "offer prices"
_PLAIN = ("ONE_TIME", "FLAT")
"""Types of prices that say what a piece costs. The others depend on use or volume."""
_WORD = re.compile(r"[A-Z_]{1,32}")
_CORRECT = "Correct the offer in WIDGET_OFFERS_FILE, or the price in StepPay's portal; until then it sells nothing."
_COPY = "Copy the codes again from StepPay's portal, of the same environment as the Secret-Token."
_ON_SALE = "Put it on sale in StepPay's portal, or take the offer out of the file."
_TEST = "One test order shows what StepPay really asks; the amount of the offer must be that."


def check_offer_prices(settings: Settings, context: DoctorContext) -> Iterator[CheckResult]:
    """One read of StepPay's product API for each offer. The file itself is checked before."""
    try:
        offers = load_offers(settings.offers_file, settings.allowed_origins, sandbox=settings.env == "sandbox")
    except ConfigurationError:
        yield skipped(NAME, "not checked", "The file comes first.")
        return
    for offer in offers.values():
        url = f"{settings.steppay_api_url}/api/v1/products/{offer.product}"
        try:
            answer = context.get(url, {"Secret-Token": settings.secret_token}, BUDGET_SECONDS)
        except TransportError:
            yield skipped(NAME, f"{offer.id}: StepPay was not reached")
            continue
        yield judge_answer(offer, answer)


def judge_answer(offer: Offer, answer: RawResponse) -> CheckResult:
    if answer.status == 404:
        return problem(NAME, f"{offer.id}: StepPay has no product {offer.product}", _COPY)
    product = _read(answer.body) if answer.status == 200 else None
    if product is None:
        return skipped(NAME, f"{offer.id}: no usable answer about the product ({answer.status})")
    return judge_product(offer, product)


def judge_product(offer: Offer, product: Mapping[str, object]) -> CheckResult:
    """The offer against StepPay's body of its product. Every customer of an offer is a new one, so what StepPay has
    for a first purchase counts."""
    prices = product.get("prices")
    known = {str(one["code"]): one for one in (prices if isinstance(prices, list) else []) if _has_code(one)}
    price = known.get(offer.price)
    if price is None:
        there = ", ".join(known) or "none"
        return problem(NAME, f"{offer.id}: {offer.product} has no price {offer.price}; it has {there}", _COPY)
    status = product.get("status")
    if status not in (None, "SALE"):
        return problem(NAME, f"{offer.id}: StepPay does not sell {offer.product} now{_named(status)}", _ON_SALE)
    most = price.get("maximumPurchaseQuantity")
    if type(most) is int and 0 < most < offer.most:
        return problem(NAME, f"{offer.id}: StepPay sells at most {most} pieces, the offer up to {offer.most}", _CORRECT)
    if price.get("type") not in _PLAIN:
        return warning(NAME, f"{offer.id}: what it costs cannot be read{_named(price.get('type'))}", _TEST)
    return _judge_amount(offer, product, price)


def _judge_amount(offer: Offer, product: Mapping[str, object], price: Mapping[str, object]) -> CheckResult:
    amounts, why = _first_amounts(product, price)
    if offer.amount in amounts:
        return ok(NAME, f"{offer.id}: {offer.product} at {offer.price}, {offer.amount:f} {offer.currency}{why}")
    if not amounts:
        return skipped(NAME, f"{offer.id}: StepPay's answer names no amount")
    asked = " or ".join(f"{amount:f}" for amount in sorted(amounts))
    text = f"{offer.id}: the offer's amount is {offer.amount:f}, a new customer's order costs {asked}{why}"
    return problem(NAME, text, _CORRECT)


def _first_amounts(product: Mapping[str, object], price: Mapping[str, object]) -> tuple[set[Decimal], str]:
    """What a new customer's piece may cost, and why it is not the plain price."""
    plain = exact_amount(price.get("price"))
    days = product.get("demoPeriod")
    if product.get("enabledDemo") is True and price.get("type") != "ONE_TIME" and type(days) is int and days > 0:
        return {Decimal(0)}, " (a free trial)"
    discount = exact_amount(price.get("firstSalePrice"))
    if price.get("enabledFirstSalePrice") is True and plain is not None and discount is not None:
        # The specification calls it the amount of the discount; a portal may show it as the price. Both are possible.
        return {discount, max(plain - discount, Decimal(0))}, " (a discount on the first purchase)"
    return ({plain} if plain is not None else set()), ""


def _has_code(one: object) -> bool:
    return isinstance(one, Mapping) and isinstance(one.get("code"), str) and bool(CODE.fullmatch(one["code"]))


def _named(word: object) -> str:
    """StepPay's own word, if it looks like one."""
    return f" ({word})" if isinstance(word, str) and _WORD.fullmatch(word) else ""


def _read(body: bytes) -> Mapping[str, object] | None:
    try:
        value = loads(body)
    except NotStrictJson:
        return None
    return value if isinstance(value, dict) else None
