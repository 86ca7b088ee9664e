"""Simulcast whose RIDs do not tell which layer is the largest: Unity lists `h;m;l` (OBS's `0;1;2`: test_tiles.py)."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.doors import DoorPage
from harness.files import FileServer
from harness.page import LOST_SECONDS
from harness.paths import TEST_PAGE
from harness.server import ForestageServer


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    with FileServer(TEST_PAGE) as files:
        yield f"{files.url}/empty.html"


@pytest.mark.parametrize("rids, scales", [pytest.param("hml", (1, 2, 4), marks=pytest.mark.long), ("abc", (4, 1, 2))])
def test_the_largest_layer_is_shown(
        chromium: Any, server: ForestageServer, elsewhere: str, rids: str, scales: tuple[int, ...]) -> None:
    publisher, player = DoorPage(chromium, elsewhere), DoorPage(chromium, elsewhere)
    encodings = [
        {"rid": rid, "scaleResolutionDownBy": scale, "maxBitrate": 900_000 // scale**2 + 100_000}
        for rid, scale in zip(rids, scales)
    ]
    publisher.publish(f"{server.url}/whip/layers-{rids}", 0x1A2B, encodings=encodings, codec="VP8")
    player.play(f"{server.url}/whep/layers-{rids}")
    player.wait_to_play(0x1A2B)
    deadline = time.monotonic() + LOST_SECONDS
    # Chromium adds the larger ones as its estimate of the network grows.
    while True:
        sent = publisher.page.evaluate("() => testpage.doors.sending()")
        shown = player.playing()["width"]
        if len(sent) == 3 and shown == max(sent.values()):
            break
        assert time.monotonic() < deadline, f"shows {shown} of {sent}"
        time.sleep(0.2)
    assert len(set(sent.values())) == 3, sent
    for page in (publisher, player):
        assert page.page.errors == []
        page.close()
