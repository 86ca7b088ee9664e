"""Somebody sends a format that somebody else does not know: both are told in words."""

import pytest

from harness.app import PLAYING, join_as_host, join_as_viewer, wait_for_text
from harness.chromium import Chromium
from harness.page import wait_for
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
