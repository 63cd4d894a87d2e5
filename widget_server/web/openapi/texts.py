"""The texts at the head of the document."""

TITLE = "StepPay checkout widget server"
TITLE_KO = "StepPay 결제 위젯 서버 API"

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

TAGS = {
    "Verdict": "What may be believed about a payment.",
    "Checkout": "Opening StepPay's pay page, and coming back from it.",
    "Merchant": "For your own backend, with the `WIDGET_API_KEY`. Pages must never call these.",
    "StepPay": "For StepPay's own events.",
    "Widget": "What the script tag loads, and how a page's checkout behaves.",
    "Operation": "For operators and readers of this document.",
}
"""In the order in which they are shown. A new family of routes adds its line here."""
