"""What both browsers' pages can do, so that a test need not know which one it drives."""

import time
from pathlib import Path
from typing import Any, Protocol

from .paths import TEST_PAGE


class Page(Protocol):
    """One window. `errors` collects console errors and uncaught exceptions."""

    errors: list[str]

    def goto(self, url: str) -> None: ...

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """Calls a JavaScript function (source text) with one JSON argument; awaits it; returns JSON."""
        ...

    def screenshot(self, path: Path) -> None: ...

    def close(self) -> None: ...


def add_test_page(page: Page) -> None:
    """Puts `window.testpage` (pictures, sound, readers) into the page, whatever its origin and policy."""
    for name in ("picture.js", "sound.js", "connection.js", "cipher.js", "participant.js"):
        source = (TEST_PAGE / name).read_text()
        page.evaluate("(source) => { (0, eval)(source); }", source)


# The server refuses the page's resumes, so that it joins anew.
REFUSED_RESUMES = """() => {
  const {send} = WebSocket.prototype;
  WebSocket.prototype.send = function (text) {
    const message = JSON.parse(text);
    return send.call(this, message.type === "resume" ? JSON.stringify({...message, resumeToken: "another"}) : text);
  };
}"""

# Nothing takes so long, on a slow machine either, unless it never comes.
LOST_SECONDS = 60


def wait_for(page: Page, function: str, argument: Any = None, seconds: float = LOST_SECONDS, what: str = "") -> Any:
    """Polls until the function's result is truthy, and returns it."""
    deadline = time.monotonic() + seconds
    while not (result := page.evaluate(function, argument)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what or function}: not within {seconds} s; the page's errors: {page.errors}")
        time.sleep(0.05)
    return result


def wait_for_lobby(page: Page) -> None:
    """Until the lobby is filled in: before that it is seen, and its doors are shut."""
    wait_for(page, "() => { const {hidden, ariaBusy} = document.querySelector('#lobby'); return !hidden && !ariaBusy; }", what="the lobby")
