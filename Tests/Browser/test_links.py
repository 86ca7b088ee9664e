"""Viewers behind narrow links see what their links carry, hear everything, and do not disturb others."""

import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from harness.app import join_as_viewer, wait_for_text
from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.janus import Janus, JanusStage, JanusViewer, is_installed
from harness.link import Direction, Link
from harness.narrow import QUEUE_SECONDS, ROUND_TRIP, Viewer, debug, publishers
from harness.page import LOST_SECONDS, wait_for
from harness.participant import Browser, Participant
from harness.paths import TEST_PAGE, output_directory
from harness.server import ForestageServer

# Seconds at each rate; `make bench-links` watches for 60.
SECONDS = float(os.environ.get("FORESTAGE_LINKS_SECONDS", "6"))
# "on", or "on,off" to measure the same without congestion control beside it, "on,off,janus" and in Janus' videoroom.
MODES = os.environ.get("FORESTAGE_LINKS_MODES", "on").split(",")
# Where little time is left for figures, one of them alone, as it watches Janus.
BROWSERS = os.environ.get("LINKS_BROWSERS", "chromium,firefox").split(",")
# What congestion control does at each is proven in virtual time (CongestionControlTests); a real browser at the least rate, and at one
# that changes, proves that it does it with browsers.
LEAST_RATE = 300_000
RATES = [LEAST_RATE, pytest.param(700_000, marks=pytest.mark.long), pytest.param(2_000_000, marks=pytest.mark.long)]
LARGEST = 1280
ROOM = "links"

table: list[dict[str, Any]] = []


class Stage(NamedTuple):
    """A server, three publishers, and a viewer whose link is as good as it gets."""

    server: ForestageServer
    controls: bool
    hosts: list[Participant]
    good: Viewer

    @property
    def name(self) -> str:
        return "on" if self.controls else "off"


@pytest.fixture(scope="module", params=[mode for mode in MODES if mode != "janus"])
def stage(request: pytest.FixtureRequest, chromium: Chromium) -> Iterator[Stage]:
    controls = request.param == "on"
    environment = {"FORESTAGE_MEDIA_CONGESTION_CONTROL": "true" if controls else "false"}
    with ForestageServer(media_addresses=(), environment=environment) as server:
        hosts = publishers(chromium, server, ROOM)
        good = Viewer(chromium, server, ROOM, "good", None)
        until(lambda: good.widths() == [LARGEST] * 3, good, "720p of all")
        yield Stage(server, controls, hosts, good)
        until(lambda: good.widths() == [LARGEST] * 3, good, "720p of all at the end")
        good.leave()
        for host in hosts:
            assert host.errors() == []
            host.leave()


@pytest.fixture(scope="module", autouse=True)
def report() -> Iterator[None]:
    """Prints what was measured, and writes it down."""
    table.clear()
    yield
    if not table:
        return
    (output_directory() / "links.json").write_text(json.dumps(table, indent=2) + "\n")
    columns = ["control", "link", "browser", "settled", "freezesPerMinute", "longestMs", "queueP95Ms", "octets", "dropped", "frames", "audioLost",
               "concealed", "widths"]
    print("\n" + "  ".join(columns))
    for row in table:
        print("  ".join(f"{row[column]!s:>{len(column)}}" for column in columns))


def until(is_so: Callable[[], bool], viewer: Viewer, what: str, seconds: float = LOST_SECONDS) -> float:
    start = time.monotonic()
    while not is_so():
        assert time.monotonic() < start + seconds, (
            f"{viewer.name}: not {what} within {seconds} s, but {viewer.states()} {viewer.widths()}; errors {viewer.participant.errors()}")
        time.sleep(0.2)
    return time.monotonic() - start


def note(server: str, viewer: Viewer, link: str) -> dict[str, Any]:
    """`server` is "on" or "off" (congestion control), or "janus"."""
    figures = viewer.figures()
    table.append({"control": server, "link": link, "browser": viewer.name, **figures})
    print(table[-1])
    return figures


def watch(viewers: list[Viewer], seconds: float, is_asserted: bool) -> list[int]:
    """Some picture moves again and again (how long it may stand still is printed); the least widths together that each viewer had."""
    end = time.monotonic() + seconds
    longest, least = 0.0, [sum(viewer.widths()) for viewer in viewers]
    while time.monotonic() < end:
        before = [sum(viewer.frames()) for viewer in viewers]
        time.sleep(1)
        for viewer, frames in zip(viewers, before if is_asserted else []):
            longest = max(longest, until(lambda viewer=viewer, frames=frames: sum(viewer.frames()) > frames, viewer, "a moving picture"))
        least = [min(width, sum(viewer.widths())) for width, viewer in zip(least, viewers)]
    print(f"no new frame for at most {1 + longest:.1f} s")
    return least


def check_sound(figures: dict[str, Any]) -> None:
    """Sound flows; without congestion control most of its packets are lost, on each of these links."""
    assert figures["audioPackets"] > figures["audioLost"], figures


@pytest.fixture(scope="module")
def browsers(chromium: Chromium, firefox: Firefox) -> dict[str, Browser]:
    return {"chromium": chromium, "firefox": firefox}


@pytest.mark.parametrize("rate", RATES)
def test_a_link_of_one_rate(stage: Stage, browsers: dict[str, Browser], rate: int) -> None:
    """The least rate carries the sound and hardly a picture: there a pause has to be told. At the others some picture moves."""
    server = stage.server
    viewers = [Viewer(browsers[name], server, ROOM, name, rate) for name in BROWSERS]
    for viewer in viewers:
        if stage.controls:
            until(lambda viewer=viewer: sum(viewer.frames()) > 0 or set(viewer.states()) == {"paused bandwidth"}, viewer, "seen, or told why not")
    watch(viewers, SECONDS, is_asserted=stage.controls and rate != LEAST_RATE)
    for viewer in viewers:
        figures = note(stage.name, viewer, f"{rate / 1e6} Mbit/s")
        if not stage.controls:
            continue
        check_sound(figures)
        if rate == LEAST_RATE:
            until(lambda viewer=viewer: "paused bandwidth" in viewer.states(), viewer, "paused for bandwidth")
    for viewer in viewers:
        viewer.leave()


def test_a_link_that_changes(stage: Stage, browsers: dict[str, Browser]) -> None:
    server = stage.server
    viewers = [Viewer(browsers[name], server, ROOM, name, 3_000_000) for name in BROWSERS]
    watch(viewers, SECONDS, is_asserted=False)
    for viewer in viewers:
        note(stage.name, viewer, "3 Mbit/s")
    for link, rate in (("then 0.6", 600_000), ("then 3 again", 3_000_000)):
        for viewer in viewers:
            assert viewer.link
            viewer.link.set_rate(rate)
            viewer.begin()
        if rate == 600_000:
            time.sleep(2)  # the queue of the old rate
            narrow = watch(viewers, SECONDS, is_asserted=stage.controls)
        elif stage.controls:
            for viewer, width in zip(viewers, narrow):
                seconds = until(lambda viewer=viewer, width=width: sum(viewer.widths()) > width, viewer, f"more than {width} pixels")
                print(f"{viewer.name}: more than {width} pixels {seconds:.1f} s after the rate is back")
            watch(viewers, SECONDS, is_asserted=True)
        else:
            time.sleep(SECONDS)
        for viewer in viewers:
            figures = note(stage.name, viewer, link)
            if stage.controls:
                check_sound(figures)
    for viewer in viewers:
        viewer.leave()


@pytest.mark.skipif("janus" not in MODES or not is_installed(), reason="measures Debian's package janus, where FORESTAGE_LINKS_MODES says so")
def test_janus_behind_the_same_links(chromium: Chromium, site: str) -> None:
    with Janus() as janus:
        hosts = JanusStage(chromium, janus, site)
        for rate in (LEAST_RATE, 700_000, 2_000_000):
            viewer = JanusViewer(chromium, hosts, rate)
            time.sleep(SECONDS)
            note("janus", viewer, f"{rate / 1e6} Mbit/s")
            viewer.leave()
        viewer = JanusViewer(chromium, hosts, 3_000_000)
        assert viewer.link
        time.sleep(SECONDS)
        note("janus", viewer, "3 Mbit/s")
        for link, rate in (("then 0.6", 600_000), ("then 3 again", 3_000_000)):
            viewer.link.set_rate(rate)
            viewer.begin()
            time.sleep(SECONDS)
            note("janus", viewer, link)
        viewer.leave()
        hosts.leave()


def test_the_app_says_why_there_is_no_picture(stage: Stage, chromium: Chromium) -> None:
    server = stage.server
    if not stage.controls:
        pytest.skip("nothing is paused without congestion control")
    delay = ROUND_TRIP / 2
    with Link(server.media_ports, Direction(LEAST_RATE, delay, QUEUE_SECONDS), Direction(None, delay)) as link:
        page = chromium.open()
        page.playwright.add_init_script((TEST_PAGE / "connection.js").read_text() + f"testpage.reroute({json.dumps(link.ports)});")
        page.goto(f"{server.url}/?room={ROOM}")
        join_as_viewer(page, "Frances")
        wait_for_text(page, "body", "Your connection is too slow for this picture")
        assert page.errors == []
        page.close()


def probed(server: ForestageServer) -> int:
    """Packets that the server has sent to measure paths."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=LOST_SECONDS) as response:
        lines = response.read().decode().splitlines()
    return sum(int(line.split()[-1]) for line in lines if line.startswith("forestage_packets_probed_total"))


def test_probes_are_acknowledged_and_counted_as_nothing_lost(open_server: ForestageServer, browsers: dict[str, Browser], chromium: Chromium) -> None:
    """A small picture has sent too little to fill the first probes: they are packets sent again, then padding alone."""
    room = "probes"
    host = Participant(chromium, open_server, room, "Ada", role="host", publishes=True, simulcast=False)
    wait_for(host.page, "() => me.session.isPublished('camera')", what="the camera is published")
    for name, browser in browsers.items():
        before = probed(open_server)
        viewer = Participant(browser, open_server, room, name, seats=1, extraAudio=0, publish=[], prepare="() => testpage.keepConnections()")
        viewer.wait_to_see(host)
        deadline = time.monotonic() + LOST_SECONDS
        while True:
            sent = probed(open_server) - before
            told = next(each for each in debug(open_server, room)["participants"] if each["name"] == name)["transport"]
            # Were one kind not acknowledged, it would be nearly all of them.
            if sent >= 10 and (told.get("packetsAcknowledged") or 0) > sent:
                break
            assert time.monotonic() < deadline, f"{sent} packets were sent to probe; {told}"
            time.sleep(0.2)
        video = next(entry for entry in viewer.page.evaluate("() => testpage.inbound()") if entry["kind"] == "video")
        print(f"{name}: {sent} probed, {told['packetsAcknowledged']} acknowledged, {told['packetsReportedLost']} reported lost; getStats {video}")
        # Were one kind counted as lost, it would be nearly all of them. (What comes too late to be shown is discarded: the machine's business.)
        for count in (told["packetsReportedLost"], video["packetsLost"] or 0):
            assert count < sent / 2, f"of {sent}"
        assert viewer.errors() == []
        viewer.leave()
    assert host.errors() == []
    host.leave()
