"""Somebody sends a format that somebody else does not know: both are told in words."""

import time
from typing import Any

import pytest

from harness.app import PLAYING, join_as_host, join_as_viewer, wait_for_text
from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.page import LOST_SECONDS, wait_for
from harness.participant import Participant
from harness.paths import output_directory
from harness.server import ForestageServer

# The browser does not know the format.
WITHOUT = """(() => {
  const known = RTCRtpReceiver.getCapabilities.bind(RTCRtpReceiver);
  RTCRtpReceiver.getCapabilities = (kind) => {
    const all = known(kind);
    return {...all, codecs: all.codecs.filter(({mimeType}) => mimeType !== "video/%s")};
  };
})()"""


@pytest.mark.parametrize("format", ["VP8", "H264"])
def test_a_viewer_who_does_not_know_the_format_is_told_so(chromium: Chromium, server: ForestageServer, format: str) -> None:
    room = f"viewer-without-{format}"
    host = Participant(chromium, server, room, "Ada", role="host", publishes=True, codecs={"video": [format], "audio": ["opus"]}, simulcast=False)
    page = chromium.open(390, 844)
    page.playwright.add_init_script(WITHOUT % format)
    page.goto(f"{server.url}/?room={room}")
    join_as_viewer(page, "Grace")
    wait_for_text(page, ".tile[aria-label='Ada']", "does not know this camera's format")
    page.screenshot(output_directory() / f"formats-viewer-{format}-phone.png")
    other = chromium.open()
    other.goto(f"{server.url}/?room={room}")
    join_as_viewer(other, "Barbara")
    wait_for(other, PLAYING, "Ada", what="who knows the format sees it")
    for each in (page, other):
        assert each.errors == []
        each.close()
    host.leave()


def test_a_publisher_whose_format_somebody_does_not_know_is_told_so(chromium: Chromium, server: ForestageServer) -> None:
    host = chromium.open()
    host.playwright.add_init_script(WITHOUT % "VP8")
    host.goto(f"{server.url}/?room=publisher-with-H264")
    join_as_host(host, "Ada")
    viewer = Participant(chromium, server, "publisher-with-H264", "Grace", codecs={"video": ["VP8"], "audio": ["opus"]})
    wait_for_text(host, "#toasts", "Some of the others cannot see your camera")
    host.screenshot(output_directory() / "formats-publisher.png")
    assert host.errors == []
    host.close()
    viewer.leave()


# By codec, frames that the page has encoded of its camera so far.
ENCODED = """async () => {
  const {sending} = await me.session.getStats();
  const frames = {};
  for (const {source, codec, frames: count} of sending) if (source === "camera" && codec) frames[codec] = (frames[codec] ?? 0) + (count ?? 0);
  return frames;
}"""


def encodes(host: Participant, codec: str) -> bool:
    """Whether frames are encoded in this codec within a second."""
    before = host.page.evaluate(ENCODED).get(codec, 0)
    time.sleep(1)
    return host.page.evaluate(ENCODED).get(codec, 0) > before


def wait_until_encodes(host: Participant, codec: str) -> None:
    start = time.monotonic()
    while not encodes(host, codec):
        assert time.monotonic() < start + LOST_SECONDS, f"nothing is sent in {codec}"


def test_firefox_without_the_first_format_gets_a_second_one(
        chromium: Chromium, firefox: Firefox, open_server: ForestageServer) -> None:
    room, codecs = "second-codec", {"video": ["H264", "VP8"], "audio": ["opus"]}
    host = Participant(chromium, open_server, room, "Ada", role="host", publishes=True, codecs=codecs)
    knows = Participant(chromium, open_server, room, "Grace", codecs=codecs)
    knows.wait_to_see(host)
    wait_until_encodes(host, "H264")
    assert not encodes(host, "VP8"), "nobody needs the second format"
    told = firefox.open()
    told.goto(open_server.url)
    has_h264 = told.evaluate("() => RTCRtpReceiver.getCapabilities('video').codecs.some(({mimeType}) => mimeType === 'video/H264')")
    told.close()
    prepare = WITHOUT % "H264" if has_h264 else None
    start = time.monotonic()
    viewer = Participant(firefox, open_server, room, "Barbara", codecs=codecs, prepare=f"() => {{ {prepare} }}" if prepare else None)
    viewer.wait_to_see(host)
    print(f"Firefox sees the second format {1000 * (time.monotonic() - start):.0f} ms after its page began to join")
    viewer.wait_for_frames(host)

    def seat_of(one: Participant) -> dict[str, Any]:
        return one.page.evaluate("() => { const {state, participant, video} = me.session.seats[0]; return {state, participant, track: video.track, csrc: video.csrc}; }")

    assert seat_of(viewer) == seat_of(knows), "the same source for everybody"
    wait_until_encodes(host, "VP8")
    # Both are silenced and shown together.
    host.call("mute", "camera", True)
    for one in (viewer, knows):
        wait_for(one.page, "() => me.session.seats[0].video.state === 'muted'", what="muted for both")
    host.call("mute", "camera", False)
    for one in (viewer, knows):
        wait_for(one.page, "() => me.session.seats[0].video.state === 'playing'", what="playing for both")
        one.wait_for_frames(host)
    for one in (viewer, knows, host):
        assert one.negotiations() == 0
        assert one.errors() == []
    viewer.leave()
    start = time.monotonic()
    while encodes(host, "VP8"):
        assert time.monotonic() < start + LOST_SECONDS, "the second format goes on though nobody needs it"
    print(f"the second format ended {time.monotonic() - start:.1f} s after its last viewer left")
    wait_until_encodes(host, "H264")
    for one in (knows, host):
        one.leave()
