"""The golden messages (Signaling/Golden), and a page that plays them to the SDK (testpage/golden.js)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .chromium import Chromium, ChromiumPage
from .files import FileServer
from .page import wait_for
from .paths import GOLDEN, REPOSITORY


def client(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / "client" / f"{name}.json").read_text())


def server(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / "server" / f"{name}.json").read_text())


@contextmanager
def golden_page(chromium: Chromium, prepare: str | None = None, **context: Any) -> Iterator[ChromiumPage]:
    """A page with `golden`; `prepare` is JavaScript that runs before all others, `context` as for `Chromium.open`. No error may be left when it closes."""
    with FileServer(REPOSITORY) as files:
        page = chromium.open(**context)
        if prepare:
            page.playwright.add_init_script(prepare)
        page.goto(f"{files.url}/Tests/Browser/testpage/golden.html")
        wait_for(page, "() => Boolean(globalThis.golden)")
        yield page
        assert page.errors == []
        page.close()
