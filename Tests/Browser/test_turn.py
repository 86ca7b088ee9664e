"""People who reach nothing but a TURN server play and publish; a browser with a direct path does not use it."""

import statistics
from collections.abc import Iterator
from typing import Any

import pytest

from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.page import wait_for
from harness.participant import Browser, Participant
from harness.server import ForestageServer
from harness.turn import Turn

KEEP = "() => testpage.keepConnections()"
RELAY_ONLY = {"rtcConfiguration": {"iceTransportPolicy": "relay"}}
RUNS = 3


@pytest.fixture(scope="module")
def turn() -> Iterator[Turn]:
    with Turn() as turn:
        yield turn


def own_candidate(one: Participant) -> dict[str, Any]:
    return wait_for(one.page, "() => testpage.ownCandidate()", what="a path")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """The TURN server's certificate is nobody's."""
    with Chromium(flags=["--ignore-certificate-errors"]) as browser:
        yield browser


@pytest.mark.parametrize("way", ["udp", "tcp"])
def test_browsers_play_and_publish_through_turn(turn: Turn, chromium: Chromium, firefox: Firefox, way: str) -> None:
    with ForestageServer(environment=turn.environment(way)) as server:
        ada, grace = (
            Participant(browser, server, "turn", name, role=role, publishes=True, seats=1, extraAudio=0, prepare=KEEP, **RELAY_ONLY)
            for browser, name, role in ((chromium, "Ada", "host"), (firefox, "Grace", "costreamer")))
        for one, other in ((ada, grace), (grace, ada)):
            one.wait_to_see(other)
            one.wait_for_frames(other)
            candidate = own_candidate(one)
            assert candidate["type"] == "relay", candidate
            assert candidate["relayProtocol"] in (way, None), candidate
            assert one.errors() == []
        for one in (grace, ada):
            one.leave()


def test_times_to_the_first_frame(turn: Turn, chromium: Chromium, capsys: pytest.CaptureFixture[str]) -> None:
    """And: over TLS, and that a direct path is taken where there is one."""
    with (
        ForestageServer(environment=turn.environment("udp")) as udp, ForestageServer(environment=turn.environment("tcp")) as tcp,
        ForestageServer(environment=turn.environment("tls")) as tls,
    ):
        rows = []
        for what, server, options, kind in (
            ("UDP, direct", udp, {}, ("host", "prflx")), ("TURN over UDP", udp, RELAY_ONLY, ("relay",)),
            ("TURN over TCP", tcp, RELAY_ONLY, ("relay",)), ("TURN over TLS", tls, RELAY_ONLY, ("relay",)),
        ):
            room = what.split()[-1].lower()
            host = Participant(chromium, server, room, "Ada", role="host", publishes=True, prepare=KEEP, seats=0, extraAudio=0)
            times = [first_frame(chromium, server, room, host, kind, options) for _ in range(RUNS)]
            rows.append(f"  {what:<16} median {statistics.median(times):5.0f} ms   min {min(times):5.0f}   max {max(times):5.0f}")
            assert host.errors() == []
            host.leave()
    with capsys.disabled():
        print(f"\nJoin to first frame, chromium, {RUNS} runs", *rows, sep="\n")


def first_frame(
    browser: Browser, server: ForestageServer, room: str, host: Participant, kinds: tuple[str, ...], options: dict[str, Any]
) -> float:
    viewer = Participant(browser, server, room, "Grace", publish=[], seats=1, extraAudio=0, prepare=KEEP, **options)
    viewer.wait_to_see(host)
    assert own_candidate(viewer)["type"] in kinds
    time = wait_for(viewer.page, "() => me.session.timing.firstFrame", what="a first frame")
    assert viewer.errors() == []
    viewer.leave()
    return time
