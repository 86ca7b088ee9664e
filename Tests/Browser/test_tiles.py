"""Each viewer gets the picture that fits its tile, and hidden tiles get nothing."""

import time
from collections.abc import Iterator

import pytest

from harness.app import PLAYING, join_as_viewer, wait_for_text
from harness.chromium import Chromium
from harness.doors import DoorPage
from harness.files import FileServer
from harness.firefox import Firefox
from harness.page import LOST_SECONDS, wait_for
from harness.participant import Participant
from harness.paths import TEST_PAGE
from harness.server import ForestageServer
from harness.tiles import CAMERA, LARGE, MEDIUM, RECEIVED, SMALL, leave, publisher, viewer, wait_for_picture, wait_for_pictures


@pytest.mark.parametrize("codec", ["VP8", "H264", pytest.param("VP9", marks=pytest.mark.long)])
def test_three_tiles_of_different_sizes_get_different_pictures(
        chromium: Chromium, server: ForestageServer, codec: str) -> None:
    room = f"three-tiles-{codec}"
    codecs = {"video": [codec], "audio": ["opus"]}
    host = publisher(chromium, server, room, codecs=codecs)
    small, medium, large = (viewer(chromium, server, room, size, codecs=codecs) for size in (SMALL, MEDIUM, LARGE))
    widths = {small: 320, medium: 640, large: 1280}
    for one, width in widths.items():
        seconds, size = wait_for_picture(one, lambda w, h, width=width: w == width, f"{width} pixels wide")
        print(f"{codec}: {one.name} sees {size} after {seconds:.1f} s")
    wait_for_pictures(widths)
    leave(small, medium, large, host)


def test_av1_in_several_encodings_gives_small_and_large_tiles_different_pictures(
        chromium: Chromium, server: ForestageServer) -> None:
    """Three encodings of AV1 are more than two processors encode all the time: Chromium leaves out the largest, or all but the smallest."""
    room, codecs = "tiles-AV1", {"video": ["AV1"], "audio": ["opus"]}
    host = publisher(chromium, server, room, codecs=codecs)
    small = viewer(chromium, server, room, SMALL, codecs=codecs)
    large = viewer(chromium, server, room, LARGE, codecs=codecs)
    wait_for_picture(small, lambda w, h: w == 320, "320 pixels wide")
    seconds, size = wait_for_picture(large, lambda w, h: w > 320, "more than 320 pixels wide")
    print(f"AV1: {large.name} sees {size} after {seconds:.1f} s")
    leave(small, large, host)


def test_a_hidden_tile_gets_nothing_and_a_picture_when_it_is_shown(chromium: Chromium, server: ForestageServer) -> None:
    room = "hidden-tile"
    host = publisher(chromium, server, room)
    one = viewer(chromium, server, room, MEDIUM)
    wait_for_picture(one, lambda w, h: w > 0, "any")
    one.page.evaluate("() => { [...me.videos][0][1].style.display = 'none'; }")
    wait_for(one.page, "() => me.session.seats[0].video.state === 'paused'", what="the seat is paused")
    deadline = time.monotonic() + LOST_SECONDS
    packets = None
    while packets != (packets := one.page.evaluate(RECEIVED)["packets"]):
        assert time.monotonic() < deadline, f"{packets} packets, and more come"
        time.sleep(1.5)
    frames = one.page.evaluate(RECEIVED)["frames"]
    start = time.monotonic()
    one.page.evaluate("() => { [...me.videos][0][1].style.display = ''; }")
    wait_for(one.page, f"async () => (await ({RECEIVED})()).frames > {frames}", what="a frame after the tile is shown")
    print(f"a frame {1000 * (time.monotonic() - start):.0f} ms after the tile was shown")
    leave(one, host)


def test_the_app_gets_nothing_in_the_background_and_goes_on_in_front(chromium: Chromium, server: ForestageServer) -> None:
    """The words over a paused tile do not count as hiding it: else it would stay paused."""
    room = "app-in-the-background"
    host = Participant(chromium, server, room, "Ada", role="host", publishes=True)
    page = chromium.open()
    page.goto(f"{server.url}/?room={room}")
    join_as_viewer(page, "Grace")
    wait_for(page, PLAYING, "Ada", what="the tile plays")
    for _ in range(2):
        page.evaluate("""() => {
          Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }""")
        wait_for_text(page, ".tile[aria-label='Ada']", "Picture paused")
        time.sleep(1)
        page.evaluate("() => { delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange')); }")
        start = time.monotonic()
        wait_for(page, PLAYING, "Ada", what="the tile plays again")
        print(f"plays {1000 * (time.monotonic() - start):.0f} ms after the page is in front again")
    assert page.errors == []
    page.close()
    leave(host)


def test_an_encoding_that_the_page_switches_off_and_on_stops_nobody(chromium: Chromium, server: ForestageServer) -> None:
    room = "switched"
    # The page keeps the connection, as a page with a bandwidth limit of its own would.
    keep = """() => {
      const Connection = RTCPeerConnection;
      window.connections = [];
      window.RTCPeerConnection = class extends Connection { constructor(...all) { super(...all); connections.push(this); } };
      window.setLargest = async (active) => {
        const sender = connections.at(-1).getSenders().find(({track}) => track?.kind === "video");
        const parameters = sender.getParameters();
        parameters.encodings[2].active = active;
        await sender.setParameters(parameters);
      };
    }"""
    host = Participant(chromium, server, room, "Ada", role="host", prepare=keep)
    host.call("openDevices", {"camera": CAMERA, "microphone": False})
    one = viewer(chromium, server, room, LARGE)
    wait_for_picture(one, lambda w, h: w == 1280, "the large one")
    for _ in range(2):
        host.page.evaluate("() => setLargest(false)")
        frames = one.page.evaluate(RECEIVED)["frames"]
        seconds, _ = wait_for_picture(one, lambda w, h: w == 640, "the medium one")
        wait_for(one.page, f"async () => (await ({RECEIVED})()).frames > {frames} + 5", what="frames go on")
        print(f"falls after {seconds:.2f} s")
        host.page.evaluate("() => setLargest(true)")
        seconds, _ = wait_for_picture(one, lambda w, h: w == 1280, "the large one again")
        print(f"returns after {seconds:.2f} s")
    print(f"freezes: {one.page.evaluate(RECEIVED)['freezes']}")
    leave(one, host)


def test_firefox_publishes_for_tiles_of_different_sizes(
        chromium: Chromium, firefox: Firefox, open_server: ForestageServer) -> None:
    room = "firefox-tiles"
    host = Participant(firefox, open_server, room, "Ada", role="host", publishes=True, scale=2)
    large, small = (viewer(chromium, open_server, room, size) for size in (LARGE, SMALL))
    for one, width in ((small, 320), (large, 1280)):
        seconds, size = wait_for_picture(one, lambda w, h, width=width: w == width, f"{width} pixels wide")
        print(f"{one.name} sees {size} after {seconds:.1f} s")
    leave(small, large, host)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    with FileServer(TEST_PAGE) as files:
        yield f"{files.url}/empty.html"


def test_names_and_order_of_an_encoder_s_layers_do_not_matter(
        chromium: Chromium, server: ForestageServer, elsewhere: str) -> None:
    """OBS lists the largest of `0;1;2` first; a tile gets the one that fits, and a WHEP player the largest."""
    room = "whip-tiles"
    encoder, player = DoorPage(chromium, elsewhere), DoorPage(chromium, elsewhere)
    encodings = [
        {"rid": rid, "scaleResolutionDownBy": scale, "maxBitrate": 900_000 // scale**2 + 100_000}
        for rid, scale in zip("012", (1, 2, 4))
    ]
    encoder.publish(f"{server.url}/whip/{room}", 0x1A2B, encodings=encodings, codec="VP8")
    small = viewer(chromium, server, room, SMALL)
    player.play(f"{server.url}/whep/{room}")
    player.wait_to_play(0x1A2B)
    wait_for(encoder.page, "async () => Object.keys(await testpage.doors.sending()).length === 3", what="three layers are sent")
    sent = encoder.page.evaluate("() => testpage.doors.sending()")
    wait_for_picture(small, lambda w, h: w == min(sent.values()), "the smallest")
    deadline = time.monotonic() + LOST_SECONDS
    while player.playing()["width"] != max(sent.values()):
        assert time.monotonic() < deadline, f"plays {player.playing()} of {sent}"
        time.sleep(0.2)
    assert encoder.page.errors == player.page.errors == []
    leave(small)
    for each in (encoder, player):
        each.page.close()
