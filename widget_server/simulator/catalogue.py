"""The fixed products the simulator sells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OrderType = Literal["ONE_TIME", "RECURRING_INITIAL", "RECURRING", "PAYMENT_METHOD"]


@dataclass(frozen=True, slots=True)
class Price:
    """A price plan; `amount` in whole won."""

    id: int
    code: str
    plan_name: str
    amount: int
    order_type: OrderType


@dataclass(frozen=True, slots=True)
class Product:
    id: int
    code: str
    name: str
    english_name: str
    kind: Literal["SOFTWARE", "BOX"]
    price: Price
    trial_days: int = 0


PRODUCTS: tuple[Product, ...] = (
    Product(
        1, "product_basic", "베이직 구독", "Basic subscription", "SOFTWARE",
        Price(11, "price_basic_monthly", "월간 이용권", 9_900, "RECURRING_INITIAL"),
    ),
    Product(
        2, "product_beans", "원두 500g", "Coffee beans 500 g", "BOX",
        Price(21, "price_beans", "단품", 18_000, "ONE_TIME"),
    ),
    Product(
        3, "product_trial", "7일 무료 체험", "7-day free trial", "SOFTWARE",
        Price(31, "price_trial", "무료 체험", 0, "RECURRING_INITIAL"), trial_days=7,
    ),
    Product(
        4, "product_card", "결제수단 변경", "Change of payment method", "SOFTWARE",
        Price(41, "price_card", "카드 등록", 0, "PAYMENT_METHOD"),
    ),
)  # fmt: skip


def find_product(code: str) -> Product | None:
    """Return the product with this code, or None."""
    return next((product for product in PRODUCTS if product.code == code), None)
