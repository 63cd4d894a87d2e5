"""Every screen looks, reads and sounds as approved, and fits (tests/browser/approved.py says how to approve)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.approved import TO_APPROVE, tree_flaws
from tests.browser.demo_fixture import RunningDemo
from tests.browser.engines import Engine
from tests.browser.screens import LANGUAGES, gallery_screens, pages
from tests.browser.shopper import in_engines
from tests.browser.visit import Visit, is_spoken_once, visit
from widget_server.demo.run import Ports, run_demo

FONTS, OTHER_FONTS = {"DejaVu Sans", "Noto Sans CJK KR"}, {"Pretendard", "Noto Sans KR"}
"""What our style sheets find where the approved pictures were made (tools/setup.sh), and what they would prefer."""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def steady_demo(free_port: Callable[[], int]) -> Iterator[RunningDemo]:
    """One of its own, in which no other test has paid."""
    ports = Ports(free_port(), free_port(), free_port(), free_port())
    with run_demo(ports, jobs=False) as urls:
        yield RunningDemo(urls, f"http://127.0.0.1:{ports.simulator}")


@pytest.fixture(scope="module")
def visited(browsers: Callable[[str], Engine], steady_demo: RunningDemo) -> Visit:
    """All screens once: a second test about them costs nothing."""
    chromium = browsers("chromium")

    def open_tab(lang: str) -> Any:
        return chromium.new_page(locale=LANGUAGES[lang]).tab

    return visit(open_tab, steady_demo, [*gallery_screens(), *pages()], LANGUAGES)


def missing_fonts() -> str | None:
    listed = shutil.which("fc-list") and subprocess.run(
        ["fc-list", ":", "family"], capture_output=True, text=True, check=True, timeout=60
    )
    families = {name for line in listed.stdout.splitlines() for name in line.split(",")} if listed else set()
    if families >= FONTS and not families & OTHER_FONTS:
        return None
    return f"the approved pictures show {' and '.join(sorted(FONTS))}, which this machine lacks or does not prefer"


@in_engines("chromium")
def test_every_screen_looks_as_approved(engine: Engine, visited: Visit) -> None:
    if reason := missing_fonts():
        pytest.skip(reason)
    flaws = [flaw for column in visited.columns.values() for flaw in column.flaws()]
    assert not flaws, "\n".join([*flaws, TO_APPROVE])


@in_engines("chromium")
def test_every_screen_has_its_approved_accessibility_tree(engine: Engine, visited: Visit) -> None:
    flaws = [flaw for surface, trees in visited.trees.items() for flaw in tree_flaws(surface, trees)]
    assert not flaws, "\n".join([*flaws, TO_APPROVE])


@in_engines("chromium")
def test_every_screen_is_spoken_once(engine: Engine, visited: Visit) -> None:
    wrong = [
        f"{screen}: {title!r} in {spoken}"
        for screen, (title, spoken) in visited.said.items()
        if not is_spoken_once(screen.partition(" ")[0], title, spoken)
    ]
    assert not wrong, "\n".join(wrong)


@in_engines("chromium")
def test_every_screen_fits_in_each_size(engine: Engine, visited: Visit) -> None:
    assert not visited.flaws, "\n".join(visited.flaws)
