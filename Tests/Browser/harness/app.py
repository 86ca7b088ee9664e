"""The app as people use it: a page, its buttons and its fields."""

from .chromium import ChromiumPage
from .page import wait_for

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
    wait_for(page, f"(kinds) => JSON.stringify(({OPEN})()) === JSON.stringify(kinds)", sorted(kinds), 10, f"open are {kinds}")


def join_as_host(page: ChromiumPage, name: str | None = None) -> None:
    """From the lobby through the preview onto the stage; with the picture that is there."""
    page.playwright.wait_for_selector("#join-host")
    if name:
        page.playwright.fill("#name", name)
    page.playwright.click("#join-host")
    page.playwright.wait_for_function("!document.querySelector('#preview-state').textContent.startsWith('Waiting')")
    page.playwright.click("#go-on-stage")
    page.playwright.wait_for_selector("#room-view")


def join_as_viewer(page: ChromiumPage, name: str | None = None) -> None:
    page.playwright.wait_for_selector("#join-viewer")
    if name:
        page.playwright.fill("#name", name)
    page.playwright.click("#join-viewer")
    page.playwright.wait_for_selector("#room-view")


def approve_first(host: ChromiumPage) -> None:
    """Approves the hand that was raised first."""
    host.playwright.click("#queue .approve")


def wait_for_text(page: ChromiumPage, selector: str, text: str) -> str:
    """Until the element says the text; returns all that it says."""
    page.playwright.wait_for_function(
        "([selector, text]) => document.querySelector(selector)?.textContent.includes(text)", arg=[selector, text], timeout=15_000)
    return page.playwright.inner_text(selector)
