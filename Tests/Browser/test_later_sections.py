"""Sections that a later offer adds: a camera that moves, simulcast that begins in mid-session, media of one who joined without an offer."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.doors import DoorPage
from harness.files import FileServer
from harness.page import add_test_page, wait_for
from harness.paths import TEST_PAGE
from harness.server import ForestageServer

LAYERS = [
    {"rid": rid, "scaleResolutionDownBy": scale, "maxBitrate": 900_000 // scale**2 + 100_000}
    for rid, scale in (("q", 4), ("h", 2), ("f", 1))
]


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    with FileServer(TEST_PAGE) as files:
        yield f"{files.url}/empty.html"


def joined(browser: Any, server: ForestageServer, room: str, offers: str = "sending") -> Any:
    """A page that has joined the room by plain signaling."""
    page = browser.open()
    page.goto(f"{server.url}/healthz")
    add_test_page(page)
    page.evaluate("(source) => { (0, eval)(source); }", (TEST_PAGE / "signaling.js").read_text())
    page.evaluate("([url, options]) => testpage.signaling.join(url, options)",
                  [server.signaling_url, {"room": room, "offers": offers}])
    return page


def publish(page: Any, identifier: int, encodings: list[dict[str, Any]], scale: int = 1) -> None:
    page.evaluate("(options) => testpage.signaling.publishInNewSection(...options)", [identifier, encodings, scale])


def wait_to_show(player: DoorPage, identifier: int) -> None:
    """Until the player shows two pictures of this publication."""
    wait_for(player.page, """async (id) => {
      const shown = await testpage.doors.playing();
      if (shown.id !== id) return false;
      window.counters = (window.counters ?? new Set()).add(`${id} ${shown.counter}`);
      return [...window.counters].filter((entry) => entry.startsWith(`${id} `)).length > 1;
    }""", identifier, what=f"the picture {identifier:x}")


def test_a_camera_moves_to_a_new_section_with_simulcast(
        chromium: Any, server: ForestageServer, elsewhere: str) -> None:
    publisher = joined(chromium, server, "later")
    player = DoorPage(chromium, elsewhere)
    player.play(f"{server.url}/whep/later")
    publish(publisher, 0x11A1, [])
    wait_to_show(player, 0x11A1)
    publish(publisher, 0x22B2, LAYERS, scale=2)
    wait_to_show(player, 0x22B2)
    wait_for(publisher, "() => testpage.signaling.sending().then((rids) => rids.length === 3 && rids.sort().join() === 'f,h,q')",
             what="three layers")
    publish(publisher, 0x33C3, [])
    wait_to_show(player, 0x33C3)
    for page in (publisher, player.page):
        assert [error for error in page.errors if "favicon" not in error] == []
        page.close()


@pytest.mark.parametrize("offers", ["nothing", "receiving"])
def test_one_who_joined_without_a_sending_section_publishes_layers_later(
        chromium: Any, server: ForestageServer, elsewhere: str, offers: str) -> None:
    publisher = joined(chromium, server, f"with-{offers}", offers)
    publish(publisher, 0x44D4, LAYERS, scale=2)
    player = DoorPage(chromium, elsewhere)
    player.play(f"{server.url}/whep/with-{offers}")
    wait_to_show(player, 0x44D4)
    for page in (publisher, player.page):
        assert [error for error in page.errors if "favicon" not in error] == []
        page.close()
