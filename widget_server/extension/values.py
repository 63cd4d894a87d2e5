"""Settings as Python developers write them, as the text that the server reads."""

from pathlib import Path


class NotText(ValueError):
    """What is wrong with a value: a sentence without the value."""


def as_text(value: object) -> str:
    """`True` is `on`, a list has commas between. Raises `NotText`."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (int, Path)):
        return str(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(_entry(one) for one in value)
    raise NotText("must be text, a number, True or False, a path, or a list of texts")


def _entry(value: object) -> str:
    if not isinstance(value, (str, Path)) or "," in str(value):
        raise NotText("lists something that is no text, or holds a comma")
    return str(value)
