"""Spatial layers in one stream: each tile gets the layer that fits it."""

import pytest

from harness.chromium import Chromium
from harness.server import ForestageServer
from harness.tiles import LARGE, MEDIUM, SMALL, leave, publisher, switch, viewer, wait_for_picture, wait_for_pictures


@pytest.mark.parametrize("codec", ["VP9", "AV1"])
def test_three_tiles_get_three_spatial_layers_of_one_stream(
        chromium: Chromium, server: ForestageServer, codec: str) -> None:
    room = f"svc-{codec}"
    # The room's first codec is the first that its first publisher offers.
    codecs = {"video": [codec], "audio": ["opus"]}
    keep = """() => {
      const Connection = RTCPeerConnection;
      window.RTCPeerConnection = class extends Connection { constructor(...all) { super(...all); window.connection = this; } };
    }"""
    host = publisher(chromium, server, room, codecs=codecs, svc=True, prepare=keep)
    small, medium, large = (viewer(chromium, server, room, size, codecs=codecs) for size in (SMALL, MEDIUM, LARGE))
    widths = {small: 320, medium: 640, large: 1280}
    for one, width in widths.items():
        seconds, size = wait_for_picture(one, lambda w, h, width=width: w == width, f"{width} pixels wide")
        print(f"{codec}: {one.name} sees {size} after {seconds:.1f} s")
    wait_for_pictures(widths)
    modes = host.page.evaluate("""async () => [...(await connection.getStats()).values()]
      .filter(({type, kind}) => type === "outbound-rtp" && kind === "video").map(({scalabilityMode}) => scalabilityMode)
      .filter(Boolean)""")
    assert modes == ["L3T3_KEY"]
    # A tile that grows and shrinks again.
    switch(small, (LARGE, 1280), (SMALL, 320), (MEDIUM, 640))
    leave(small, medium, large, host)
