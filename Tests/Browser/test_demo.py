"""The demo's people: on stage from the start, silent when they are sent back, there again when they are invited."""

import re
import time
import urllib.request

import pytest

from harness.chromium import Chromium
from harness.page import LOST_SECONDS, wait_for
from harness.participant import Participant
from harness.process import ChildProcess
from harness.server import ForestageServer, load_binary


def dropped_at_gates(server: ForestageServer) -> int:
    """RTP packets of participants who are not on stage, over all workers."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=LOST_SECONDS) as response:
        text = response.read().decode()
    return sum(int(count) for count in re.findall(r'forestage_drops_total\{.*reason="gateClosed"\} (\d+)', text))


def wait_until_nothing_is_dropped(server: ForestageServer) -> None:
    """Until a whole second passes in which not one packet comes from behind a gate; the counter is told once a second."""
    deadline = time.monotonic() + LOST_SECONDS
    last, since = dropped_at_gates(server), time.monotonic()
    while time.monotonic() - since < 3:
        time.sleep(0.2)
        if (now := dropped_at_gates(server)) != last:
            last, since = now, time.monotonic()
        assert time.monotonic() < deadline, f"who was sent back keeps sending: {last} packets were dropped"


@pytest.fixture
def demo(server: ForestageServer):
    process = ChildProcess([str(load_binary()), "demo", "--url", server.url, "--room", "matinee", "--people", "2"])
    yield process
    code = process.stop()
    assert code == 0, f"exit {code}; the log:\n{process.log}"


def test_whoever_is_sent_back_stops_sending_and_comes_again_when_invited(
    chromium: Chromium, server: ForestageServer, demo: ChildProcess
) -> None:
    for _ in range(2):
        demo.wait_for_line("is in room matinee", LOST_SECONDS)
    host = Participant(chromium, server, "matinee", "Host", role="host")
    shown = """(name) => me.session.seats.some((seat) => seat.name === name && seat.state === "playing")"""
    wait_for(host.page, shown, "Ada", LOST_SECONDS, "Ada is seen")
    ada = host.page.evaluate("() => me.session.stage.members.find(({ name }) => name === 'Ada').participant")
    host.call("demote", ada)
    demo.wait_for_line("Ada was sent back", LOST_SECONDS)
    wait_until_nothing_is_dropped(server)
    host.call("invite", ada)
    demo.wait_for_line("Ada is on stage again", LOST_SECONDS)
    wait_for(host.page, shown, "Ada", LOST_SECONDS, "Ada is seen again")
    frames = "([...me.videos].find(([seat]) => seat.name === 'Ada')?.[1].getVideoPlaybackQuality().totalVideoFrames ?? 0)"
    before = host.page.evaluate(f"() => {frames}")
    wait_for(host.page, f"(before) => {frames} > before + 10", before, LOST_SECONDS, "Ada's picture moves")
    assert host.errors() == []
    host.leave()
