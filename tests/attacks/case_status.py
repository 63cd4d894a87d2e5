"""What the table says besides "as the case says": where we differ on purpose, and what is not proved yet.

When a feature arrives: name its tests by the case's id (`test_FF_01_...`) or list them in `PROVED_BY`, take the id out
of `WAITING`, and run `python -m tests.attacks.table`.
"""

from __future__ import annotations

PROVED_BY: dict[str, tuple[str, ...]] = {
    "OP-01": (
        "tests/integration/test_send_test.py::test_no_test_message_fulfills",
        "tests/integration/test_send_test.py::test_whatever_stands_at_the_mark_is_a_test",
        "tests/integration/test_send_test.py::test_only_a_handler_that_accepts_tests_receives_one",
    ),
    "OP-03": (
        "tests/integration/test_alerts.py::test_each_kind_arrives_once_from_two_processes_and_again_after_it_came_back",
        "tests/integration/test_alert_senders.py::test_the_command_sends_a_test_and_shows_no_address",
    ),
    "OF-05": (
        "tests/integration/test_offers.py::test_strangers_make_few_orders_and_repeats_cost_nothing",
        "tests/integration/test_offers.py::test_all_strangers_together_make_few_orders_of_one_offer",
    ),
    "OF-09": ("tests/integration/test_offers.py::test_every_wrong_field_is_named_and_nothing_is_made",),
    "OF-12": ("tests/integration/test_offers.py::test_a_price_that_changed_at_steppay_gives_out_no_code",),
}
"""Tests without the id in their names, as `tests/unit/test_x.py::test_y`."""

WAITING: dict[str, str] = {}
"""Cases that no test proves yet, each with the feature that brings it."""

DIFFERENCES: dict[str, str] = {
    "IN-10": "A code that is too long is 422 `invalid_request`: it can be read, and is wrong (decision 5).",
    "IN-11": "400 `invalid_json`: a repeated key cannot be read in one way only (decision 5).",
    "IN-14": "No test asserts on time.",
    "IN-16": "The slow body is cut by the web server in front, as `deploy/nginx` and `deploy/caddy` have it, after "
    "eight seconds. Without one it is **not cut**: granian has no time-out for bodies. It delays no other client, "
    "because only so many bodies are read at once, and few for one client once they get scarce (decision 11).",
    "MX-04": "The same answer, the reason included; only the token has an id of its own.",
    "MX-10": "Without an expectation, a currency that is unclear is shown as null and does not change the verdict.",
    "MX-23": "Asked again on the schedule of every order that is not final; the alert comes at its end (decision 21).",
    "MX-25": "A date of the next 24 hours is read: clocks differ. A receipt without a status is "
    "`unrecognized_payment_status`.",
    "UP-04": "Two failed tries are `upstream_unavailable`: the shopper can do nothing different (decision 5).",
    "UP-11": "A missing `type`, date or amount is no order; a missing `idKey` is 200 `unknown` (decision 4).",
    "UP-13": "A receipt that StepPay does not have (404) is `receipt_missing`. No switch does without receipts.",
    "UP-14": "A null status means none (decision 4): `contradiction` on a paid order. An unknown order type is "
    "`unrecognized_order_type`.",
    "UP-16": "The less favourable answer is given at once, without another read.",
    "RT-02": "The page verifies on the server; an ambiguous query is 400 and asks StepPay nothing.",
    "CO-05": "The shop's own page that asks for too much keeps its ACAO and is granted neither method nor header. "
    "GET is allowed beside POST, for the poll. Preflights draw on no budget: nothing is asked for them.",
    "LK-05": "No test asserts on time. Alert rules: docs/operations/alerts.yml.",
    "WH-04": "The check runs a minute later, where the event names an order's code.",
    "WH-14": "An event that StepPay's API does not confirm is a line in the log, `webhook_not_confirmed`.",
    "WH-16": "An event that may have overtaken StepPay's API is checked five times before it is ignored.",
    "WH-17": "More than 100 waiting ones are answered 503, so that StepPay repeats the real one.",
    "AV-02": "Counted in each worker process (decision 10), or together in a Redis (decision 25).",
    "AV-05": "One probe for each worker process.",
    "AV-07": "With a `WIDGET_API_KEY` an unreadable store is `unknown`: no answer is `paid` while the bound amount "
    "cannot be checked (decision 12). `recorded=false` is in the log, not in the answer; `/readyz` reports the "
    "failure. The next check records it: by the page, an event, or the recheck of an opened checkout.",
    "CF-02": "FLASK_DEBUG stops the start in every environment; no other variable can switch debugging or testing on.",
    "CF-04": "Another https host of StepPay's or a loopback address needs `WIDGET_ENV=sandbox`.",
}
