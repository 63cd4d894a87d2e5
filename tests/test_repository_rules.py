"""The house rules a reader may rely on, checked over every file of the checkout."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tools.error_advice import ADVICE
from tools.reference_docs import outdated, pages, untranslated
from tools.widget_builds import BUILDS, MOST_BYTES, problems
from widget_server import errors
from widget_server.config import read_settings
from widget_server.config.reading import NAMES
from widget_server.config.settings import SECRETS, TABLE
from widget_server.extension.configuration import OWN_NAMES
from widget_server.web.builds import read_manifest
from widget_server.web.problem_codes import all_codes

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = re.compile(r"(^|/)(\.(?!ci/)[^/]+|node_modules|build|dist|reports|__pycache__|[^/]+\.egg-info)/")
CODE = {".py", ".js", ".mjs", ".ts", ".sh"}
BUILT = {"static/js/widget.js", *(f"static/js/builds/{build.file}" for build in read_manifest(BUILDS))}
MAX_LINES = 300
# Written with a one-letter class each, so that this file does not match itself.
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")
MACHINE = re.compile(
    r"(?<![\w.~-])/(hom[e]|roo[t]|User[s]|wor[k])/\w"
    r"|pypi\.or[g]|pythonhosted\.or[g]|npmjs\.(or[g]|co[m])|deb\.debian\.or[g]"
)
ENVIRONMENT = {"environ", "environb", "getenv"}
REQUIRED = {
    "STEPPAY_SECRET_TOKEN": "for-the-test-only-0123456789",
    "WIDGET_PUBLIC_URL": "https://pay.shop.kr",
    "WIDGET_ALLOWED_ORIGINS": "https://shop.kr",
}
SETTING = re.compile(r"(WIDGET|STEPPAY)_[A-Z0-9_]+")


def listed_by_git() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive has no git
        return []


@cache
def our_files() -> dict[str, str]:
    """Every text file of the checkout by its path from the root."""
    names = listed_by_git() or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
    files = {}
    for name in names:
        path = ROOT / name
        if path.is_file() and not NOT_OURS.search(name):
            try:
                files[name] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # pictures
    return files


def places(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in our_files().items()
        for number, line in enumerate(text.splitlines(), 1)
        if name not in BUILT and pattern.search(line)
    ]


@cache
def product_modules() -> dict[str, ast.Module]:
    return {
        name: ast.parse(text)
        for name, text in our_files().items()
        if name.startswith("widget_server/") and name.endswith(".py")
    }


def table_cells(page: str) -> set[str]:
    """What stands in `code` marks in the first column of any table of a document."""
    rows = [line for line in our_files().get(page, "").splitlines() if line.startswith("|")]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_no_file_is_too_long_to_read_at_once() -> None:
    code = {name: text for name, text in our_files().items() if Path(name).suffix in CODE and name not in BUILT}
    assert [name for name, text in code.items() if len(text.splitlines()) > MAX_LINES] == []


def test_each_kept_build_of_the_widget_is_there_unchanged_and_nothing_else() -> None:
    assert problems() == []


def test_a_kept_build_has_the_limit_of_the_build() -> None:
    assert f"const LIMIT = {MOST_BYTES};" in our_files()["tools/build_widget.mjs"]


def test_nothing_is_left_unfinished() -> None:
    assert places(UNFINISHED) == []


def test_bench_and_tools_do_not_need_the_tests() -> None:
    """What both sides share is in tools/; nothing else of the checkout is shipped but the product."""
    found = {
        f"{name}: {module}"
        for name, text in our_files().items()
        if name.startswith(("bench/", "tools/", "widget_server/")) and name.endswith(".py")
        for module in imported_modules(ast.parse(text))
    }
    assert any(": bench" in line for line in found)
    assert [line for line in found if re.search(r": tests\b", line)] == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    assert places(MACHINE) == []


def environment_reads(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT:
            yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (node.lineno for alias in node.names if alias.name in ENVIRONMENT)


def is_wsgi_environ(name: str, line: int) -> bool:
    return "request.environ" in our_files()[name].splitlines()[line - 1]


def test_only_the_command_line_reads_the_environment() -> None:
    readers = {
        name
        for name, tree in product_modules().items()
        for line in environment_reads(tree)
        if not is_wsgi_environ(name, line)
    }
    assert readers <= {"widget_server/cli/environment.py"}


def imported_modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_the_domain_imports_only_the_standard_library_and_itself() -> None:
    domain = {name: tree for name, tree in product_modules().items() if name.startswith("widget_server/domain/")}
    assert domain
    outside = [
        f"{name}: {module}"
        for name, tree in domain.items()
        for module in imported_modules(tree)
        if not module.startswith("widget_server.domain") and module.split(".")[0] not in sys.stdlib_module_names
    ]
    assert outside == []


def settings_named() -> set[str]:
    """Every name of a setting in the product's code, with NAME_FILE of each secret."""
    nodes = [node for tree in product_modules().values() for node in ast.walk(tree)]
    strings = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    named = {text for text in strings if SETTING.fullmatch(text) or text == "FLASK_DEBUG"}
    named -= set(OWN_NAMES)  # those of the Flask extension
    return named | {f"{name}_FILE" for name in SECRETS}


def test_the_table_of_settings_has_every_name_that_is_read_and_no_other() -> None:
    assert len(NAMES) == len(set(NAMES)) > 30
    assert set(NAMES) == settings_named()


def test_every_setting_stands_in_its_page_and_no_other() -> None:
    assert table_cells("docs/settings.md") == settings_named()


def test_every_default_in_the_table_is_the_one_of_the_code() -> None:
    defaults = {row.name: row.default for row in TABLE.values() if row.default}
    assert len(defaults) > 8
    for name, default in defaults.items():
        assert read_settings(REQUIRED | {name: default}) == read_settings(REQUIRED), name


def test_a_setting_that_the_table_calls_required_is() -> None:
    assert {row.name for row in TABLE.values() if row.missing} == set(REQUIRED)
    for name in REQUIRED:
        with pytest.raises(errors.ConfigurationError, match=name):
            read_settings({key: value for key, value in REQUIRED.items() if key != name})


def test_every_error_code_stands_in_its_page_with_its_status_and_no_other() -> None:
    kinds = [thing for thing in vars(errors).values() if isinstance(thing, type) and "code" in vars(thing)]
    statuses = {str(kind.code): str(kind.status) for kind in kinds if issubclass(kind, errors.WidgetServerError)}
    assert statuses
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", our_files()["docs/errors.md"], re.MULTILINE)
    assert {code: status for code, status in rows if code in statuses} == statuses
    assert {code for code, _ in rows} == set(all_codes()) == set(ADVICE)


def test_every_setting_and_error_code_has_a_korean_sentence_and_no_other() -> None:
    """Else add it to `tools/korean_settings.py` or `tools/korean_errors.py`."""
    assert untranslated() == []


def test_the_pages_of_settings_and_errors_are_what_the_code_says(tmp_path: Path) -> None:
    assert outdated(ROOT) == []
    assert outdated(tmp_path) == list(pages())


def test_a_changelog_says_what_changed() -> None:
    assert "## [Unreleased]" in our_files()["CHANGELOG.md"]
