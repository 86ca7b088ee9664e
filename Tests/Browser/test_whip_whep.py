"""
WHIP and WHEP with clients that were made by others: Chromium, Firefox, aiortc, Pion, and what OBS sends.

All pages are of another origin than the server, so that every test is one of CORS too.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.doors import AiortcDoor, DoorPage, request
from harness.files import FileServer
from harness.page import LOST_SECONDS
from harness.participant import Participant
from harness.paths import BROWSER_TESTS, TEST_PAGE, output_directory
from harness.process import ChildProcess
from harness.server import ForestageServer

SYSTEM_PYTHON = "/usr/bin/python3"
GSTREAMER = BROWSER_TESTS / "gstreamer" / "whip.py"
PION = Path("/usr/share/gocode/src/github.com/pion/webrtc")


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """A page of another origin."""
    with FileServer(TEST_PAGE) as files:
        yield f"{files.url}/empty.html"


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)


def test_chromium_publishes_by_whip_and_a_host_sees_and_removes_it(
        chromium: Any, server: ForestageServer, elsewhere: str) -> None:
    host = Participant(chromium, server, "whip-host", "Host", role="host")
    publisher = DoorPage(chromium, elsewhere, "Main camera")
    session = publisher.publish(f"{server.url}/whip/whip-host?name=Main%20camera", 0x1234, trickle=True)
    assert session["etag"] and session["patched"] == 204
    assert session["location"].startswith(f"{server.url}/whip/whip-host/")
    host.wait_to_see(publisher)
    host.wait_for_frames(publisher)
    assert request("GET", session["location"])[0] == 204
    host.call("remove", host.page.evaluate("() => testpage.seen().find(({use}) => use === 'seat').participant"))
    wait_until(lambda: request("GET", session["location"])[0] == 404, "the session is gone")
    host.wait_to_see()
    assert publisher.page.errors == []
    publisher.close()
    host.leave()


def test_a_player_waits_for_the_first_publisher_and_sees_the_next_at_once(
        chromium: Any, server: ForestageServer, elsewhere: str) -> None:
    player = DoorPage(chromium, elsewhere)
    session = player.play(f"{server.url}/whep/whep-first", trickle=True)
    assert session["patched"] == 204
    time.sleep(1)
    assert player.playing()["id"] is None
    speaker = Participant(chromium, server, "whep-first", "Speaker", role="host", publishes=True)
    assert speaker.identifier is not None
    player.wait_to_play(speaker.identifier)
    assert player.end("played") == 200
    assert request("GET", session["location"])[0] == 404
    assert player.page.errors == []
    player.close()
    speaker.leave()


def test_a_publisher_that_comes_back_replaces_its_old_session(
        chromium: Any, server: ForestageServer, elsewhere: str) -> None:
    player = DoorPage(chromium, elsewhere)
    player.play(f"{server.url}/whep/again?participant=Stage%20left")
    publisher = DoorPage(chromium, elsewhere)
    url = f"{server.url}/whip/again?name=Stage%20left"
    first = publisher.publish(url, 0x1111)
    player.wait_to_play(0x1111)
    second = publisher.publish(url, 0x2222)
    player.wait_to_play(0x2222)
    wait_until(lambda: request("DELETE", first["location"])[0] == 404, "the first session is gone")
    assert request("DELETE", second["location"])[0] == 200
    for page in (publisher, player):
        page.close()


def test_firefox_publishes_by_whip_and_plays_by_whep(
        chromium: Any, firefox: Any, open_server: ForestageServer, elsewhere: str) -> None:
    publishing_firefox, playing_firefox = DoorPage(firefox, elsewhere), DoorPage(firefox, elsewhere)
    publishing_chromium, playing_chromium = DoorPage(chromium, elsewhere), DoorPage(chromium, elsewhere)
    base = open_server.url
    assert publishing_firefox.publish(f"{base}/whip/from-firefox", 0xF1F0, trickle=True)["patched"] == 204
    playing_chromium.play(f"{base}/whep/from-firefox")
    playing_chromium.wait_to_play(0xF1F0)
    publishing_chromium.publish(f"{base}/whip/to-firefox", 0xC4C0)
    assert playing_firefox.play(f"{base}/whep/to-firefox", trickle=True)["patched"] == 204
    playing_firefox.wait_to_play(0xC4C0)
    for page in (publishing_firefox, playing_firefox, publishing_chromium, playing_chromium):
        assert page.page.errors == []
        page.close()


def test_aiortc_publishes_by_whip_and_decodes_by_whep(
        chromium: Any, open_server: ForestageServer, elsewhere: str) -> None:
    player = AiortcDoor(f"{open_server.url}/whep/aiortc")
    publisher = AiortcDoor(f"{open_server.url}/whip/aiortc", identifier=0xA10C)
    player.wait_to_play(0xA10C)
    page = DoorPage(chromium, elsewhere)
    page.play(f"{open_server.url}/whep/aiortc")
    page.wait_to_play(0xA10C)
    for client in (publisher, player):
        assert request("DELETE", open_server.url + client.location)[0] == 200
        client.close()
    page.close()


def test_an_encoder_like_obs_publishes_h264_and_opus(
        chromium: Any, server: ForestageServer, elsewhere: str) -> None:
    """
    What OBS offers: all candidates at once, one audio and one H264 section, sendonly, no header extensions (so packets
    are told apart by their SSRC), no RTX, no transport-wide feedback. OBS ignores keyframe requests besides; this browser
    does not. Late viewers of such an encoder are served from the keyframe that the server keeps (Docs/Repair.md).
    """
    encoder, player = DoorPage(chromium, elsewhere), DoorPage(chromium, elsewhere)
    encoder.publish(f"{server.url}/whip/obs", 0x0B50, codec="H264", encoder=True)
    player.play(f"{server.url}/whep/obs")
    assert player.wait_to_play(0x0B50)["codec"] == "video/H264"
    # What a page offers by default plays it.
    late = Participant(chromium, server, "obs", "Viewer")
    encoder.name = "Live"
    late.wait_to_see(encoder)
    late.leave()
    for page in (encoder, player):
        page.close()


@pytest.mark.parametrize("options, expected", [
    ((), "profile-level-id=42c0"),  # constrained baseline as x264 spells it; browsers write 42e0
    (("--profile", "main"), "profile-level-id=4d40"),  # browsers write 4d00
    (("--single-nal",), "packetization-mode=0"),
])
def test_gstreamers_h264_is_seen_by_browsers(
        options: tuple[str, ...], expected: str, chromium: Any, open_server: ForestageServer, elsewhere: str) -> None:
    """webrtcbin with x264enc: each spelling of its format is decoded by a browser that spells it another way."""
    check = subprocess.run([SYSTEM_PYTHON, "-c", "import gi; gi.require_version('GstWebRTC', '1.0')"], capture_output=True)
    if check.returncode != 0:
        pytest.skip("python3-gi and gir1.2-gst-plugins-bad-1.0 are not installed: nothing was tested with GStreamer")
    room = "gstreamer" + "".join(options)
    encoder = ChildProcess([SYSTEM_PYTHON, str(GSTREAMER), f"{open_server.url}/whip/{room}", "0x6574", *options])
    player = DoorPage(chromium, elsewhere)
    try:
        encoder.wait_for_line(expected, LOST_SECONDS)
        encoder.wait_for_line("publishing", LOST_SECONDS)
        session = player.play(f"{open_server.url}/whep/{room}")
        assert player.wait_to_play(0x6574)["codec"] == "video/H264"
        assert "forestage-cannot-decode" not in request("GET", session["location"])[1]
    except Exception as error:
        raise AssertionError(encoder.log) from error
    finally:
        encoder.stop()
    player.close()


@pytest.fixture(scope="module")
def pion() -> Path:
    """The relay in pion/main.go, built from Debian's packages without a network."""
    if not shutil.which("go") or not PION.is_dir():
        pytest.skip("golang-go and golang-github-pion-webrtc.v3-dev are not installed: nothing was tested with Pion")
    binary = output_directory() / "pion-relay"
    subprocess.run(
        ["go", "build", "-o", str(binary), str(BROWSER_TESTS / "pion" / "main.go")], check=True, timeout=300,
        env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "",
             "GOCACHE": str(output_directory() / "go-cache")})
    return binary


def test_pion_plays_one_room_and_publishes_in_another(
        pion: Path, chromium: Any, open_server: ForestageServer, elsewhere: str) -> None:
    source, player = DoorPage(chromium, elsewhere), DoorPage(chromium, elsewhere)
    base = open_server.url
    source.publish(f"{base}/whip/pion-source", 0x9109, codec="VP8")
    relay = ChildProcess([str(pion), "-whep", f"{base}/whep/pion-source", "-whip", f"{base}/whip/pion-target"])
    try:
        relay.wait_for_line("relaying", LOST_SECONDS)
        player.play(f"{base}/whep/pion-target")
        player.wait_to_play(0x9109)
    finally:
        ended = relay.stop()
    assert ended == 0, relay.log
    for page in (source, player):
        page.close()
