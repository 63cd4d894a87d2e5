"""What the demo shop sells. The codes are those of the simulated StepPay's products."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """`price_krw` is shown, and bound to each order; what is charged is StepPay's own price, which must be the same.
    `most`: how many one order may have. The drawing is `static/img/shop-KEY.svg`."""

    key: str
    product_code: str
    price_code: str
    price_krw: int
    name: tuple[str, str]
    text: tuple[str, str]
    every: tuple[str, str]
    most: int = 1


BEANS = Product(
    "beans",
    "product_beans",
    "price_beans",
    18_000,
    ("달보드레 블렌드 500g", "Dalbodeure Blend 500 g"),
    (
        "볶은 곡물과 말린 귤껍질의 단맛. 주문한 다음 날 볶아 보냅니다.",
        "Roasted grain, dried tangerine. Roasted the day after you order.",
    ),
    ("단품 구매", "one-time"),
    most=5,
)
DRIP_BAGS = Product(
    "drip-bags",
    "product_drip_bags",
    "price_drip_bags",
    12_000,
    ("드립백 10개입", "Drip bags, box of 10"),
    (
        "뜨거운 물만 부으면 됩니다. 한 잔씩 포장해 회사에서도, 여행지에서도 마실 수 있습니다.",
        "Just add hot water. Each cup is packed on its own, for the office or the road.",
    ),
    ("상자당", "a box"),
    most=5,
)
TRIAL = Product(
    "trial",
    "product_trial",
    "price_trial",
    0,
    ("첫 달 무료 체험", "First month free"),
    (
        "결제수단만 등록하고 한 달 동안 먼저 마셔 보세요. 다음 달부터 매월 9,900원입니다.",
        "Register a payment method, drink for a month. Then 9,900 won a month.",
    ),
    ("/ 첫 달", "/ first month"),
)
PLANS = (
    Product(
        "basic",
        "product_basic",
        "price_basic_monthly",
        9_900,
        ("매달 원두", "Beans every month"),
        (
            "그달에 가장 맛있는 원두 200g을 보냅니다. 언제든 쉬어 갈 수 있습니다.",
            "200 g of the month's best beans. Pause any time.",
        ),
        ("/ 월", "/ month"),
    ),
    TRIAL,
    Product(
        "card",
        "product_card",
        "price_card",
        0,
        ("결제수단 변경", "Change payment method"),
        (
            "구독 결제에 쓸 카드를 바꿉니다. 청구되는 금액은 없습니다.",
            "Use another card for your subscription. Nothing is charged.",
        ),
        ("청구 없음", "no charge"),
    ),
)
SHELF = (BEANS, DRIP_BAGS, TRIAL)
"""Those with a page of their own; the first one's is the shop's first."""
PRODUCTS = (BEANS, DRIP_BAGS, *PLANS)
