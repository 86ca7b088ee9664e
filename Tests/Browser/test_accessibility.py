"""axe-core finds nothing to say against any state of the app, at any size and in either colour scheme."""

from typing import Any

import pytest

from harness.accessibility import violations
from harness.chromium import Chromium, ChromiumPage
from harness.page import wait_for
from harness.paths import output_directory
from harness.rehearsal import open_rehearsal
from test_appearance import CASTS, HOST, SIZES, VIEWER

# Rooms are rehearsed: what is cast, and what is pressed then.
ROOMS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "watching": (VIEWER, []),
    "raised": (CASTS["raised"], []),
    "invited": (CASTS["invited"], []),
    "on stage": (CASTS["guest"], []),
    "host": (HOST, []),
    "full": (CASTS["full"], []),
    "empty": (CASTS["empty"], []),
    "shared screen": (CASTS["screen"], []),
    "people": ({**HOST, "isAway": True}, ["#people-toggle"]),
    "end of show": (HOST, ["#people-toggle", "#end-room"]),
    "keys": (VIEWER, ["#keys-open"]),
}

# As app.js says it; a rehearsal has no end of its own.
END = """() => {
  rehearsal.close();
  document.getElementById("ended-title").textContent = "The event is over";
  document.getElementById("ended-text").textContent = "A host has ended it.";
  document.getElementById("ended").hidden = false;
}"""


def press(page: ChromiumPage, selector: str) -> None:
    # The wide host's panel is open from the start.
    if selector != "#people-toggle" or not page.playwright.is_visible("#people"):
        page.playwright.click(selector)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_no_room_has_a_barrier(chromium: Chromium, site: str, size: str, scheme: str) -> None:
    page = open_rehearsal(chromium, site, *SIZES[size], color_scheme=scheme, has_touch=size != "wide")
    found: dict[str, list[str]] = {}
    for name, (cast, presses) in ROOMS.items():
        page.evaluate("(cast) => rehearse(cast)", cast)
        for selector in presses:
            press(page, selector)
        found[name] = violations(page)
        page.screenshot(output_directory() / f"access-{name.replace(' ', '-')}-{size}-{scheme}.png")
    page.evaluate(END)
    found["ended"] = violations(page)
    page.screenshot(output_directory() / f"access-ended-{size}-{scheme}.png")
    assert {name: faults for name, faults in found.items() if faults} == {}
    page.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_no_lobby_has_a_barrier(chromium: Chromium, site: str, size: str, scheme: str) -> None:
    page = chromium.open(*SIZES[size], color_scheme=scheme, has_touch=size != "wide")
    found: dict[str, list[str]] = {}
    for name, address in {"invited": f"{site}/?room=friday-night", "new": site}.items():
        page.goto(address)
        found[name] = violations(page)
    page.playwright.click("#join-host")
    found["without a name"] = violations(page)
    page.playwright.fill("#name", "Ada Lovelace")
    page.playwright.click("#join-host")
    wait_for(page, "() => document.querySelector('#preview-video').videoWidth")
    found["preview"] = violations(page)
    page.playwright.click("#preview-camera")
    found["camera off"] = violations(page)
    assert {name: faults for name, faults in found.items() if faults} == {}
    page.close()
