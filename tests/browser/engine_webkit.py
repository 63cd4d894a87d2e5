"""WebKitGTK by Selenium and the distribution's WebKitWebDriver, on a virtual screen where there is no real one."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import NoSuchWindowException, WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver as Remote
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service
from urllib3.exceptions import HTTPError

from tests.browser.engines import PAYMENT_FRAME, WIDE, MissingEngineError, Size, find_program

CLICK_LIMIT = 90.0  # s
ANSWER_LIMIT, END_LIMIT = 60.0, 5.0  # s; at times the driver never answers again: its test ends then, and no other
KEYS = {"Tab": Keys.TAB, "Shift": Keys.SHIFT, "Escape": Keys.ESCAPE, "Enter": Keys.ENTER, "Space": Keys.SPACE}

# WebDriver's own search stops at a shadow root.
FIND = """
const [css] = arguments;
const roots = [document, ...[...document.querySelectorAll('steppay-checkout')].map((host) => host.shadowRoot)];
return roots.map((root) => root.querySelector(css)).find(Boolean) || null;
"""
PARTS = """
const dialogs = document.querySelectorAll('steppay-checkout');
return [...dialogs[dialogs.length - 1].shadowRoot.querySelectorAll('dialog, button, a, iframe')];
"""
TWO_FRAMES = (
    "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)));"
)


class VirtualScreen:
    """Xvfb on a display number of its own choice."""

    def __init__(self) -> None:
        program = find_program("XVFB", "Xvfb")
        reader, writer = os.pipe()
        self._process = subprocess.Popen(
            [program, "-displayfd", str(writer), "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[writer],
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        self._number = os.fdopen(reader)  # stays open: Xvfb dies when its number cannot be read
        self.display = ":" + self._number.readline().strip()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._number.close()


class WebKitEngine:
    def __init__(self) -> None:
        self._driver = find_program("WEBKITDRIVER", "WebKitWebDriver")
        browsers = sorted(map(str, Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")), reverse=True)
        self._browser = find_program("MINIBROWSER", *browsers)
        has_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        self._screen = None if has_screen else VirtualScreen()
        self._settings = tempfile.TemporaryDirectory(prefix="webkit-")
        for version in ("3.0", "4.0"):
            folder = Path(self._settings.name, f"gtk-{version}")
            folder.mkdir()
            # prefers-reduced-motion: the driver aims at a button once, and misses one that moves
            (folder / "settings.ini").write_text("[Settings]\ngtk-enable-animations=0\n", "utf-8")
        self._environment = os.environ | {"XDG_CONFIG_HOME": self._settings.name}
        if self._screen:
            self._environment["DISPLAY"] = self._screen.display
        asked = subprocess.run(
            [self._browser, "--version"], capture_output=True, text=True, env=self._environment, check=False
        )
        self.version = asked.stdout.strip()

    def new_page(self, *, javascript: bool = True, size: Size = WIDE, dark: bool = False) -> WebKitPage:
        if not javascript or dark or size != WIDE:
            raise MissingEngineError("WebKitWebDriver cannot switch JavaScript off, nor change size or colours")
        options = Options()
        options.binary_location = self._browser
        for argument in ("--automation", "--enable-itp"):  # Safari's tracking prevention is always on
            options.add_argument(argument)
        service = Service(self._driver, env=self._environment)
        with warnings.catch_warnings():
            # Selenium's own WebKitGTK driver uses an argument that Selenium has deprecated.
            warnings.simplefilter("ignore", DeprecationWarning)
            return WebKitPage(webdriver.WebKitGTK(options=options, service=service))

    def stop(self) -> None:
        if self._screen:
            self._screen.stop()
        self._settings.cleanup()


class WebKitView:
    """A driver acts in one place at a time, so every step first goes where this view is."""

    def __init__(self, driver: Any, window: str, frame: str | None = None) -> None:
        self.driver = driver
        self._window = window
        self._frame = frame

    def click(self, css: str) -> None:
        end = time.monotonic() + CLICK_LIMIT
        while True:
            try:
                return self._find_loaded(css).click()
            except WebDriverException:  # not there yet, not visible yet, or replaced just now
                if time.monotonic() > end:
                    raise
            time.sleep(0.05)

    def has(self, css: str) -> bool:
        try:
            return bool(self._find(css))
        except WebDriverException:
            return False

    def js(self, body: str) -> Any:
        self._enter()
        return self.driver.execute_script(body)

    def close(self) -> None:
        with contextlib.suppress(NoSuchWindowException):
            self._enter()
            self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])

    def _enter(self) -> None:
        self.driver.switch_to.window(self._window)
        if self._frame:
            self.driver.switch_to.frame(self.driver.execute_script(FIND, self._frame))

    def _find_loaded(self, css: str) -> WebElement:
        """What loads between the aim and the press moves the element away."""
        found = self._find(css)
        if self.driver.execute_script("return document.readyState") != "complete":
            raise WebDriverException("the page still loads")
        return found

    def _find(self, css: str) -> WebElement:
        self._enter()
        found = self.driver.execute_script(FIND, css)
        if found is None:
            raise WebDriverException(f"there is no {css}")
        return found


class WebKitPage(WebKitView):
    passing_errors = (WebDriverException,)

    def __init__(self, driver: Any) -> None:
        super().__init__(driver, driver.current_window_handle)
        self.errors: list[str] = []  # WebKitWebDriver does not tell
        self._scripts: list[str] = []
        driver.command_executor.client_config.timeout = ANSWER_LIMIT

    def goto(self, url: str) -> None:
        self._enter()
        self.driver.get(url)
        for script in self._scripts:
            self.js(script)

    def back(self) -> None:
        self._enter()
        self.driver.back()

    def before_load(self, script: str) -> None:
        self._scripts.append(script)

    def pause(self, milliseconds: int) -> None:
        time.sleep(milliseconds / 1000)

    def frame(self, css: str = PAYMENT_FRAME) -> WebKitView:
        return WebKitView(self.driver, self._window, css)

    def press(self, *keys: str) -> None:
        self._enter()
        for key in keys:
            held, _, last = key.rpartition("+")
            chain = ActionChains(self.driver)
            if held:
                chain.key_down(KEYS[held])
            chain.send_keys(KEYS.get(last, last))
            if held:
                chain.key_up(KEYS[held])
            chain.perform()

    def names(self) -> list[tuple[str, str]]:
        self._enter()
        found = self.driver.execute_script(PARTS)
        return [(element.aria_role, element.accessible_name) for element in found]

    def reopen(self, url: str) -> None:
        self.driver.switch_to.window(self.driver.window_handles[-1])  # this window may be closed already
        self.driver.switch_to.new_window("tab")  # first: the browser ends with its last window
        opened = self.driver.current_window_handle
        self.close()
        self._window = opened
        self._enter()
        self.driver.get(url)

    def second_window(self) -> WebKitView | None:
        others = [handle for handle in self.driver.window_handles if handle != self._window]
        return WebKitView(self.driver, others[-1]) if others else None

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        self._enter()
        self.driver.execute_async_script(TWO_FRAMES)  # the very first picture is white otherwise
        self.driver.save_screenshot(str(path))

    def show_as(self, size: Size, *, dark: bool) -> None:
        raise MissingEngineError("WebKitWebDriver cannot change size or colours")

    def end(self) -> None:
        self.driver.command_executor.client_config.timeout = END_LIMIT
        try:
            Remote.quit(self.driver)
        except (WebDriverException, HTTPError):
            self.driver.service.process.kill()  # who does not answer cannot be asked to end
        self.driver.service.stop()
