"""Chromium through Playwright."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Error as PlaywrightError, sync_playwright

from .page import LOST_SECONDS

# Half of the usual frame rate: two processors encode and decode all that a test shows.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=15",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--auto-select-desktop-capture-source=Entire screen",
]


class ChromiumPage:
    """One window in a context of its own; `playwright` is the Playwright page for clicking and typing."""

    def __init__(self, context: BrowserContext):
        self.errors: list[str] = []
        self._context = context
        self.playwright = context.new_page()
        self.playwright.set_default_timeout(1000 * LOST_SECONDS)
        self.playwright.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        self.playwright.on("console", self._note)

    def goto(self, url: str) -> None:
        self.playwright.goto(url)

    def evaluate(self, function: str, argument: Any = None) -> Any:
        return self.playwright.evaluate(function, argument)

    def screenshot(self, path: Path) -> None:
        self.playwright.screenshot(path=str(path))

    def close(self) -> None:
        self._context.close()

    def crash(self) -> None:
        """Ends the page's process as a kill does: nothing of the page's own runs any more."""
        try:
            self.playwright.goto("chrome://crash", timeout=3000)
        except PlaywrightError:
            pass  # it is gone before it can answer

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")


class Chromium:
    """The browser; a context manager. `flags` are added to those of every test."""

    def __init__(self, flags: Sequence[str] = ()) -> None:
        self._playwright = sync_playwright().start()
        try:
            self._browser = self._playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=[*FLAGS, *flags], timeout=1000 * LOST_SECONDS)
        except BaseException:
            self._playwright.stop()
            raise

    def open(self, width: int = 1280, height: int = 800, **context: Any) -> ChromiumPage:
        """A new window of that size; further arguments go to Playwright's new_context."""
        return ChromiumPage(self._browser.new_context(viewport={"width": width, "height": height}, **context))

    def close(self) -> None:
        self._browser.close()
        self._playwright.stop()

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
