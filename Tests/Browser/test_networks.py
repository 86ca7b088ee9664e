"""A real browser and `forestage doctor` behind a router: 1:1 NAT, IPv6, a firewall that drops UDP (needs root)."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from harness.chromium import Chromium
from harness.network import NoNetwork
from harness.page import wait_for
from harness.participant import Participant
from harness.routed import InsideServer, RoutedNetwork
from harness.server import binary
from harness.turn import Turn

KEEP = "() => testpage.keepConnections()"
UDP = "meta l4proto udp"


@pytest.fixture(scope="module")
def network() -> Iterator[RoutedNetwork]:
    try:
        with RoutedNetwork() as network:
            yield network
    except NoNetwork as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def chromium(network: RoutedNetwork) -> Iterator[Chromium]:
    origins = (f"http://{host}:{InsideServer.PORT}" for host in (network.PUBLIC, network.SERVER, f"[{network.SERVER_V6}]"))
    with Chromium(flags=[f"--unsafely-treat-insecure-origin-as-secure={','.join(origins)}"]) as browser:
        yield browser


def watch(chromium: Chromium, server: Any, room: str, **options: Any) -> tuple[dict[str, Any], float]:
    """Somebody publishes and somebody watches, both from the client's side: the viewer's path, and the time to its first frame."""
    host = Participant(chromium, server, room, "Ada", role="host", publishes=True, seats=0, extraAudio=0, **options)
    viewer = Participant(chromium, server, room, "Grace", publish=[], seats=1, extraAudio=0, prepare=KEEP, **options)
    viewer.wait_to_see(host)
    viewer.wait_for_frames(host)
    path = wait_for(viewer.page, "() => testpage.path()", what="a path")
    first = wait_for(viewer.page, "() => me.session.timing.firstFrame", what="a first frame")
    for one in (viewer, host):
        assert one.errors() == []
        one.leave()
    return path, first


def doctor(*arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run([str(binary()), "doctor", *arguments], capture_output=True, text=True, timeout=90)
    return done.returncode, (done.stdout + done.stderr).splitlines()


def marks(lines: list[str], subject: str) -> list[str]:
    """How the findings about it begin."""
    return [words[0] for words in map(str.split, lines) if len(words) > 1 and words[1] == subject]


def test_a_server_behind_1_to_1_nat(network: RoutedNetwork, chromium: Chromium) -> None:
    with InsideServer(network, network.PUBLIC, "--media-address", network.PUBLIC) as server:
        path, _ = watch(chromium, server, "nat")
        assert path["remote"] == network.PUBLIC, path
        status, lines = doctor("--url", server.url)
        assert set(marks(lines, "UDP")) == {"ok"}, lines
        # A page of another host without TLS opens no camera.
        assert marks(lines, "HTTPS") == ["FAILS"] and status == 1, lines


def test_ipv6_alone_and_beside_ipv4(network: RoutedNetwork, chromium: Chromium, capsys: pytest.CaptureFixture[str]) -> None:
    with InsideServer(network, network.SERVER_V6) as server:
        network.keep("v6")
        try:
            path, first = watch(chromium, server, "six")
            assert path["remote"] == network.SERVER_V6, path
            status, lines = doctor("--url", server.url)
            assert "ok" in marks(lines, "UDP") and marks(lines, "Media") == ["ok"], lines
        finally:
            network.keep("both")
        both, second = watch(chromium, server, "both")
        assert both["remote"] in (network.SERVER, network.SERVER_V6)
    with capsys.disabled():
        print(f"\nIPv6 alone: first frame after {first:.0f} ms; beside IPv4: {second:.0f} ms, by {both['remote']}")


def test_a_firewall_that_drops_udp(network: RoutedNetwork, chromium: Chromium, capsys: pytest.CaptureFixture[str]) -> None:
    with (
        Turn(host=network.ROUTER, prefix=network.router.prefix, peer=network.SERVER) as turn,
        InsideServer(network, network.SERVER, environment=turn.environment("udp", "tcp")) as server,
    ):
        status, lines = doctor("--url", server.url)
        assert marks(lines, "TURN") == ["ok", "ok"], lines
        assert "ok" in marks(lines, "UDP"), lines
        network.drop(UDP)
        try:
            path, first = watch(chromium, server, "drop")
            status, lines = doctor("--url", server.url)
            assert "FAILS" in marks(lines, "UDP") and "ok" not in marks(lines, "UDP"), lines
            assert marks(lines, "TURN") == ["FAILS", "ok"], lines
            assert marks(lines, "Media") == ["ok"] and status == 1, lines
        finally:
            network.drop("")
    with capsys.disabled():
        print(f"\nUDP is dropped: first frame after {first:.0f} ms, by {path}")


def test_a_turn_server_with_another_secret_is_told(network: RoutedNetwork) -> None:
    with Turn(host=network.ROUTER, prefix=network.router.prefix, peer=network.SERVER) as turn:
        environment = turn.environment("udp") | {"FORESTAGE_ICE_SECRET": "another"}
        with InsideServer(network, network.SERVER, environment=environment) as server:
            status, lines = doctor("--url", server.url)
            (told,) = [line for line in lines if "turn:" in line]
            assert told.startswith("FAILS") and "static-auth-secret" in told and status == 1, lines
    # And one that does not relay to the media server.
    with Turn(host=network.ROUTER, prefix=network.router.prefix, peer="192.0.2.99") as turn:
        with InsideServer(network, network.SERVER, environment=turn.environment("tcp")) as server:
            _, lines = doctor("--url", server.url)
            (told,) = [line for line in lines if "turn:" in line]
            assert told.startswith("FAILS") and "allowed-peer-ip" in told, lines
