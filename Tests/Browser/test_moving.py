"""A client whose network changes under a running call: the session stays, and the picture with it."""

import time
from collections.abc import Iterator

import pytest

from harness.chromium import Chromium
from harness.moving import SERVER, MovingClient
from harness.network import Network
from harness.page import LOST_SECONDS, wait_for
from harness.participant import Participant
from harness.server import ForestageServer

# The instants of all frames that are shown, so that the longest gap is known.
WATCH = """() => {
  globalThis.shownAt = [];
  const [video] = [...me.videos.values()].filter((each) => each.videoWidth > 0);
  const look = (now) => { shownAt.push(now); video.requestVideoFrameCallback(look); };
  video.requestVideoFrameCallback(look);
}"""
GAP = "() => Math.max(...shownAt.slice(1).map((at, index) => at - shownAt[index]), performance.now() - shownAt.at(-1))"


@pytest.fixture(scope="module")
def client(network: Network) -> Iterator[MovingClient]:
    with MovingClient() as client:
        yield client


@pytest.mark.parametrize("change", ["another address", "from Wi-Fi to the mobile network"])
def test_the_picture_goes_on_in_another_network(client: MovingClient, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    monkeypatch.setenv("CHROMIUM", client.browser)
    client.come(0)
    with ForestageServer(host=SERVER, media_addresses=(SERVER,)) as server, Chromium() as chromium:
        host = Participant(chromium, server, "moving", "Ada", role="host", publishes=True)
        viewer = Participant(chromium, server, "moving", "Grace")
        viewer.wait_to_see(host)
        viewer.wait_for_frames(host)
        viewer.page.evaluate(WATCH)
        wait_for(viewer.page, "() => shownAt.length > 3")
        if change == "another address":
            client.go(0)
            client.come(0, host=7)
        else:
            client.come(1)
            client.go(0)
        moved = viewer.page.evaluate("() => shownAt.length")
        wait_for(viewer.page, "(moved) => shownAt.length > moved + 30", moved, LOST_SECONDS, "the picture goes on")
        time.sleep(1)
        viewer.wait_for_frames(host)
        for participant in (host, viewer):
            assert participant.page.evaluate("() => me.session.participant.id") == participant.participant, "no new join"
        restarts = [participant.page.evaluate("() => me.session.restarts") for participant in (host, viewer)]
        print(f"{change}: longest gap {viewer.page.evaluate(GAP):.0f} ms, ICE restarts of publisher and viewer {restarts}")
        for participant in (host, viewer):
            participant.leave()
    client.go(1)


def test_failed_media_get_a_new_way(chromium: Chromium, server: ForestageServer) -> None:
    """The browser says that the media failed: an ICE restart brings them back, without a further join."""
    host = Participant(chromium, server, "failed", "Ada", role="host", publishes=True)
    viewer = Participant(chromium, server, "failed", "Grace", prepare="""() => {
      const {RTCPeerConnection: Original} = globalThis;
      globalThis.RTCPeerConnection = class extends Original {
        constructor(...all) { super(...all); globalThis.connection = this; }
      };
    }""")
    viewer.wait_to_see(host)
    fragment = "() => /a=ice-ufrag:(\\S+)/.exec(connection.remoteDescription.sdp)[1]"
    before = viewer.page.evaluate(fragment)
    viewer.page.evaluate("""() => {
      Object.defineProperty(connection, "connectionState", {value: "failed", configurable: true});
      connection.dispatchEvent(new Event("connectionstatechange"));
      delete connection.connectionState;
    }""")
    wait_for(viewer.page, "() => me.session.restarts === 1")
    wait_for(viewer.page, f"(before) => ({fragment})() !== before", before, what="the server's new credentials")
    viewer.wait_for_frames(host)
    assert viewer.page.evaluate("() => me.session.participant.id") == viewer.participant
    assert viewer.negotiations() == 0
    for participant in (host, viewer):
        participant.leave()
