"""The accessibility rules of WCAG 2.2 AA, checked by axe-core in the page itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.browser.engines import View

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")

# A driver waits for a promise in some engines only, so the page keeps the answer until it is asked for. Without frames:
# axe waits half a second for one that cannot answer, and what they show is looked at alone.
RUN = """
axe.run({ runOnly: %s, iframes: false, resultTypes: ['violations'] }).then(
  ({ violations }) => { window.axeFound = violations; },
  (error) => { window.axeFound = [{ id: 'axe', nodes: [{ html: '', failureSummary: '' + error }] }]; });
"""


def start_axe(view: View, rules: Sequence[str] = TAGS) -> None:
    """Playwright and WebDriver run a script under any policy of the page."""
    if not view.js("window.axeFound = null; return typeof window.axe === 'object'"):
        view.js(AXE.read_text("utf-8") + "; window.axe = axe;")
    view.js(RUN % json.dumps(rules))


def violations(view: View) -> list[Any] | None:
    """The broken rules with the elements that break them; None while axe is still looking."""
    found: list[Any] | None = view.js(
        "return window.axeFound && window.axeFound.map(({ id, nodes }) => "
        "[id, ...nodes.map(({ html, failureSummary }) => html + failureSummary)]);"
    )
    return found
