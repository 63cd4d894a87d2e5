"""One small page API over three real browser engines: Chromium, Firefox and WebKitGTK.

The engines are the distribution's own, so nothing is downloaded. WebKitGTK is not Safari, but it is the nearest
relative that runs without a Mac, and it blocks pop-ups after an `await` just as Safari does.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
"""The names of its program on different systems."""
ENGINE_NAMES = ("chromium", "firefox", "webkit")
PAYMENT_FRAME = "iframe.frame"  # in the shadow root of the widget's dialog


Size = tuple[int, int]
WIDE: Size = (1280, 900)


class MissingEngineError(Exception):
    """This machine lacks a program or package; the text says which one."""


class View(Protocol):
    """A document a shopper can act in: a window, or the payment frame inside the shop's page."""

    def click(self, css: str) -> None:
        """A real click, after waiting for the element; looks into the widget's shadow roots too."""

    def has(self, css: str) -> bool:
        """Whether such an element is there now, without waiting; False once the document is gone."""

    def js(self, body: str) -> Any:
        """The JSON value a function body returns.

        Playwright lets it count as a user's gesture, so it must not be used to open windows.
        """

    def close(self) -> None:
        """The shopper closes this window; nothing happens when it is closed already."""


class Page(View, Protocol):
    """The shop's window, with a fresh profile. `errors` holds what the console reported, where the engine tells."""

    errors: list[str]
    passing_errors: tuple[type[Exception], ...]
    """What a question to a document raises that goes, or has not loaded yet."""

    def goto(self, url: str) -> None: ...

    def back(self) -> None: ...

    def before_load(self, script: str) -> None:
        """Runs `script` at the start of every later document; in WebKit only behind each `goto`."""

    def pause(self, milliseconds: int) -> None:
        """Lets the browser work. Only for loops that wait for a condition."""

    def frame(self, css: str = PAYMENT_FRAME) -> View:
        """A frame; the payment frame in the widget's dialog when none is named."""

    def press(self, *keys: str) -> None:
        """Keys of a keyboard, wherever the focus is: Tab, Shift+Tab, Escape, Enter, Space, or the sign on the key."""

    def names(self) -> list[tuple[str, str]]:
        """Role and accessible name of what is in the widget's topmost dialog, as the engine computes them."""

    def reopen(self, url: str) -> None:
        """The shopper closes the shop's window, keeps the others, and opens the shop again in a new one."""

    def second_window(self) -> View | None:
        """The window the page has opened, if any."""

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """What the window shows; `whole`: also what lies below it, where the engine can."""

    def show_as(self, size: Size, *, dark: bool) -> None:
        """The same document in a window of another size and theme, in Chromium and Firefox."""

    def end(self) -> None:
        """Throws the profile away."""


class Engine(Protocol):
    version: str

    def new_page(self, *, javascript: bool = True, size: Size = WIDE, dark: bool = False) -> Page:
        """A fresh profile. Raises MissingEngineError for a wish the engine cannot fulfil."""

    def stop(self) -> None: ...


def find_program(variable: str, *names: str) -> str:
    """The path of the first program found. `variable` names the environment variable that overrides the search."""
    for name in filter(None, (os.environ.get(variable), *names)):
        found = shutil.which(name)
        if found:
            return found
    raise MissingEngineError(f"none of {', '.join(names) or variable} is installed (or name one in ${variable})")


def start_engine(name: str) -> Engine:
    """Start a browser. Raises MissingEngineError."""
    starters: dict[str, Callable[[], Engine]] = {"chromium": _chromium, "firefox": _firefox, "webkit": _webkit}
    try:
        return starters[name]()
    except ImportError as error:
        raise MissingEngineError(f"the Python package {error.name} is not installed") from error


def _chromium() -> Engine:
    from tests.browser.engine_playwright import PlaywrightEngine, start_chromium

    return PlaywrightEngine(start_chromium)


def _firefox() -> Engine:
    from tests.browser.engine_playwright import PlaywrightEngine, start_firefox

    return PlaywrightEngine(start_firefox)


def _webkit() -> Engine:
    from tests.browser.engine_webkit import WebKitEngine

    return WebKitEngine()
