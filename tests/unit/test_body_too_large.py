"""A body that is too large is read on as far as a proxy passes one on: else the proxy loses our 413 and answers 502."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Request

from widget_server.errors import TooLarge
from widget_server.web.middleware.bodies import READ_ANYWAY_BYTES, read_raw
from widget_server.web.middleware.client_address import CLIENT


@pytest.mark.parametrize(
    ("size", "left"),
    [(11, 0), (READ_ANYWAY_BYTES, 0), (READ_ANYWAY_BYTES + 1, READ_ANYWAY_BYTES + 1)],
)
def test_in_10_a_body_that_is_too_large_is_read_to_its_end_or_not_at_all(size: int, left: int) -> None:
    body = BytesIO(b" " * size)
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(size), "wsgi.input": body, CLIENT: "one"}
    with pytest.raises(TooLarge):
        read_raw(Request(environ), 10)
    assert size - body.tell() == left
