"""Spatial layers in one stream: each tile gets the layer that fits it."""

import time

import pytest

from harness.chromium import Chromium
from harness.server import ForestageServer
from harness.tiles import LARGE, MEDIUM, PICTURE, RECEIVED, RESIZE, SMALL, leave, publisher, viewer, wait_for_picture


@pytest.mark.parametrize("codec", ["VP9", "AV1"])
def test_three_tiles_get_three_spatial_layers_of_one_stream(
        chromium: Chromium, server: ForestageServer, codec: str) -> None:
    room = f"svc-{codec}"
    # The room's first codec is the first that its first publisher offers.
    codecs = {"video": [codec], "audio": ["opus"]}
    host = publisher(chromium, server, room, codecs=codecs, svc=True)
    small, medium, large = (viewer(chromium, server, room, size, codecs=codecs) for size in (SMALL, MEDIUM, LARGE))
    for one, width in ((small, 320), (medium, 640), (large, 1280)):
        seconds, size = wait_for_picture(one, lambda w, h, width=width: w == width, f"{width} pixels wide")
        print(f"{codec}: {one.name} sees {size} after {seconds:.1f} s")
    before = [one.page.evaluate(RECEIVED)["frames"] for one in (small, medium, large)]
    time.sleep(2)
    # It stays so, and everybody goes on.
    assert [one.page.evaluate(PICTURE)[0] for one in (small, medium, large)] == [320, 640, 1280]
    received = [one.page.evaluate(RECEIVED) for one in (small, medium, large)]
    assert all(now["frames"] > then + 5 for now, then in zip(received, before)), (before, received)
    for one, now in zip((small, medium, large), received):
        print(f"{codec}: {one.name}: {now}")
    # A tile that grows and shrinks again.
    for size, width in ((LARGE, 1280), (SMALL, 320), (MEDIUM, 640)):
        small.page.evaluate(RESIZE, size)
        seconds, _ = wait_for_picture(small, lambda w, h, width=width: w == width, f"{width} pixels wide")
        print(f"{codec}: {size[0]}x{size[1]}: {width} pixels after {seconds:.2f} s")
    print(f"{codec}: freezes {small.page.evaluate(RECEIVED)['freezes']}")
    leave(small, medium, large, host)
