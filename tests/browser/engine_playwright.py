"""Chromium and Firefox by Playwright, with the defaults undone that would hide real shoppers' troubles."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import playwright
from playwright.sync_api import Browser, BrowserContext, BrowserType, Error, FrameLocator, Playwright, sync_playwright
from playwright.sync_api import Page as Tab

from tests.browser.engines import CHROMIUM, PAYMENT_FRAME, WIDE, MissingEngineError, Size, find_program

STEP_LIMIT = 90_000  # ms; only a broken product or browser meets it
PARTITIONING = "ThirdPartyStoragePartitioning"
SUGGESTIONS = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"]
"""Chromium's address bar draws its suggestions in a renderer of its own, for each window: half of what a page costs."""


@cache
def running_playwright() -> Playwright:
    """One for both engines: a thread can start only one."""
    return sync_playwright().start()


def stop_playwright() -> None:
    if running_playwright.cache_info().currsize:
        running_playwright().stop()
        running_playwright.cache_clear()


def honest_arguments() -> tuple[list[str], list[str]]:
    """Playwright's arguments to leave out, and those to use instead.

    Playwright switches off storage partitioning, the pop-up blocker and the back-forward cache. A widget could then
    pass here and fail for shoppers. An argument is left out only by its exact text, which stands in Playwright's own
    bundle.
    """
    bundle = Path(playwright.__file__).parent / "driver/package/lib/coreBundle.js"
    listed = re.search(r"disabledFeatures = \[(.*?)\]\.filter", bundle.read_text("utf-8"), re.DOTALL)
    assert listed, "Playwright builds its arguments in a new way: review honest_arguments"
    features = re.findall(r'^\s*"(\w+)"', listed[1], re.MULTILINE)
    assert PARTITIONING in features, "Playwright changed its defaults: review honest_arguments"
    kept = [feature for feature in features if feature != PARTITIONING]
    switch = "--disable-features="
    without = [switch + ",".join(features), "--disable-popup-blocking", "--disable-back-forward-cache"]
    return without, [switch + ",".join(kept + SUGGESTIONS)]


def start_chromium() -> Browser:
    program = find_program("CHROMIUM", *CHROMIUM)
    without, instead = honest_arguments()
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox does not work for root
    return launched(
        running_playwright().chromium,
        executable_path=program,
        ignore_default_args=without,
        args=["--disable-gpu", "--disable-quic", *sandbox, *instead],
    )


def start_firefox() -> Browser:
    return launched(
        running_playwright().firefox,
        channel="moz-firefox",
        executable_path=find_program("FIREFOX", "firefox-esr", "firefox"),
        firefox_user_prefs={"dom.disable_open_during_load": True},  # the pop-up blocker
    )


def launched(kind: BrowserType, *, executable_path: str, **options: Any) -> Browser:
    """Raises MissingEngineError for a program that knows too little of what Playwright speaks."""
    try:
        return kind.launch(executable_path=executable_path, **options)
    except Error as error:
        lacks = re.search(r"Protocol error \(([\w.]+)\): (?:unknown command|'[\w.]+' wasn't found)", error.message)
        if not lacks:
            raise
        asked = subprocess.run([executable_path, "--version"], capture_output=True, text=True, timeout=60, check=False)
        problem = f"{asked.stdout.strip() or executable_path} is too old for Playwright {version('playwright')}"
        raise MissingEngineError(f"{problem}: it lacks {lacks[1]}") from error


class PlaywrightEngine:
    def __init__(self, start: Callable[[], Browser]) -> None:
        self._browser = start()
        self.version = self._browser.version

    def new_page(
        self, *, javascript: bool = True, size: Size = WIDE, dark: bool = False, locale: str = "ko-KR"
    ) -> PlaywrightPage:
        width, height = size
        context = self._browser.new_context(
            java_script_enabled=javascript,
            locale=locale,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",  # a press into a frame misses while the dialog around it grows
        )
        context.set_default_timeout(STEP_LIMIT)
        if not javascript and engine_of(context) == "firefox":
            # Firefox ignores the switch here. No page of ours has an inline script, so this comes to the same.
            context.route("**/*.js", lambda route: route.abort())
        return PlaywrightPage(context)

    def stop(self) -> None:
        self._browser.close()


def engine_of(context: BrowserContext) -> str:
    return context.browser.browser_type.name if context.browser else ""


class PlaywrightView:
    def __init__(self, tab: Tab, scope: Tab | FrameLocator) -> None:
        self.tab = tab
        self._scope = scope

    def click(self, css: str) -> None:
        target = self._scope.locator(css).first
        if engine_of(self.tab.context) != "firefox":
            target.click()
        elif isinstance(self._scope, FrameLocator):
            # Playwright's Firefox delivers no mouse or key event into a frame of another site.
            target.evaluate("(element) => element.click()")
        else:
            # What loads between the aim and the press moves the element away: a press was lost so.
            self.tab.wait_for_function("() => document.readyState === 'complete'")
            target.click()

    def has(self, css: str) -> bool:
        try:
            return self._scope.locator(css).count() > 0
        except Error:  # closed, or between two documents
            return False

    def js(self, body: str) -> Any:
        source = "() => {" + body + "}"
        if not isinstance(self._scope, Tab):
            return self._scope.locator(":root").evaluate(source)
        try:
            return self._scope.evaluate(source)
        except Error as error:
            if "Execution context was destroyed" not in error.message:
                raise
            return self._scope.evaluate(source)  # the page went on just then: its next document answers

    def close(self) -> None:
        if not self.tab.is_closed():
            self.tab.close()
        self.tab.context.pages[0].bring_to_front()  # a browser shows the tab that opened the closed one


class PlaywrightPage(PlaywrightView):
    passing_errors = (Error,)

    def __init__(self, context: BrowserContext) -> None:
        tab = context.new_page()
        super().__init__(tab, tab)
        self.context = context
        self.errors: list[str] = []
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("console", lambda line: line.type == "error" and self.errors.append(line.text))

    def goto(self, url: str) -> None:
        self.tab.goto(url)

    def back(self) -> None:
        # Not `go_back`: it waits for a load event, and a page from the back-forward cache has none.
        self.tab.evaluate("() => { setTimeout(() => history.back()) }")

    def before_load(self, script: str) -> None:
        self.context.add_init_script(script)

    def pause(self, milliseconds: int) -> None:
        with suppress(Error, IndexError):  # the last window may close meanwhile, and the shop's own be closed already
            self.context.pages[-1].wait_for_timeout(milliseconds)

    def frame(self, css: str = PAYMENT_FRAME) -> PlaywrightView:
        return PlaywrightView(self.tab, self.tab.frame_locator(css))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tab.keyboard.press(key)

    def names(self) -> list[tuple[str, str]]:
        snapshot = self.tab.locator("steppay-checkout").last.aria_snapshot()
        return re.findall(r'^ *- (\w+)(?: "(.*?)")?', snapshot, re.MULTILINE)

    def reopen(self, url: str) -> None:
        closed, self.tab = self.tab, self.context.new_page()
        self._scope = self.tab
        closed.close()
        self.tab.goto(url)

    def second_window(self) -> PlaywrightView | None:
        others = [tab for tab in self.context.pages if tab != self.tab]
        return PlaywrightView(others[-1], others[-1]) if others else None

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        self.tab.screenshot(path=path, animations="disabled", full_page=whole)

    def show_as(self, size: Size, *, dark: bool) -> None:
        self.tab.set_viewport_size({"width": size[0], "height": size[1]})
        self.tab.emulate_media(color_scheme="dark" if dark else "light")

    def end(self) -> None:
        self.context.close()
