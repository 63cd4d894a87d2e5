"""The stable codes of problem documents."""

from widget_server import errors

HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
OTHER_CODE = "http_error"


def all_codes() -> tuple[str, ...]:
    """Every code a caller can meet, sorted."""
    ours = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "code")}
    return tuple(sorted({*ours, *HTTP_CODES.values(), OTHER_CODE}))
