"""A session outlives its WebSocket: pictures go on, nothing is missed, nothing happens twice."""

import signal
import time

from harness.chromium import Chromium
from harness.crowd import Crowd
from harness.page import wait_for
from harness.participant import Participant
from harness.relay import Relay
from harness.server import ForestageServer

# So many viewers come back to a restarted server; the time is printed.
CROWD = 500

FRAMES = "() => [...me.videos.values()].reduce((sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames, 0)"


def test_pictures_go_on_while_the_socket_is_dead(chromium: Chromium, server: ForestageServer) -> None:
    """A black hole: the socket seems alive, and nothing comes through. What happens meanwhile is told afterwards, once and in order."""
    with Relay(server.host, server.port) as relay:
        host = Participant(chromium, server, "dead", "Ada", role="host", publishes=True)
        guest = Participant(chromium, relay, "dead", "Grace", publishes=True)
        guest.wait_to_see(host)
        guest.page.evaluate("""() => {
          globalThis.story = [];
          for (const type of ["reconnecting", "reconnected", "closed", "room", "stagestate"]) {
            me.session.addEventListener(type, ({detail}) => story.push({type, ...structuredClone(detail)}));
          }
          globalThis.warnings = [];
          console.warn = (text) => warnings.push(text);
        }""")
        relay.swallow()
        # The server does not hear of it before the connection is back, and then once.
        guest.page.evaluate("() => { globalThis.raised = me.session.raiseHand({camera: false, microphone: false}); }")
        for locked in (True, False, True):
            host.call("lock", locked)
        wait_for(guest.page, "() => story.some(({type}) => type === 'reconnecting')", what="the dead socket is noticed")
        before = guest.page.evaluate(FRAMES)
        time.sleep(1)
        frames = guest.page.evaluate(FRAMES) - before
        print(f"{frames} frames in a second without signaling")
        assert frames > 0
        relay.swallow(False)
        wait_for(guest.page, "() => story.some(({type}) => type === 'reconnected')")
        guest.page.evaluate("() => raised")
        host.call("approve", guest.participant)
        guest.wait_for_state("onStage")
        host.wait_to_see(guest)
        seen = guest.page.evaluate("() => ({story, warnings, id: me.session.participant.id, restarts: me.session.restarts})")
        assert [event["locked"] for event in seen["story"] if event["type"] == "room"] == [True, False, True]
        assert [event["state"] for event in seen["story"] if event["type"] == "stagestate"] == ["requested", "onStage"]
        assert [event["isResumed"] for event in seen["story"] if event["type"] == "reconnected"] == [True]
        assert seen["warnings"] == [] and seen["id"] == guest.participant
        assert guest.errors() == []
        for participant in (host, guest):
            participant.leave()


def test_a_crowd_is_back_after_a_restart() -> None:
    """Viewers with signaling alone, who behave as the SDK does: half a thousand of them lose a server at the same instant."""
    first = ForestageServer()
    crowd = Crowd(first.signaling_url, "crowd", CROWD)
    try:
        crowd.join()
    finally:
        first.process.send_signal(signal.SIGKILL)
        first.process.stop()
    with ForestageServer(port=first.port):
        back = time.monotonic()
        times = crowd.come_back()
        print(f"{CROWD} back: {max(times) - back:.1f} s after the server was")
        assert len(times) == CROWD and crowd.audience() == CROWD
        crowd.close()
