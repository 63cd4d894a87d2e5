"""StepPay's order number: a positive integer of 64 bits, which events and browsers also write as text."""

import re

MAX_ORDER_ID = 2**63 - 1
ORDER_ID_TEXT = re.compile(r"[1-9][0-9]{0,18}")


def read_order_id(value: object) -> int | None:
    """From a JSON integer, or from ASCII digits. `int()` alone would take `1_0`, ` 1 ` and full-width digits, and True
    is an integer in Python."""
    number = int(value) if isinstance(value, str) and ORDER_ID_TEXT.fullmatch(value) else value
    return number if type(number) is int and 1 <= number <= MAX_ORDER_ID else None
