"""What to do about each error code, as data: `docs/errors.md` is made of it. Sentences are Markdown."""

ADVICE = {
    "invalid_json": "send one UTF-8 JSON object: no repeated keys, no NaN, not deeply nested",
    "invalid_request": "`errors` names each wrong member and what it must be",
    "unsupported_media_type": "send `Content-Type: application/json`, uncompressed",
    "too_large": "a verification has at most 4 KiB, an opening at most 8 KiB, an event of StepPay's at most 1 MiB",
    "origin_not_allowed": "add the page's exact origin to `WIDGET_ALLOWED_ORIGINS`, and to the offer's `origins`",
    "unauthorized": (
        "your backend must send `Authorization: Bearer` with the `WIDGET_API_KEY`, Prometheus with the "
        "`WIDGET_METRICS_KEY`; no other header counts"
    ),
    "browser_not_allowed": (
        "a page called a backend route (`Origin`, or `Sec-Fetch-Site: same-origin`): call it from your server"
    ),
    "merchant_api_disabled": "set `WIDGET_API_KEY` to use the routes for your backend",
    "metrics_disabled": "set `WIDGET_METRICS_KEY` to enable metrics",
    "expectation_settled": (
        "a final verdict was given under the amount bound before, so it cannot change. Refund or charge the "
        "difference at StepPay"
    ),
    "webhooks_disabled": "set `STEPPAY_WEBHOOK_SECRETS`; for StepPay's old events `WIDGET_WEBHOOK_V1=on`",
    "invalid_signature": "the secret is not the one of StepPay's portal, or something on the way changed the body",
    "signature_expired": "signed more than five minutes ago or ahead: compare the clocks",
    "subscription_ended": "sell the member a new subscription; this one takes no other card",
    "subscription_not_found": (
        "use a number of `subscriptionIds`, with the Secret-Token of the same account; a `customerId` must be the one "
        "of the subscription"
    ),
    "order_not_found": (
        "StepPay knows no such order: is the token of the same environment as the order? From `GET /v1/orders/…` "
        "without `refresh=1`: nothing is stored about it"
    ),
    "offer_not_found": "the page names an offer that `WIDGET_OFFERS_FILE` does not have: compare the ids",
    "offer_changed": (
        "StepPay asks another price than [the offers file](offers.md) says: `widget-server doctor` names both. The "
        "order's code was not given out, so nothing is charged"
    ),
    "checkout_not_found": "no checkout was opened under this id, or it is older than seven days",
    "not_found": "no such address: see `/docs` of your running server",
    "method_not_allowed": "the address exists, the method does not: the header `Allow` lists the methods",
    "http_error": "HTTP does not allow this request here; the status gives the reason",
    "upstream_unavailable": (
        "StepPay cannot be reached, or refused the token: the log then has `upstream_auth`, or "
        "`upstream_certificate`, `upstream_no_address` or `upstream_proxy` where the cause is known. Retry after "
        "`Retry-After`"
    ),
    "order_refused": (
        "StepPay knows no such product, price or customer, or does not allow a value; the detail has its status and "
        "code. Nothing was made: correct the request"
    ),
    "order_outcome_unknown": (
        "a new order may exist at StepPay or not. **Never repeat it automatically.** Nothing is charged for it while "
        "no page has its order code: let the customer start again (with a new `Idempotency-Key`), or look in StepPay's "
        "portal"
    ),
    "order_unconfirmed": (
        "StepPay's answer about a new order did not arrive. Send the same request with the same `Idempotency-Key` "
        "after `Retry-After`: the order is looked for first, for a minute, and is never made twice"
    ),
    "order_in_progress": "the same `Idempotency-Key` is in use at this moment. Repeat the request after `Retry-After`",
    "idempotency_key_reused": "this `Idempotency-Key` belongs to another body. Use a new key for each order",
    "order_not_bound": (
        "the database did not store what a new order must cost. Bind it "
        "([merchant-api.md](merchant-api.md)) before a page gets its code, or make a new order"
    ),
    "upstream_timeout": "StepPay took longer than 8 seconds. Retry",
    "upstream_rate_limited": "StepPay limits our requests. Retry after `Retry-After`",
    "upstream_bad_response": (
        "StepPay's response was not as documented, or about another order; the log names the member"
    ),
    "storage_unavailable": (
        "the database does not respond, or cannot be written: see `/readyz` and the log. With a `WIDGET_API_KEY` "
        "no order is verified meanwhile"
    ),
    "overloaded": ("more callers wait than one process allows; StepPay was not called. Retry after `Retry-After`"),
    "rate_limited": "this client sends more requests than `WIDGET_RATE_LIMIT` allows. Retry after `Retry-After`",
    "internal_error": "a bug: the log has it under `requestId`",
}
