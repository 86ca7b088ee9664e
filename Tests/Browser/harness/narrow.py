"""Three pictures of 720p on stage, and viewers who see them through narrow links."""

import json
import time
import urllib.request
from typing import Any

from .link import Direction, Link
from .page import LOST_SECONDS, wait_for
from .participant import Browser, Participant
from .server import ForestageServer

SEATS = 3
# Few pictures a second leave a slow machine the time for nine encodings and nine decoders.
FPS = 15
ROUND_TRIP = 0.06
QUEUE_SECONDS = 0.3

# Says that each tile is large, and shows it small: painting costs more than decoding.
SHOW_LARGE = """() => {
  for (const seat of me.session.seats) me.session.view(seat, { width: 1280, height: 720 });
  for (const video of me.videos.values()) { video.width = 160; video.style.display = "inline-block"; }
}"""
STATES = "() => me.session.seats.map(({video: {state, reason}}) => [state, reason].filter(Boolean).join(' '))"


def publishers(browser: Browser, server: ForestageServer, room: str) -> list[Participant]:
    """A host and two guests on stage; each sends 1280x720 in three encodings."""
    everybody = [
        Participant(browser, server, room, name, role=role, publishes=True, scale=2, noisy=True, fps=FPS, seats=0, extraAudio=0)
        for name, role in (("Ada", "host"), ("Grace", "viewer"), ("Barbara", "viewer"))]
    for guest in everybody[1:]:
        guest.call("raiseHand")
        everybody[0].call("approve", guest.participant)
    for each in everybody:
        if each is not everybody[0]:
            each.call("unpublish", "microphone")  # three voices and the smallest picture are more than 300 kbit/s
        wait_for(each.page, "() => me.session.isPublished('camera')", what="the camera is published")
    return everybody


def sent(host: Participant) -> dict[str, int]:
    """The width of each encoding that is sent."""
    entries = host.page.evaluate("() => me.session.getStats().then(({sending}) => sending)")
    return {entry["rid"]: entry["width"] for entry in entries if entry["kind"] == "video" and entry["width"]}


def debug(server: ForestageServer, room: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server.url}/v1/rooms/{room}/debug", timeout=10) as response:
        return json.load(response)


class Viewer:
    """A viewer of all seats, behind a link of its own (rate None: none)."""

    def __init__(self, browser: Browser, server: ForestageServer, room: str, name: str, rate: float | None):
        self.name = name
        self.link = None
        prepare = "testpage.keepConnections();"
        if rate is not None:
            delay = ROUND_TRIP / 2
            self.link = Link(server.media_ports, Direction(rate, delay, QUEUE_SECONDS), Direction(None, delay))
            prepare += f"testpage.reroute({json.dumps(self.link.ports)});"
        self.began = time.monotonic()
        self.participant = Participant(
            browser, server, room, name, seats=SEATS, extraAudio=0, publish=[], prepare=f"() => {{ {prepare} }}")
        self.page = self.participant.page
        self.page.evaluate(SHOW_LARGE)
        self.begin()

    def begin(self) -> None:
        """From now on is what `figures` tells of."""
        self.began = time.monotonic()
        self._before = self.page.evaluate("() => testpage.inbound()")
        self.page.evaluate(f"() => testpage.note({{fps: {FPS}}})")
        if self.link:
            self.link.take_waits()
            self._octets = self.link.down.passed_octets
            self._dropped = self.link.down.dropped

    def states(self) -> list[str]:
        return self.page.evaluate(STATES)

    def widths(self) -> list[int]:
        """Of what each seat shows; 0 where it is not sent."""
        return self.page.evaluate(
            "() => me.session.seats.map((seat) => seat.video.state === 'playing' ? me.videos.get(seat).videoWidth : 0)")

    def frames(self) -> list[int]:
        """Decoded frames by section."""
        return [entry["framesDecoded"] for entry in self.page.evaluate("() => testpage.inbound()") if entry["kind"] == "video"]

    def figures(self) -> dict[str, Any]:
        seconds = time.monotonic() - self.began
        notes = self.page.evaluate("() => notes")
        before = {entry["mid"]: entry for entry in self._before}
        inbound = self.page.evaluate("() => testpage.inbound()")

        def grown(kind: str, name: str) -> int:
            return sum(
                (entry[name] or 0) - ((before.get(entry["mid"]) or {}).get(name) or 0) for entry in inbound if entry["kind"] == kind)

        changes = [at for note in notes for at, _ in note["widths"] + note["states"]]
        gaps = [gap for note in notes for _, gap in note["gaps"]]
        figures: dict[str, Any] = {
            "seconds": round(seconds, 1), "settled": round(max(changes, default=0) / 1000, 1), "widths": self.widths(), "states": self.states(),
            "freezesPerMinute": round(len(gaps) * 60 / seconds, 1), "longestMs": round(max(gaps, default=0)),
            "frames": grown("video", "framesDecoded"), "videoLost": grown("video", "packetsLost"),
            "videoDiscarded": grown("video", "packetsDiscarded"),
            "audioPackets": grown("audio", "packetsReceived"), "audioLost": grown("audio", "packetsLost"),
            "concealed": round(grown("audio", "concealedSamples") / max(1, grown("audio", "totalSamplesReceived")), 3),
            "pli": grown("video", "pliCount"), "nack": grown("video", "nackCount"),
        }
        if self.link:
            waits = sorted(self.link.take_waits())
            figures["queueP95Ms"] = round(1000 * waits[len(waits) * 95 // 100]) if waits else None
            figures["octets"] = self.link.down.passed_octets - self._octets
            figures["dropped"] = self.link.down.dropped - self._dropped
        return figures

    def leave(self) -> None:
        assert self.participant.errors() == []
        self.participant.leave()
        if self.link:
            self.link.__exit__()
