"""Browsers behind a firewall that drops UDP play and publish over TCP (RFC 6544)."""

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.network import Network
from harness.page import LOST_SECONDS, wait_for
from harness.participant import Browser, Participant
from harness.server import ForestageServer

TIMES = "() => me.session.timing.firstFrame && me.session.timing"


@pytest.fixture(scope="module")
def server(network: Network) -> Iterator[ForestageServer]:
    with ForestageServer(media_addresses=(network.ADDRESS,)) as server:
        yield server


@pytest.fixture(scope="module")
def browsers(network: Network) -> Iterator[dict[str, Browser]]:
    with Chromium() as chromium, Firefox() as firefox:
        yield {"chromium": chromium, "firefox": firefox}


def protocols(server: ForestageServer, room: str) -> dict[str, str]:
    """What media takes, by the participants' names."""
    with urllib.request.urlopen(f"{server.url}/v1/rooms/{room}/debug", timeout=10) as response:
        participants: list[dict[str, Any]] = json.load(response)["participants"]
    return {each["name"]: each["transport"]["protocol"] for each in participants if each.get("transport")}


def watch(browser: Browser, server: ForestageServer, room: str, name: str, host: Participant) -> Participant:
    """A viewer who sees the host move; prints how long the first frame took."""
    viewer = Participant(browser, server, room, name, seats=1, extraAudio=0, publish=[])
    viewer.wait_to_see(host)
    viewer.wait_for_frames(host)
    times = wait_for(viewer.page, TIMES, what="the first frame's time")
    print(f"\n{name} over {protocols(server, room)[name]}: connected after {times['connected']:.0f} ms, first frame after {times['firstFrame']:.0f} ms")
    return viewer


def metric(server: ForestageServer, name: str) -> float:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as response:
        lines = response.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def test_udp_is_preferred(network: Network, server: ForestageServer, browsers: dict[str, Browser]) -> None:
    host = Participant(browsers["chromium"], server, "udp", "Ada", role="host", publishes=True, seats=0, extraAudio=0)
    for name, browser in browsers.items():
        watch(browser, server, "udp", name, host).leave()
    assert protocols(server, "udp") == {"Ada": "udp"}
    host.leave()


def test_a_firewall_that_drops_udp(network: Network, server: ForestageServer, browsers: dict[str, Browser]) -> None:
    network.lose({"meta l4proto udp": 100})
    try:
        for publisher, browser in browsers.items():
            room = f"tcp-{publisher}"
            host = Participant(browser, server, room, "Ada", role="host", publishes=True, seats=0, extraAudio=0)
            viewers = [watch(each, server, room, name, host) for name, each in browsers.items()]
            assert protocols(server, room) == {"Ada": "tcp", **dict.fromkeys(browsers, "tcp")}
            for viewer in viewers:
                viewer.leave()
            assert host.errors() == []
            host.leave()
        # Those who have left leave no connection behind.
        deadline = time.monotonic() + LOST_SECONDS
        while metric(server, "forestage_tcp_connections"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert metric(server, "forestage_tcp_closed_total") >= 2 * (1 + len(browsers))
    finally:
        network.lose({})
