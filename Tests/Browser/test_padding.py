"""Pictures of several packets leave padded to one size, joined in one message: real browsers show them as before."""

import json
import re
import time
import urllib.request

import pytest

from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.page import wait_for
from harness.participant import Browser, Participant
from harness.server import ForestageServer

KEEP = "() => testpage.keepConnections()"
SECONDS = 3


def padded(server: ForestageServer) -> int:
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        text = answer.read().decode()
    return sum(int(value) for value in re.findall(r"^forestage_packets_padded_total\S* (\d+)$", text, re.MULTILINE))


@pytest.mark.parametrize("publisher", ["chromium", "firefox"])
def test_padded_pictures_are_shown(
    publisher: str, chromium: Chromium, firefox: Firefox, open_server: ForestageServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    browsers: dict[str, Browser] = {"chromium": chromium, "firefox": firefox}
    room = f"padding-{publisher}"
    host = Participant(
        browsers[publisher], open_server, room, "Ada", role="host", publishes=True, noisy=True, simulcast=False, fps=30)
    viewers = {
        name: Participant(browser, open_server, room, name, prepare=KEEP) for name, browser in browsers.items()}
    for viewer in viewers.values():
        viewer.wait_to_see(host)
    # The bitrate grows from 300 kbit/s, and pictures of one packet have nothing to be padded to.
    wait_for(viewers["chromium"].page, """async () => {
      const stream = await testpage.mostOf("inbound-rtp", "video");
      return stream.packetsReceived > 1.3 * stream.framesReceived && stream.framesReceived > 60;
    }""", seconds=120)
    before = padded(open_server)
    for viewer in viewers.values():
        viewer.page.evaluate("(seconds) => { window.watched = testpage.watch({ seconds }); return null; }", SECONDS)
    seen = {name: viewer.page.evaluate("() => window.watched") for name, viewer in viewers.items()}
    # Counters are told once a second, and later by a busy machine.
    end = time.monotonic() + 60
    while (count := padded(open_server) - before) <= SECONDS and time.monotonic() < end:
        time.sleep(0.1)
    with capsys.disabled():
        print(f"\n{count} padded packets in {SECONDS} s from {publisher}:", json.dumps(
            {name: {key: round(value, 1) for key, value in figures.items() if value is not None}
             for name, figures in seen.items()}))
    assert count > SECONDS
    for name, viewer in viewers.items():
        viewer.wait_to_see(host)
        viewer.wait_for_frames(host)
        assert viewer.errors() == []
