"""The texts at the head of the document."""

TITLE = "StepPay checkout widget server"
TITLE_KO = "스텝페이 결제 위젯 서버"

PRINCIPLES = (
    "Never “paid” unless StepPay says so, now, for exactly this order.",
    "Never “failed” because we do not know: a time-out, an outage, a contradiction is “unknown”. Ask again.",
)

DESCRIPTION = f"""\
A shop's page opens StepPay's hosted pay page. When the shopper comes back, this server asks StepPay what really \
happened and returns one verdict.

Two principles settle every doubt:

1. {PRINCIPLES[0]}
2. {PRINCIPLES[1]}

A verdict has status 200, also when nothing was paid. Any other status means that nothing could be \
decided; it is a problem document (RFC 9457) with a stable `code`. Ignore members you do not know: more may come.

Fulfill an order from your backend, and only when `fulfill` is true and `amount` and `currency` are your order's."""

DESCRIPTION_KO = """\
쇼핑몰 페이지에서 스텝페이 결제창을 엽니다. 구매자가 돌아오면 이 서버가 스텝페이에 결제 여부를 확인하고, \
결과 하나를 돌려줍니다.

두 가지 원칙을 지킵니다.

1. 스텝페이가 지금, 바로 이 주문에 대해 결제되었다고 답할 때만 “결제 완료”라고 합니다.
2. 확인하지 못한 결제를 “실패”라고 하지 않습니다. \
시간 초과, 장애, 서로 맞지 않는 응답은 “알 수 없음”이며, 다시 확인하면 됩니다.

결과를 확인하면 결제되지 않은 주문이라도 상태 코드는 200입니다. 다른 상태 코드는 결과를 확인하지 못했다는 뜻입니다. \
이때는 바뀌지 않는 `code`가 담긴 오류 응답(RFC 9457)을 보냅니다. \
모르는 항목은 무시하세요. 나중에 항목이 추가될 수 있습니다.

상품은 백엔드에서 지급하세요. `fulfill`이 true이고 `amount`와 `currency`가 주문과 같을 때만 지급합니다."""

TAGS = {
    "Verdict": "What may be believed about a payment.",
    "Checkout": "Opening StepPay's pay page, and coming back from it.",
    "Merchant": "For your own backend, with the `WIDGET_API_KEY`. Pages must never call these.",
    "StepPay": "For StepPay's own events.",
    "Widget": "What the script tag loads, and how a page's checkout behaves.",
    "Operation": "For operators and readers of this document.",
}
"""In the order in which they are shown. A new family of routes adds its line here."""

TAGS_KO = {
    "Verdict": ("결제 결과", "결제 결과를 확인합니다."),
    "Checkout": ("결제창", "스텝페이 결제창을 열고, 결제한 뒤 돌아옵니다."),
    "Merchant": ("쇼핑몰 백엔드", "`WIDGET_API_KEY`를 가진 백엔드만 호출합니다. 페이지에서 호출하면 안 됩니다."),
    "StepPay": ("스텝페이", "스텝페이가 보내는 웹훅을 받습니다."),
    "Widget": ("위젯", "스크립트 태그가 불러오는 파일과 페이지별 결제창 설정입니다."),
    "Operation": ("운영", "운영자와 이 문서를 읽는 개발자를 위한 주소입니다."),
}
"""Name and text of each tag."""
