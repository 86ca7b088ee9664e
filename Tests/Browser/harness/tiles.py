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


def leave(*participants: Participant) -> None:
    for each in participants:
        assert each.negotiations() == 0
        assert each.errors() == []
        each.leave()
