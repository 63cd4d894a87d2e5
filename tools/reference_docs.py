"""Writes docs/settings.md and docs/errors.md from the code, and both in Korean (docs/ko/). With `--check` it writes
nothing and exits with 1 when a page is not what the code says. Exits with 1, too, when a Korean sentence is missing."""

from __future__ import annotations

import sys
from pathlib import Path

from werkzeug.http import HTTP_STATUS_CODES

from tools import korean_errors, korean_settings
from tools.error_advice import ADVICE
from widget_server import errors
from widget_server.config.secret_files import FILE_SETTINGS
from widget_server.config.settings import TABLE
from widget_server.web.problem_codes import HTTP_CODES, OTHER_CODE
from widget_server.web.problems import sentences

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


def setting_rows() -> list[tuple[str, str, str]]:
    """Name, default, sentence."""
    rows = [(row.name, row.shown_default, row.sentence) for row in TABLE.values()]
    return rows + [(name, "none", OF_FILES.format(name.removesuffix("_FILE"))) for name in FILE_SETTINGS]


def settings_page() -> str:
    rows: list[tuple[str, ...]] = [(f"`{name}`", default, sentence) for name, default, sentence in setting_rows()]
    return f"{SETTINGS_HEAD}\n{table(('setting', 'default', 'meaning'), rows)}"


def korean_settings_page() -> str:
    of_files = {name: korean_settings.OF_FILES.format(name.removesuffix("_FILE")) for name in FILE_SETTINGS}
    sentences = korean_settings.SENTENCES | of_files
    rows: list[tuple[str, ...]] = [
        (f"`{name}`", korean_settings.DEFAULTS.get(default, default), sentences[name])
        for name, default, _english in setting_rows()
    ]
    return f"{korean_settings.HEAD}\n{table(('설정', '기본값', '뜻'), rows)}"


def error_kinds() -> list[type[errors.WidgetServerError]]:
    """Those with a code of their own."""
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and "code" in vars(kind)]


def error_rows() -> list[tuple[str, str, str]]:
    """Code, status and meaning: what Flask refuses before any route, then what the server refuses itself."""
    rows = {code: (str(status), f"{HTTP_STATUS_CODES[status]}.") for status, code in HTTP_CODES.items()}
    rows[OTHER_CODE] = ("4xx", "The request is refused before any route is asked.")
    for kind in error_kinds():
        paragraph = " ".join((kind.__doc__ or "").partition("\n\n")[0].split())
        rows[kind.code] = (str(kind.status), sentences().get(kind.code) or paragraph)
    return [(code, *rows[code]) for code in sorted(rows, key=lambda code: (rows[code][0], code))]


def errors_page() -> str:
    rows: list[tuple[str, ...]] = [
        (f"`{code}`", status, meaning, ADVICE[code]) for code, status, meaning in error_rows()
    ]
    return f"{ERRORS_HEAD}\n{table(('code', 'status', 'meaning', 'what to do'), rows)}"


def korean_errors_page() -> str:
    rows: list[tuple[str, ...]] = [
        (f"`{code}`", status, *korean_errors.SENTENCES[code]) for code, status, _english in error_rows()
    ]
    return f"{korean_errors.HEAD}\n{table(('코드', '상태', '뜻', '할 일'), rows)}"


def untranslated() -> list[str]:
    """The settings and codes without a Korean sentence, and the Korean sentences of what no longer exists."""
    named = {row.name for row in TABLE.values()} | {code for code, *_rest in error_rows()}
    return sorted(named ^ {*korean_settings.SENTENCES, *korean_errors.SENTENCES})


def pages() -> dict[str, str]:
    """Each page's text by its path in the checkout."""
    return {
        "docs/settings.md": settings_page(),
        "docs/errors.md": errors_page(),
        "docs/ko/settings.md": korean_settings_page(),
        "docs/ko/errors.md": korean_errors_page(),
    }


def outdated(root: Path) -> list[str]:
    """The pages that are not what the code says."""
    return [
        name
        for name, text in pages().items()
        if not (root / name).is_file() or (root / name).read_text("utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    if names := untranslated():
        print("\n".join(f"{name}: see tools/korean_settings.py, tools/korean_errors.py" for name in names))
        return 1
    if arguments == ["--check"]:
        wrong = outdated(ROOT)
        print("\n".join(f"{name} is not what the code says; run `python -m tools.reference_docs`" for name in wrong))
        return 1 if wrong else 0
    for name, text in pages().items():
        (ROOT / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
