"""What the simulator sells: products of its own, and those that a merchant gives it for a rehearsal."""

import re
from dataclasses import dataclass
from typing import Literal

OrderType = Literal["ONE_TIME", "RECURRING_INITIAL", "RECURRING", "PAYMENT_METHOD"]

MOST_WON = 1_000_000_000
_CODE = r"[A-Za-z0-9_-]{1,64}"
_GIVEN = re.compile(rf"({_CODE})/({_CODE})=([0-9]{{1,10}})(,month)?(?:,trial=([0-9]{{1,3}}))?")


@dataclass(frozen=True, slots=True)
class Product:
    """A product at one price, `amount` in whole won. `trial_days`: the first order charges nothing, and the price is
    due after so many days."""

    id: int
    code: str
    name: str
    english_name: str
    kind: Literal["SOFTWARE", "BOX"]
    price_code: str
    plan_name: str
    amount: int
    order_type: OrderType
    trial_days: int = 0
    price_id: int = 0

    @property
    def price_number(self) -> int:
        """StepPay's number of the price; a product may have several prices."""
        return self.price_id or self.id * 10 + 1


PRODUCTS: tuple[Product, ...] = (
    Product(
        1, "product_basic", "매달 원두", "Beans every month", "SOFTWARE",
        "price_basic_monthly", "월간 이용권", 9_900, "RECURRING_INITIAL",
    ),
    Product(
        2, "product_beans", "달보드레 블렌드 500g", "Dalbodeure Blend 500 g", "BOX",
        "price_beans", "단품", 18_000, "ONE_TIME",
    ),
    Product(
        3, "product_trial", "첫 달 무료 체험", "First month free", "SOFTWARE",
        "price_trial", "월간 이용권", 9_900, "RECURRING_INITIAL", trial_days=30,
    ),
    Product(
        4, "product_card", "결제수단 변경", "Change payment method", "SOFTWARE",
        "price_card", "카드 등록", 0, "PAYMENT_METHOD",
    ),
    Product(
        5, "product_drip_bags", "드립백 10개입", "Drip bags, box of 10", "BOX",
        "price_drip_bags", "단품", 12_000, "ONE_TIME",
    ),
)  # fmt: skip


def read_product(text: str) -> Product:
    """`CODE/PRICE_CODE=WON`, for a subscription `,month` behind it, for a trial before that `,month,trial=DAYS`.

    Raises ValueError with a sentence for the person who wrote it.
    """
    found = _GIVEN.fullmatch(text)
    if not found or (found[5] and not found[4]) or int(found[3]) > MOST_WON:
        raise ValueError(
            f"{text!r} is no product; write product_tea/price_tea=12000, for a subscription "
            "product_club/price_club=9900,month and with a free trial product_club/price_club=9900,month,trial=7"
        )
    code, price_code, amount = found[1], found[2], int(found[3])
    kind: OrderType = "RECURRING_INITIAL" if found[4] else "ONE_TIME"
    plan = "월간 이용권" if found[4] else "단품"
    return Product(0, code, code, code, "BOX", price_code, plan, amount, kind, int(found[5] or 0))


def describe(product: Product) -> str:
    """One line for a person: both codes, the price, what is special about it."""
    if product.order_type == "PAYMENT_METHOD":
        terms = "registers a payment method, no charge"
    else:
        terms = f"{product.amount:,} won" + (" a month" if product.order_type == "RECURRING_INITIAL" else "")
    trial = f", the first {product.trial_days} days free" if product.trial_days else ""
    return f"{product.code:<16}{product.price_code:<22}{terms}{trial}"
