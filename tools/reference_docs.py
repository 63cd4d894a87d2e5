"""Writes docs/settings.md and docs/errors.md from the code. With `--check` it writes nothing and exits with 1 when a
page is not what the code says."""

from __future__ import annotations

import sys
from pathlib import Path

from werkzeug.http import HTTP_STATUS_CODES

from tools.error_advice import ADVICE
from widget_server import errors
from widget_server.config.secret_files import FILE_SETTINGS
from widget_server.config.settings import TABLE
from widget_server.web.problems import HTTP_CODES, OTHER_CODE, sentences

ROOT = Path(__file__).resolve().parents[1]
MADE = "<!-- Made from the code by `python -m tools.reference_docs`; change the code, then run it. -->"
SETTINGS_HEAD = f"""# Settings

{MADE}

From the environment, or from a `.env` file in the working folder. A wrong setting stops the start
with exit code 2 and names every problem. The port of `widget-server serve` is `--port`, else the environment's `PORT`
(which hosting platforms set), else 8081.
"""
OF_FILES = "the file that holds the value of `{}` instead, for secrets of systemd and containers"
ERRORS_HEAD = f"""# Errors

{MADE}

Every error is `application/problem+json` with a stable `code` and a sentence in `detail`. Where a payment
is in question it also says `"verdict": "unknown"`, `"fulfill": false` and `retryAfter`. The
widget adds [codes of its own](widget/events.md).
"""


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def settings_page() -> str:
    rows: list[tuple[str, ...]] = [(f"`{row.name}`", row.shown_default, row.sentence) for row in TABLE.values()]
    rows += [(f"`{name}`", "none", OF_FILES.format(name.removesuffix("_FILE"))) for name in FILE_SETTINGS]
    return f"{SETTINGS_HEAD}\n{table(('setting', 'default', 'meaning'), rows)}"


def error_kinds() -> list[type[errors.WidgetServerError]]:
    """Those with a code of their own."""
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and "code" in vars(kind)]


def error_rows() -> list[tuple[str, ...]]:
    """A row for each code: what Flask refuses before any route, then what the server refuses itself."""
    rows = {code: (str(status), f"{HTTP_STATUS_CODES[status]}.") for status, code in HTTP_CODES.items()}
    rows[OTHER_CODE] = ("4xx", "The request is refused before any route is asked.")
    for kind in error_kinds():
        rows[kind.code] = (str(kind.status), sentences().get(kind.code) or (kind.__doc__ or "").partition("\n")[0])
    ordered = sorted(rows.items(), key=lambda item: (item[1][0], item[0]))
    return [(f"`{code}`", *row, ADVICE[code]) for code, row in ordered]


def errors_page() -> str:
    return "\n".join((ERRORS_HEAD, table(("code", "status", "meaning", "what to do"), error_rows())))


def pages() -> dict[str, str]:
    """Each page's text by its path in the checkout."""
    return {"docs/settings.md": settings_page(), "docs/errors.md": errors_page()}


def outdated(root: Path) -> list[str]:
    """The pages that are not what the code says."""
    return [
        name
        for name, text in pages().items()
        if not (root / name).is_file() or (root / name).read_text("utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        wrong = outdated(ROOT)
        print("\n".join(f"{name} is not what the code says; run `python -m tools.reference_docs`" for name in wrong))
        return 1 if wrong else 0
    for name, text in pages().items():
        (ROOT / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
