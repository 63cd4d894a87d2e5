"""A secret among the settings."""


class Secret(str):
    """A string that never shows itself: not in `repr`, `str`, `%s` or an f-string. It compares, encodes and goes into a
    header as what it is; `reveal()` gives the text where a library insists on formatting it."""

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def reveal(self) -> str:
        return str.__str__(self)
