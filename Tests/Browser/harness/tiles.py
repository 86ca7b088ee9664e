"""A host with a real camera, and viewers that show it in tiles of one size."""

import time
from collections.abc import Callable
from typing import Any

from .page import LOST_SECONDS, wait_for
from .participant import Browser, Participant
from .server import ForestageServer

# Few pictures a second leave a slow machine the time for three encodings and three decoders.
CAMERA = {"width": {"exact": 1280}, "height": {"exact": 720}, "frameRate": {"ideal": 15, "max": 15}}
SMALL, MEDIUM, LARGE = (160, 90), (480, 270), (1280, 720)

# What comes for seat 0's picture.
RECEIVED = """async () => {
  const {receiving} = await me.session.getStats();
  return receiving.find(({mid}) => mid === me.session.seats[0].videoMid) ?? null;
}"""
# The tile of seat 0 in that size, alone on the page.
RESIZE = """([width, height]) => {
  const [seat, video] = [...me.videos][0];
  for (const [other, element] of me.videos) if (other !== seat) element.remove();
  document.body.style.margin = 0;
  video.style.cssText = `width: ${width}px; height: ${height}px; display: block; object-fit: cover`;
}"""
# From now on every frame that is shown is noted: when, in ms, how wide, and its RTP timestamp.
_WATCH = """() => {
  const [, video] = [...me.videos][0];
  window.shown = [];
  const note = (now, {width, rtpTimestamp}) => {
    shown.push([now, width, rtpTimestamp]);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
}"""
PICTURE = "() => { const [, video] = [...me.videos][0]; return [video.videoWidth, video.videoHeight]; }"


def publisher(browser: Browser, server: ForestageServer, room: str, **options: Any) -> Participant:
    """A host whose camera is the browser's fake device at 1280x720."""
    host = Participant(browser, server, room, "Ada", role="host", **options)
    host.call("openDevices", {"camera": CAMERA, "microphone": False})
    wait_for(host.page, "() => me.session.isPublished('camera')", what="the camera is published")
    return host


def viewer(browser: Browser, server: ForestageServer, room: str, size: tuple[int, int], **options: Any) -> Participant:
    one = Participant(browser, server, room, f"{size[0]}x{size[1]}", seats=1, extraAudio=0, publish=[], **options)
    one.page.evaluate(RESIZE, size)
    return one


def wait_for_picture(one: Participant, is_right: Callable[[int, int], bool], what: str) -> tuple[float, list[int]]:
    """Until the picture has the right size; the seconds that it took, and the size."""
    start = time.monotonic()
    while True:
        width, height = one.page.evaluate(PICTURE)
        if is_right(width, height):
            return time.monotonic() - start, [width, height]
        assert time.monotonic() < start + LOST_SECONDS, f"{one.name} sees {width}x{height}, not {what}; errors {one.errors()}"
        time.sleep(0.1)


def wait_for_pictures(widths: dict[Participant, int]) -> None:
    """Until each sees a picture of its width, all of them at once, and frames have come to everybody since."""
    frames = {one: one.page.evaluate(RECEIVED)["frames"] for one in widths}
    deadline = time.monotonic() + LOST_SECONDS
    while True:
        seen = {one.name: one.page.evaluate(PICTURE)[0] for one in widths}
        if all(seen[one.name] == width and one.page.evaluate(RECEIVED)["frames"] > frames[one] + 5 for one, width in widths.items()):
            return
        assert time.monotonic() < deadline, f"sees {seen}; frames before {frames}"
        time.sleep(0.1)


def switch(one: Participant, *steps: tuple[tuple[int, int], int]) -> None:
    """Gives the tile each size in turn: the picture reaches its width, and the times of the frames go on in their order."""
    one.page.evaluate(_WATCH)
    before, waits = one.page.evaluate(RECEIVED), []
    for size, width in steps:
        one.page.evaluate(RESIZE, size)
        seconds, _ = wait_for_picture(one, lambda w, h, width=width: w == width, f"{width} pixels wide")
        waits.append(round(seconds, 2))
        time.sleep(0.6)
    after, shown = one.page.evaluate(RECEIVED), one.page.evaluate("() => shown")
    pairs = list(zip(shown, shown[1:]))
    intervals = sorted(((round(later[0] - earlier[0]), earlier[1], later[1]) for earlier, later in pairs), reverse=True)
    print(f"{len(steps)} switches, seconds to the size {waits}, freezes {after['freezes'] - before['freezes']}, keyframe requests "
          f"{after['keyframeRequests'] - before['keyframeRequests']}, lost {after['lost'] - before['lost']}; longest intervals in ms {intervals[:6]}")
    assert all((later[2] - earlier[2]) % 2**32 < 2**31 for earlier, later in pairs)
    assert {width for _, width, _ in shown} >= {width for _, width in steps}


def leave(*participants: Participant) -> None:
    for each in participants:
        assert each.negotiations() == 0
        assert (errors := each.errors()) == [], f"{each.name}: {errors}"
        each.leave()
