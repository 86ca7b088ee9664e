"""The app as people use it: a page, its buttons and its fields."""

import re
from collections.abc import Callable

import pytest

from .chromium import ChromiumPage
from .page import wait_for
from .paths import output_directory

PLAYING = """(name) => [...document.querySelectorAll(".tile.has-picture:not([hidden])")].some((tile) =>
  tile.getAttribute("aria-label") === name && tile.querySelector("video").videoWidth > 0
  && tile.querySelector("video").getVideoPlaybackQuality().totalVideoFrames > 10)"""

# Keeps every track that the page ever opened in `opened`; FAULTS names what cannot be opened: {source: error name}.
WATCH_DEVICES = """
  window.opened = [];
  window.asked = [];
  window.faults ??= {};
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    asked.push(Object.keys(wish).filter((kind) => wish[kind]).sort().join());
    for (const [kind, source] of [["video", "camera"], ["audio", "microphone"]])
      if (wish[kind] && faults[source]) throw new DOMException("", faults[source]);
    const stream = await open(wish);
    opened.push(...stream.getTracks());
    return stream;
  };
"""

# The kinds of the devices that are open in the page.
OPEN = "() => opened.filter((track) => track.readyState === 'live').map(({kind}) => kind).sort()"


def watch_devices(page: ChromiumPage, **faults: str) -> None:
    """Before `goto`: notes what is opened; `camera="NotFoundError"` says what cannot be."""
    page.playwright.add_init_script(f"window.faults = {faults!r};{WATCH_DEVICES}")


def open_devices(page: ChromiumPage) -> list[str]:
    return page.evaluate(OPEN)


def wait_for_devices(page: ChromiumPage, *kinds: str) -> None:
    """Until exactly these are open: "audio", "video"."""
    wait_for(page, f"(kinds) => JSON.stringify(({OPEN})()) === JSON.stringify(kinds)", sorted(kinds), what=f"open are {kinds}")


def choose_door(page: ChromiumPage, door: str, name: str | None = None) -> None:
    page.playwright.wait_for_selector(door)
    if name:
        page.playwright.fill("#name", name)
    page.playwright.click(door)


def join_as_host(page: ChromiumPage, name: str | None = None) -> None:
    """From the lobby through the preview onto the stage; with the picture that is there."""
    choose_door(page, "#join-host", name)
    page.playwright.wait_for_function("!document.querySelector('#preview-state').textContent.startsWith('Waiting')")
    page.playwright.click("#go-on-stage")
    page.playwright.wait_for_selector("#room-view")


def join_as_viewer(page: ChromiumPage, name: str | None = None) -> None:
    choose_door(page, "#join-viewer", name)
    page.playwright.wait_for_selector("#room-view")


def approve_first(host: ChromiumPage) -> None:
    """Approves the hand that was raised first."""
    host.playwright.click("#queue .approve")


def wait_for_text(page: ChromiumPage, selector: str, text: str) -> str:
    """Until the element says the text; returns all that it says."""
    wait_for(page, "([selector, text]) => document.querySelector(selector)?.textContent.includes(text)", [selector, text],
             what=f"{selector} says {text!r}")
    return page.playwright.inner_text(selector)


def room(request: pytest.FixtureRequest) -> str:
    """A room of the test's own."""
    return re.sub("[^a-z-]", "-", request.node.name)[:60]


def pictures(prefix: str) -> Callable[[ChromiumPage, str], None]:
    """What takes a picture of a page, under a name with the prefix, once all has come to rest."""

    def take(page: ChromiumPage, name: str) -> None:
        page.playwright.wait_for_timeout(300)  # transitions
        page.screenshot(output_directory() / f"{prefix}-{name}.png")

    return take
