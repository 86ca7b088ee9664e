"""What the stage shows of whom: pictures whole, rings only around those who speak, hands of those who are gone marked."""

from typing import Any

import pytest

from harness.chromium import Chromium
from harness.page import wait_for
from harness.rehearsal import open_rehearsal
from test_appearance import HOST, SIZES, VIEWER

# Of each picture the part that its tile cuts away, the part of the tile that bars take, and its height.
PICTURES = """() => [...document.querySelectorAll(".tile.has-picture:not([hidden])")].map((tile) => {
  const {videoWidth, videoHeight} = tile.querySelector("video"), {width, height} = tile.getBoundingClientRect();
  const fit = getComputedStyle(tile.querySelector("video")).objectFit;
  const shape = videoWidth / videoHeight / (width / height), part = Math.min(shape, 1 / shape);
  return {fit, cut: fit === "cover" ? 1 - part : 0, bars: fit === "contain" ? 1 - part : 0,
    height: fit === "contain" ? Math.min(height, width * videoHeight / videoWidth) : height};
})"""
RINGS = "() => [...document.querySelectorAll('.speaking:not([hidden])')].map((face) => face.ariaLabel ?? face.textContent)"
GRACE = {"participant": "p0", "name": "Grace Hopper", "role": "host", "state": "onStage", "order": 1}
MICROPHONE = {"track": "m0", "source": "microphone", "muted": False}


def wait_for_pictures(page: Any, count: int, condition: str) -> None:
    """Until so many pictures are laid out, and the condition holds for each `picture`."""
    wait_for(page, """(count) => {
      const pictures = (%s)();
      return pictures.length === count && pictures.every((picture) => %s);
    }""" % (PICTURES, condition), count, what=f"{count} pictures with {condition}")


@pytest.mark.parametrize("camera", [(1280, 720), (640, 480), (480, 854)])
@pytest.mark.parametrize("size", SIZES)
def test_no_picture_is_cut_in_half(chromium: Chromium, site: str, size: str, camera: tuple[int, int]) -> None:
    page = open_rehearsal(chromium, site, *SIZES[size])
    for members in (1, 2, 3, 4, 6):
        page.evaluate("(cast) => rehearse(cast)", {**VIEWER, "members": members, "size": camera, "requests": 0})
        condition = "picture.fit === 'contain' && picture.bars < 0.01" if members <= 2 else "picture.fit === 'cover' && picture.cut <= 0.26"
        wait_for_pictures(page, members, condition)
    assert page.errors == []
    page.close()


def test_an_odd_picture_among_many_is_shown_whole(chromium: Chromium, site: str) -> None:
    page = open_rehearsal(chromium, site)
    # One's own camera lies, those of the others stand.
    page.evaluate("(cast) => rehearse(cast)", {**HOST, "off": None, "size": (480, 854)})
    fits = f"() => ({PICTURES})().map(({{fit}}) => fit).sort().join()"
    wait_for(page, f"() => ({fits})() === 'contain,cover,cover,cover'")
    page.close()


def test_a_phone_on_its_side_has_room_for_pictures(chromium: Chromium, site: str) -> None:
    page = open_rehearsal(chromium, site, *SIZES["landscape"], has_touch=True)
    for cast, count, height in (({**VIEWER, "members": 1}, 1, 330), ({**HOST, "members": 1}, 2, 200)):
        page.evaluate("(cast) => rehearse(cast)", cast)
        wait_for_pictures(page, count, f"picture.height >= {height}")
    page.close()


@pytest.mark.parametrize("ending", [
    f"rehearsed.change({{...{GRACE}, tracks: [{{...{MICROPHONE}, muted: true}}]}})",
    f"rehearsed.change({{...{GRACE}, tracks: []}})",
    f"rehearsed.change({{...{GRACE}, state: 'audience'}}); rehearsed.change({{...{GRACE}, tracks: [{MICROPHONE}]}})",
    "rehearsed.tell('connection', {state: 'disconnected'})",
    "rehearsed.speak()",
], ids=["muted", "stopped", "left and came back", "connection lost", "silent"])
def test_no_ring_outlives_the_voice(chromium: Chromium, site: str, ending: str) -> None:
    page = open_rehearsal(chromium, site)
    page.evaluate("(cast) => rehearse(cast)", {**VIEWER, "speakers": ["p0"]})
    assert page.evaluate(RINGS) == ["Grace Hopper"]
    page.evaluate("() => { %s }" % ending.replace("False", "false").replace("True", "true"))
    assert page.evaluate(RINGS) == []
    assert page.errors == []
    page.close()


def test_ones_own_ring_goes_with_the_microphone(chromium: Chromium, site: str) -> None:
    page = open_rehearsal(chromium, site)
    page.evaluate("(cast) => rehearse(cast)", {**HOST, "speakers": ["self"]})
    assert page.evaluate(RINGS) == ["Ada Lovelace (you)"]
    page.playwright.keyboard.press("m")
    assert page.evaluate(RINGS) == []
    page.close()


def test_a_hand_whose_owner_is_gone_is_marked(chromium: Chromium, site: str) -> None:
    page = open_rehearsal(chromium, site)
    page.evaluate("(cast) => rehearse(cast)", {**HOST, "isAway": True})
    rows = page.playwright.locator("#queue li")
    assert ["connection lost" in text for text in rows.all_inner_texts()] == [False, True, False]
    page.evaluate("() => rehearsed.change({participant: 'r1', name: 'Alan Kay', role: 'viewer', state: 'requested'})")
    assert page.playwright.locator("#queue .away").count() == 0
    change = {"participant": "r0", "name": "Margaret Hamilton", "role": "viewer", "state": "requested", "away": True}
    page.evaluate("(change) => rehearsed.change(change)", change)
    assert "Margaret" in page.playwright.inner_text("#queue .away")
    assert page.errors == []
    page.close()
