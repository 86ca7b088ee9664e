"""A publisher behind a narrow uplink sends less, and its viewers go on seeing and hearing it."""

import json
import os
import time
from typing import Any

import pytest

from harness.chromium import Chromium
from harness.link import Direction, Link
from harness.narrow import QUEUE_SECONDS, ROUND_TRIP, STATES, sent
from harness.page import LOST_SECONDS, wait_for
from harness.participant import Participant
from harness.server import ForestageServer

FPS = 15
SECONDS = float(os.environ.get("FORESTAGE_UPLINK_SECONDS", "5"))
SHOW_LARGE = """() => {
  const [seat] = me.session.seats;
  me.session.view(seat, { width: 1280, height: 720 });
  Object.assign(me.videos.get(seat), { width: 160 });
}"""


def join_behind(chromium: Chromium, server: ForestageServer, room: str, link: Link) -> Participant:
    return Participant(
        chromium, server, room, "Ada", role="host", publishes=True, scale=2, noisy=True, fps=FPS, seats=0, extraAudio=0,
        prepare=f"() => {{ testpage.keepConnections(); testpage.reroute({json.dumps(link.ports)}); }}")


@pytest.mark.parametrize("rate", [500_000, pytest.param(None, marks=pytest.mark.long)])
def test_viewers_see_and_hear_who_sends_through_a_narrow_uplink(chromium: Chromium, rate: int | None) -> None:
    environment = {"FORESTAGE_MEDIA_CONGESTION_CONTROL": "true"}
    up = Direction(rate, ROUND_TRIP / 2, QUEUE_SECONDS)
    with ForestageServer(environment=environment) as server, Link(
            server.media_ports, Direction(None, ROUND_TRIP / 2), up) as link:
        host = join_behind(chromium, server, "uplink-500", link)
        viewer = Participant(
            chromium, server, "uplink-500", "Grace", seats=1, extraAudio=0, publish=[], prepare="() => testpage.keepConnections()")
        viewer.page.evaluate(SHOW_LARGE)
        viewer.wait_for_frames(host)
        time.sleep(SECONDS)  # to find the link's rate: Chromium's estimate begins at 300 kbit/s
        viewer.page.evaluate(f"() => testpage.note({{fps: {FPS}}})")
        before = audio_of(viewer)
        began, octets = time.monotonic(), up.passed_octets
        while time.monotonic() < began + SECONDS:
            # Sound goes on; the picture moves, and is the publisher's.
            heard = audio_of(viewer)["packetsReceived"]
            viewer.wait_for_frames(host)
            wait_for(viewer.page, "(heard) => testpage.inbound().then((all) => all.some(({kind, packetsReceived}) => kind === 'audio' && packetsReceived > heard))",
                     heard, what="sound goes on")
        seconds = time.monotonic() - began
        (note,) = viewer.page.evaluate("() => notes")
        after, gaps = audio_of(viewer), [gap for _, gap in note["gaps"]]
        frames = viewer.page.evaluate("() => testpage.inbound()")
        print(json.dumps({
            "rate": rate, "uplinkBitsPerSecond": round(8 * (up.passed_octets - octets) / seconds), "dropped": up.dropped,
            "sent": sent(host), "widths": note["widths"], "freezesPerMinute": round(len(gaps) * 60 / seconds, 1),
            "longestMs": round(max(gaps, default=0)), "audioLost": after["packetsLost"] - before["packetsLost"],
            "audioReceived": after["packetsReceived"] - before["packetsReceived"],
            "decoded": [entry["framesDecoded"] for entry in frames if entry["kind"] == "video"],
            "quality": viewer.page.evaluate("() => me.session.quality && {...me.session.quality, seats: me.session.quality.seats.length}"),
        }))
        assert after["packetsLost"] - before["packetsLost"] < after["packetsReceived"] - before["packetsReceived"]
        # It is no fault of the viewer's network.
        assert "bandwidth" not in str(viewer.page.evaluate(STATES))
        for each in (viewer, host):
            assert each.errors() == []
            each.leave()


def audio_of(viewer: Participant) -> dict[str, Any]:
    return next(entry for entry in viewer.page.evaluate("() => testpage.inbound()") if entry["kind"] == "audio" and entry["packetsReceived"])


def test_a_publisher_sends_no_more_than_its_best_viewer_can_be_sent(chromium: Chromium) -> None:
    """The only viewer has 1.2 Mbit/s: the largest encoding is limited to what fits, and that is what the viewer gets."""
    environment = {"FORESTAGE_MEDIA_CONGESTION_CONTROL": "true"}
    with ForestageServer(environment=environment) as server, Link(
            server.media_ports, Direction(1_200_000, ROUND_TRIP / 2, QUEUE_SECONDS), Direction(None, ROUND_TRIP / 2)) as link:
        host = Participant(
            chromium, server, "best", "Ada", role="host", publishes=True, scale=2, noisy=True, fps=FPS, seats=0, extraAudio=0)
        host.page.evaluate("() => { window.told = []; me.session.addEventListener('encodings', ({detail}) => told.push(detail.encodings)); }")
        viewer = Participant(
            chromium, server, "best", "Grace", seats=1, extraAudio=0, publish=[],
            prepare=f"() => {{ testpage.keepConnections(); testpage.reroute({json.dumps(link.ports)}); }}")
        viewer.page.evaluate(SHOW_LARGE)
        told = wait_for(host.page, "() => told.at(-1)?.find(({maxBitrate}) => maxBitrate)", what="a limit is told")
        assert told["rid"] == "f" and 100_000 <= told["maxBitrate"] < 1_200_000
        wait_for(host.page, """() => me.session.isPublished("camera")""")
        link.set_rate(8_000_000)
        deadline = time.monotonic() + LOST_SECONDS
        while host.page.evaluate("() => told.at(-1).some(({maxBitrate}) => maxBitrate)"):
            assert time.monotonic() < deadline, host.page.evaluate("() => told.slice(-5)")
            time.sleep(0.5)
        print(json.dumps({"told": host.page.evaluate("() => told.map((encodings) => encodings.map(({maxBitrate}) => maxBitrate ?? null))")}))
        for each in (viewer, host):
            assert each.errors() == []
            each.leave()
