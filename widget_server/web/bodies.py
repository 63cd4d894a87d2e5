"""Reading a request's JSON body strictly: the cheap checks first, nothing parsed that is too large or not
plain JSON."""

from __future__ import annotations

from flask import Request

from widget_server.domain import strict_json
from widget_server.errors import InvalidJson, TooLarge, UnsupportedMediaType


def read_json_object(request: Request, limit_bytes: int) -> dict[str, object]:
    """The body as a JSON object of at most `limit_bytes`; chunked bodies included. Raises `errors.CallerFault`
    subclasses."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as Content-Type: application/json.")
    if request.content_encoding:
        raise UnsupportedMediaType("Send the body uncompressed, without Content-Encoding.")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise InvalidJson("JSON is UTF-8; send no other charset.")
    if request.content_length is not None and request.content_length > limit_bytes:
        raise TooLarge(f"The body may have at most {limit_bytes} bytes.")
    request.max_content_length = limit_bytes
    try:
        value = strict_json.loads(request.get_data(cache=False))
    except strict_json.NotStrictJson as error:
        raise InvalidJson(f"The body is {error}." if "not" in str(error) else f"In the body {error}.") from error
    if not isinstance(value, dict):
        raise InvalidJson('The body must be one JSON object, such as {"orderCode": "order_15XqwcM1f"}.')
    return value
