"""Every error of this server, split by whose fault it is.

Each class carries a stable `code` for programs, its HTTP `status`, and `retryable`:
whether the same request may succeed later. `docs/errors.md` is generated from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class WidgetServerError(Exception):
    """Base of all errors that a response may name. `retry_after_seconds` is set where waiting helps."""

    code = "internal_error"
    status = 500
    retryable = False

    def __init__(self, detail: str = "", *, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class ClientError(WidgetServerError):
    """The request itself is wrong. StepPay is not asked and nothing is stored."""

    status = 400


class InvalidJson(ClientError):
    """Not UTF-8 JSON, or JSON that two parsers could read in two ways."""

    code = "invalid_json"


class InvalidRequest(ClientError):
    """Well-formed JSON with wrong members; `errors` maps each field to sentences."""

    code = "invalid_request"
    status = 422

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(sorted(errors)))
        self.errors = errors


class TooLarge(ClientError):
    """The body is over the route's limit."""

    code = "too_large"
    status = 413


class UnsupportedMediaType(ClientError):
    """Not `application/json`, or compressed."""

    code = "unsupported_media_type"
    status = 415


class OriginNotAllowed(ClientError):
    """The page's origin is not in `WIDGET_ALLOWED_ORIGINS`."""

    code = "origin_not_allowed"
    status = 403


class Unauthorized(ClientError):
    """A route of the merchant's backend without the right `WIDGET_API_KEY`, or `/metrics` without the right
    `WIDGET_METRICS_KEY`. Says nothing about what was wrong."""

    code = "unauthorized"
    status = 401


class BrowserCallForbidden(ClientError):
    """A page called a route of the merchant's backend; the key would be readable in it."""

    code = "browser_not_allowed"
    status = 403


class MerchantApiDisabled(ClientError):
    """No `WIDGET_API_KEY` is set. Not 404: on these routes that means an unknown order."""

    code = "merchant_api_disabled"
    status = 403


class MetricsDisabled(ClientError):
    """No `WIDGET_METRICS_KEY` is set: nothing is counted."""

    code = "metrics_disabled"
    status = 404


class ExpectationSettled(ClientError):
    """A final answer was given under the expectation that this request wants to change."""

    code = "expectation_settled"
    status = 409


class CheckoutNotFound(ClientError):
    """No checkout was opened under this id, or it is too old."""

    code = "checkout_not_found"
    status = 404


class WebhooksDisabled(ClientError):
    """This kind of StepPay's events is not taken here: no secret is set, or the old kind is not switched on."""

    code = "webhooks_disabled"
    status = 404


class WebhookNotSigned(ClientError):
    """StepPay has not signed this event. Says nothing about what was wrong."""

    code = "invalid_signature"
    status = 401


class StaleWebhook(WebhookNotSigned):
    """Signed, but not within five minutes of now: an old event, or one of two clocks is wrong."""

    code = "signature_expired"


class OrderNotFound(ClientError):
    """StepPay knows no such order."""

    code = "order_not_found"
    status = 404


class RateLimited(ClientError):
    """This client asks more often than `WIDGET_RATE_LIMIT` allows. It says nothing about a payment."""

    code = "rate_limited"
    status = 429
    retryable = True


class UpstreamError(WidgetServerError):
    """StepPay could not be asked, or its answer cannot be used: the verdict is unknown, never failed."""

    code = "upstream_unavailable"
    status = 503
    retryable = True


class UpstreamUnavailable(UpstreamError):
    """Network, TLS or a 5xx answer."""


class UpstreamCertificate(UpstreamUnavailable):
    """StepPay's certificate is not trusted here. For the operator; outsiders learn that StepPay cannot be reached."""

    log_code = "upstream_certificate"


class UpstreamNoAddress(UpstreamUnavailable):
    """The name in `STEPPAY_API_URL` has no address. For the operator, too."""

    log_code = "upstream_no_address"


class UpstreamProxy(UpstreamUnavailable):
    """The proxy of `WIDGET_EGRESS_PROXY` does not let the call through. For the operator, too."""

    log_code = "upstream_proxy"


class UpstreamTimeout(UpstreamError):
    """The time budget of the exchange ran out."""

    code = "upstream_timeout"


class UpstreamRateLimited(UpstreamError):
    """StepPay answered 429."""

    code = "upstream_rate_limited"


class UpstreamBadResponse(UpstreamError):
    """Not the JSON that StepPay documents: a redirect, HTML, too large, another order, a wrong shape."""

    code = "upstream_bad_response"


class UpstreamAuthError(UpstreamError):
    """StepPay refused the Secret-Token. Logged for the operator; the public code says nothing about
    tokens."""

    log_code = "upstream_auth"


class Overloaded(UpstreamError):
    """As many callers wait here as this process has places for: answered at once, StepPay is not asked."""

    code = "overloaded"


class StorageError(WidgetServerError):
    """The database cannot be read or written now."""

    code = "storage_unavailable"
    status = 503
    retryable = True


class StorageUnfit(StorageError):
    """It answers, but is none that this version may use: a newer schema, another program's tables, no database at all.
    Waiting does not help."""


class ExpectationUnavailable(StorageError):
    """What the merchant expects of this order cannot be read now, so its payment cannot be judged."""


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
