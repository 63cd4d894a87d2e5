"""Every error of this server, split by whose fault it is.

Each class carries a stable `code` for programs, its HTTP `status`, and `retryable`: whether the same request may
succeed later. `docs/errors.md` is generated from them.
"""

from collections.abc import Mapping, Sequence


class WidgetServerError(Exception):
    """Base of all errors that a response may name. `retry_after_seconds` is set where waiting helps."""

    code = log_code = "internal_error"
    status = 500
    retryable = False

    def __init_subclass__(cls, *, code: str = "", log_code: str = "", status: int = 0, retryable: bool = False) -> None:
        """What a class does not give is its base's. `log_code`: what the log and the metrics say instead of `code`."""
        if code:
            cls.code = cls.log_code = code
        cls.log_code = log_code or cls.log_code
        cls.status = status or cls.status
        cls.retryable = retryable or cls.retryable

    def __init__(self, detail: str = "", *, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class ClientError(WidgetServerError, status=400):
    """The request itself is wrong. StepPay is not asked and nothing is stored."""


class InvalidJson(ClientError, code="invalid_json"):
    """Not UTF-8 JSON, or JSON that two parsers could read in two ways."""


class InvalidRequest(ClientError, code="invalid_request", status=422):
    """Well-formed JSON with wrong members; `errors` maps each field to sentences."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(sorted(errors)))
        self.errors = errors


class TooLarge(ClientError, code="too_large", status=413):
    """The body is over the route's limit."""


class UnsupportedMediaType(ClientError, code="unsupported_media_type", status=415):
    """Not `application/json`, or compressed."""


class OriginNotAllowed(ClientError, code="origin_not_allowed", status=403):
    """The page's origin is not in `WIDGET_ALLOWED_ORIGINS`, or not among those of the offer."""


class Unauthorized(ClientError, code="unauthorized", status=401):
    """A route of the merchant's backend without the right `WIDGET_API_KEY`, or `/metrics` without the right
    `WIDGET_METRICS_KEY`. Says nothing about what was wrong."""


class BrowserCallForbidden(ClientError, code="browser_not_allowed", status=403):
    """A page called a route of the merchant's backend; the key would be readable in it."""


class MerchantApiDisabled(ClientError, code="merchant_api_disabled", status=403):
    """No `WIDGET_API_KEY` is set. Not 404: on these routes that means an unknown order."""


class MetricsDisabled(ClientError, code="metrics_disabled", status=404):
    """No `WIDGET_METRICS_KEY` is set: nothing is counted."""


class ExpectationSettled(ClientError, code="expectation_settled", status=409):
    """A final answer was given under the expectation that this request wants to change."""


class CheckoutNotFound(ClientError, code="checkout_not_found", status=404):
    """No checkout was opened under this id, or it is too old."""


class WebhooksDisabled(ClientError, code="webhooks_disabled", status=404):
    """This kind of StepPay's events is not taken here: no secret is set, or the old kind is not switched on."""


class WebhookNotSigned(ClientError, code="invalid_signature", status=401):
    """StepPay has not signed this event. Says nothing about what was wrong."""


class StaleWebhook(WebhookNotSigned, code="signature_expired"):
    """Signed, but not within five minutes of now: an old event, or one of two clocks is wrong."""


class OrderNotFound(ClientError, code="order_not_found", status=404):
    """StepPay knows no such order."""


class SubscriptionNotFound(ClientError, code="subscription_not_found", status=404):
    """StepPay knows no such subscription."""


class SubscriptionEnded(ClientError, code="subscription_ended", status=409):
    """StepPay says that this subscription is canceled or expired. It never comes back, so it takes no other card."""


class OfferNotFound(ClientError, code="offer_not_found", status=404):
    """The offers file has no such offer, or there is none."""


class RateLimited(ClientError, code="rate_limited", status=429, retryable=True):
    """This client asks more often than `WIDGET_RATE_LIMIT` allows. It says nothing about a payment."""


class IdempotencyKeyReused(ClientError, code="idempotency_key_reused", status=422):
    """The `Idempotency-Key` belongs to another order. Nothing was made."""


class OrderInProgress(ClientError, code="order_in_progress", status=409, retryable=True):
    """Another request with this `Idempotency-Key` makes the order at this moment."""


class UpstreamError(WidgetServerError, code="upstream_unavailable", status=503, retryable=True):
    """StepPay could not be asked, or its answer cannot be used: the verdict is unknown, never failed."""


class UpstreamUnavailable(UpstreamError):
    """Network, TLS or a 5xx answer."""


class UpstreamCertificate(UpstreamUnavailable, log_code="upstream_certificate"):
    """StepPay's certificate is not trusted here. For the operator; outsiders learn that StepPay cannot be reached."""


class UpstreamNoAddress(UpstreamUnavailable, log_code="upstream_no_address"):
    """The name in `STEPPAY_API_URL` has no address. For the operator, too."""


class UpstreamProxy(UpstreamUnavailable, log_code="upstream_proxy"):
    """The proxy of `WIDGET_EGRESS_PROXY` does not let the call through. For the operator, too."""


class UpstreamTimeout(UpstreamError, code="upstream_timeout"):
    """The time budget of the exchange ran out."""


class UpstreamRateLimited(UpstreamError, code="upstream_rate_limited"):
    """StepPay answered 429."""


class UpstreamBadResponse(UpstreamError, code="upstream_bad_response"):
    """Not the JSON that StepPay documents: a redirect, HTML, too large, another order, a wrong shape."""


class UpstreamAuthError(UpstreamError, log_code="upstream_auth"):
    """StepPay refused the Secret-Token. Logged for the operator; the public code says nothing about
    tokens."""


class Overloaded(UpstreamError, code="overloaded"):
    """As many callers wait here as this process has places for: answered at once, StepPay is not asked."""


class OrderRefused(ClientError, code="order_refused", status=422):
    """StepPay does not make this order or customer as it was asked for. Nothing was made."""


class OrderUnconfirmed(UpstreamError, code="order_unconfirmed", status=409):
    """The order was sent to StepPay, and no usable answer came. The same request with the same `Idempotency-Key` looks
    for it first, and never makes a second one."""


class OrderOutcomeUnknown(UpstreamError, code="order_outcome_unknown", status=502):
    """A new order was sent to StepPay, and no usable answer came: it may exist. Never repeat it automatically."""

    retryable = False

    def __init__(self, detail: str = "", *, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail or _OUTCOME_UNKNOWN, retry_after_seconds=retry_after_seconds)


_OUTCOME_UNKNOWN = (
    "StepPay may have made this order, or not: no usable answer came. Do not send it again automatically. Nothing is "
    "charged for it, because no page has its order code; let the customer decide to start again, or look for the order "
    "in StepPay's portal"
)


class OfferChanged(UpstreamError, code="offer_changed"):
    """StepPay asks another price than the offers file says. The order's code is not given out: a page never leads to a
    payment that it did not show."""

    retryable = False


class StorageError(WidgetServerError, code="storage_unavailable", status=503, retryable=True):
    """The database cannot be read or written now."""


class StorageUnfit(StorageError):
    """It answers, but is none that this version may use: a newer schema, another program's file, no database at all.
    Waiting does not help."""


class ExpectationUnavailable(StorageError):
    """What the merchant expects of this order cannot be read now, so its payment cannot be judged."""


class OrderNotBound(StorageError, code="order_not_bound"):
    """StepPay has made the order, but what it must cost could not be stored: do not give `order_code` to a page before
    it is bound. A new order may be made instead; this one stays unpaid."""

    retryable = False

    def __init__(self, detail: str = "", *, retry_after_seconds: int | None = None, order_code: str = "") -> None:
        super().__init__(detail, retry_after_seconds=retry_after_seconds)
        self.order_code = order_code


class TransientProblem(str):
    """A problem of a `ConfigurationError` that may end by itself: a folder that is mounted later, a file that another
    program writes, a port that is free in a moment."""

    __slots__ = ()


class ConfigurationError(Exception):
    """The settings do not allow a start. `problems` names each one; no value of a setting is ever part of it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)

    @property
    def is_transient(self) -> bool:
        return all(isinstance(problem, TransientProblem) for problem in self.problems)
