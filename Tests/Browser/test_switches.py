"""A tile that changes its size again and again: what the viewer sees of the switches between encodings, or layers."""

import os
import time

import pytest

from harness.chromium import Chromium
from harness.server import ForestageServer
from harness.tiles import LARGE, MEDIUM, RECEIVED, RESIZE, SMALL, leave, publisher, viewer, wait_for_picture

# A round of the plan; FORESTAGE_SWITCHES=30 for figures.
SWITCHES = int(os.environ.get("FORESTAGE_SWITCHES", "6"))
# Down and up by one and by two, from each to each other.
PLAN = [(SMALL, 320), (LARGE, 1280), (MEDIUM, 640), (LARGE, 1280), (SMALL, 320), (MEDIUM, 640)]
# Every frame that is shown: when, in ms, how wide, and its RTP timestamp.
WATCH = """() => {
  const [, video] = [...me.videos][0];
  window.shown = [];
  const note = (now, {width, rtpTimestamp}) => {
    shown.push([now, width, rtpTimestamp]);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
}"""


@pytest.mark.parametrize("codec, svc", [("VP8", False), ("VP9", True)])
def test_switches_reach_their_size_and_the_picture_goes_on(
        chromium: Chromium, server: ForestageServer, codec: str, svc: bool) -> None:
    room = f"switches-{codec}"
    codecs = {"video": [codec], "audio": ["opus"]}
    host = publisher(chromium, server, room, codecs=codecs, svc=svc)
    one = viewer(chromium, server, room, LARGE, codecs=codecs)
    wait_for_picture(one, lambda w, h: w == 1280, "the large one")
    time.sleep(1)
    one.page.evaluate(WATCH)
    before = one.page.evaluate(RECEIVED)
    waits = []
    for turn in range(SWITCHES):
        size, width = PLAN[turn % len(PLAN)]
        one.page.evaluate(RESIZE, size)
        seconds, _ = wait_for_picture(one, lambda w, h, width=width: w == width, f"{width} pixels wide")
        waits.append(seconds)
        time.sleep(0.6)
    after, shown = one.page.evaluate(RECEIVED), one.page.evaluate("() => shown")
    intervals = sorted(
        ((later[0] - earlier[0], earlier[1], later[1]) for earlier, later in zip(shown, shown[1:])), reverse=True)
    print(f"{codec}: {SWITCHES} switches, longest wait {max(waits):.2f} s, freezes {after['freezes'] - before['freezes']}, "
          f"keyframe requests {after['keyframeRequests'] - before['keyframeRequests']}, lost {after['lost'] - before['lost']}")
    print(f"{codec}: longest intervals in ms: {[(round(ms), old, new) for ms, old, new in intervals[:6]]}")
    # Times go on in the order of the pictures, and whoever loses nothing asks for nothing.
    steps = [(later[2] - earlier[2]) % 2**32 for earlier, later in zip(shown, shown[1:])]
    assert all(step < 2**31 for step in steps)
    assert {width for _, width, _ in shown} == {320, 640, 1280}
    leave(one, host)
