"""axe-core finds nothing to say against any state of the app, at any size and in either colour scheme."""

from typing import Any

import pytest

from harness.accessibility import violations_in_both_schemes
from harness.chromium import Chromium, ChromiumPage
from harness.files import FileServer
from harness.page import wait_for, wait_for_lobby
from harness.paths import CLIENT, WEB, output_directory
from harness.rehearsal import open_rehearsal
from test_appearance import CASTS, END, HOST, SIZES, VIEWER, WAIT

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
    "invitations": (HOST, ["#people-toggle", "#invitations-open"]),
    "other format": ({**VIEWER, "members": 4, "cannotDecode": 1}, []),
}


def press(page: ChromiumPage, selector: str) -> None:
    # The wide host's panel is open from the start.
    if selector != "#people-toggle" or not page.playwright.is_visible("#people"):
        page.playwright.click(selector)


@pytest.mark.parametrize("size", SIZES)
def test_no_room_has_a_barrier(chromium: Chromium, site: str, size: str) -> None:
    page = open_rehearsal(chromium, site, *SIZES[size], color_scheme="dark", has_touch=size != "wide")
    found: dict[str, list[str]] = {}
    for name, (cast, presses) in ROOMS.items():
        page.evaluate("(cast) => rehearse(cast)", cast)
        for selector in presses:
            press(page, selector)
        found[name] = violations_in_both_schemes(page)
        page.screenshot(output_directory() / f"access-{name.replace(' ', '-')}-{size}.png")
    for name, show in {"ended": END, "waiting": WAIT}.items():
        page.evaluate(show)
        found[name] = violations_in_both_schemes(page)
        page.screenshot(output_directory() / f"access-{name}-{size}.png")
    assert {name: faults for name, faults in found.items() if faults} == {}
    page.close()


@pytest.mark.parametrize("size", SIZES)
def test_no_lobby_has_a_barrier(chromium: Chromium, site: str, size: str) -> None:
    page = chromium.open(*SIZES[size], color_scheme="dark", has_touch=size != "wide")
    found: dict[str, list[str]] = {}
    for name, address in {"invited": f"{site}/?room=friday-night", "new": site}.items():
        page.goto(address)
        wait_for_lobby(page)
        found[name] = violations_in_both_schemes(page)
    page.playwright.click("#join-host")
    found["without a name"] = violations_in_both_schemes(page)
    page.playwright.fill("#name", "Ada Lovelace")
    page.playwright.click("#join-host")
    wait_for(page, "() => document.querySelector('#preview-video').videoWidth")
    found["preview"] = violations_in_both_schemes(page)
    page.playwright.click("#preview-camera")
    wait_for(page, "() => document.querySelector('#preview-camera').ariaPressed === 'false'")
    found["camera off"] = violations_in_both_schemes(page)
    assert {name: faults for name, faults in found.items() if faults} == {}
    page.close()


def test_a_lobby_that_lets_nobody_in_has_no_barrier(chromium: Chromium) -> None:
    with FileServer(WEB, {"/client/": CLIENT}, {"/v1/configuration": {"development": False}}) as files:
        page = chromium.open(*SIZES["phone"], color_scheme="dark")
        page.playwright.route("**/app.js", lambda route: None)  # never comes
        page.playwright.goto(files.url, wait_until="commit")
        page.playwright.wait_for_selector("#lobby-slow", state="attached")
        page.evaluate("() => document.querySelector('#lobby-slow').getAnimations().forEach((animation) => animation.finish())")  # 8 s early
        page.playwright.wait_for_selector("#lobby-slow:visible")
        assert violations_in_both_schemes(page) == []
        page.screenshot(output_directory() / "lobby-slow.png")
        page.playwright.unroute_all()
        page.goto(files.url)
        wait_for_lobby(page)
        assert violations_in_both_schemes(page) == [] and page.playwright.is_visible("#lobby-shut")
        page.screenshot(output_directory() / "lobby-shut.png")
        page.close()
