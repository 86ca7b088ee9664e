"""A publisher sends the encodings that somebody watches, and no others."""

import time
from collections.abc import Callable
from typing import Any

from harness.chromium import Chromium
from harness.page import LOST_SECONDS
from harness.participant import Participant
from harness.server import ForestageServer
from harness.tiles import LARGE, MEDIUM, RESIZE, SMALL, leave, publisher, viewer, wait_for_picture

# What the page sends of its camera, by RID: frames and bits so far, whether it is on.
SENT = """async () => {
  const {sending} = await me.session.getStats();
  return Object.fromEntries(sending.filter(({source}) => source === "camera").map(({rid, codec, frames, octets, packets, width, height}) =>
    [rid ?? codec, {frames, octets, packets, width, height}]));
}"""


def wait_until_three_are_sent(host: Participant) -> dict[str, Any]:
    """Until all three encodings flow: Chromium adds the larger ones as its estimate of the network grows."""
    deadline = time.monotonic() + LOST_SECONDS
    while True:
        sent = host.page.evaluate(SENT)
        if len(sent) == 3 and all(entry["frames"] for entry in sent.values()):
            return sent
        assert time.monotonic() < deadline, f"sends {sent}"
        time.sleep(0.2)


def flows(host: Participant, rid: str) -> bool:
    """Whether frames of the encoding leave the page within a second."""
    before = host.page.evaluate(SENT).get(rid, {}).get("frames") or 0
    time.sleep(1)
    return (host.page.evaluate(SENT).get(rid, {}).get("frames") or 0) > before


def wait_until(is_so: Callable[[], bool], what: str) -> float:
    start = time.monotonic()
    while not is_so():
        assert time.monotonic() < start + LOST_SECONDS, what
    return time.monotonic() - start


def test_a_publisher_sends_the_large_picture_while_somebody_watches_it_large(chromium: Chromium, server: ForestageServer) -> None:
    room = "uplink"
    host = publisher(chromium, server, room)
    one = viewer(chromium, server, room, LARGE)
    wait_for_picture(one, lambda w, h: w == 1280, "the large one")
    wait_until_three_are_sent(host)
    one.page.evaluate(RESIZE, SMALL)
    wait_for_picture(one, lambda w, h: w == 320, "the small one")
    seconds = wait_until(lambda: not flows(host, "f") and not flows(host, "h"), "the two large encodings end")
    print(f"only the small one is sent after {seconds:.1f} s: 5 s without interest, and up to 2 s of measuring")
    wait_until(lambda: flows(host, "q"), "the small one goes on")
    one.page.evaluate(RESIZE, LARGE)
    seconds, _ = wait_for_picture(one, lambda w, h: w == 1280, "the large one again")
    print(f"the large picture is back after {seconds:.2f} s")
    # Who comes while nobody watched sees at once what is always sent.
    one.page.evaluate(RESIZE, SMALL)
    wait_until(lambda: not flows(host, "f"), "the large encoding ends again")
    other = viewer(chromium, server, room, MEDIUM)
    wait_for_picture(other, lambda w, h: w > 0, "any")
    wait_for_picture(other, lambda w, h: w == 640, "the medium one")
    leave(one, other, host)
