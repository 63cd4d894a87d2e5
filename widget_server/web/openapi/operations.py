"""How a route is described: one `@describe(...)` in its own file. A test fails for a route without one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, TypeVar

from marshmallow import Schema

from widget_server import errors
from widget_server.errors import ClientError, WidgetServerError
from widget_server.web.problem_codes import HTTP_CODES

View = TypeVar("View", bound=Callable[..., Any])
Refusal = type[WidgetServerError]
_MARK = "openapi_operation"


class NotFoundProblem(ClientError, code=HTTP_CODES[404], status=404):
    """What werkzeug's own 404 looks like from outside: no such file or page."""


EVERY_ROUTE: tuple[Refusal, ...] = (WidgetServerError,)
"""What any route may respond with besides its own errors. The base class is `internal_error`: a bug."""

BAD_BODY = (errors.InvalidJson, errors.TooLarge, errors.UnsupportedMediaType, errors.InvalidRequest, errors.Overloaded)
UPSTREAM = (
    *(errors.UpstreamUnavailable, errors.UpstreamTimeout, errors.UpstreamRateLimited, errors.UpstreamBadResponse),
    errors.Overloaded,
)
MERCHANT_AUTH_ERRORS = (errors.Unauthorized, errors.MerchantApiDisabled, errors.BrowserCallForbidden)
TEXT = {"type": "string"}
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Parameter:
    """`schema` is JSON Schema; a path parameter's `name` is the one in the route, in camelCase."""

    name: str
    text: str
    schema: Mapping[str, object]
    example: object
    where: Literal["path", "query", "header"] = "path"
    required: bool = False
    """Those of the path always are."""


@dataclass(frozen=True)
class ResponseSpec:
    """A response that is not a problem document. `headers` names entries of `parameters.HEADERS`."""

    status: HTTPStatus | int
    text: str
    schema: type[Schema] | Mapping[str, object] | None = None
    media: tuple[str, ...] = ("application/json",)
    examples: Mapping[str, object] | None = None
    headers: tuple[str, ...] = ()


def cached(text: str, schema: Mapping[str, object], *media: str) -> tuple[ResponseSpec, ResponseSpec]:
    """The responses of a route that sends an ETag."""
    unchanged = ResponseSpec(304, "You have it already.", headers=("ETag",))
    return ResponseSpec(200, text, schema, media, headers=("ETag",)), unchanged


@dataclass(frozen=True)
class Operation:
    """One route and method. `errors`: the problems it responds with besides those of `EVERY_ROUTE`."""

    summary: str
    text: str
    tag: str
    responses: tuple[ResponseSpec, ...]
    errors: tuple[Refusal, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: type[Schema] | None = None
    body_examples: Mapping[str, object] | None = None
    merchant_only: bool = False
    """Whether the merchant's backend must send `Authorization: Bearer <WIDGET_API_KEY>`."""


def describe(operation: Operation) -> Callable[[View], View]:
    """Keep the description with the view function; decorators that use `functools.wraps` carry it on."""

    def attach(view: View) -> View:
        setattr(view, _MARK, operation)
        return view

    return attach


def operation_of(view: Callable[..., Any]) -> Operation | None:
    found = getattr(view, _MARK, None)
    return found if isinstance(found, Operation) else None
