"""The app with made-up people (testpage/rehearsal.js): `rehearse(cast)` in the page puts them on stage."""

from typing import Any

from .chromium import Chromium, ChromiumPage
from .page import Page, wait_for_lobby


def open_rehearsal(
    chromium: Chromium, site: str, width: int = 1280, height: int = 800, **context: Any
) -> ChromiumPage:
    """A window of that size in which `rehearse` can be called."""
    page = chromium.open(width, height, **context)
    add_rehearsal(page, site)
    return page


def add_rehearsal(page: Page, site: str) -> None:
    page.goto(f"{site}/?room=friday-night")
    wait_for_lobby(page)  # or it would come up over the rehearsed room
    page.evaluate("() => import('/testpage/rehearsal.js').then(() => null)")
