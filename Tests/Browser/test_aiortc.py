"""aiortc publishes and watches: a third WebRTC stack, on the protocol alone."""

from harness.aiortc_participant import AiortcParticipant
from harness.chromium import Chromium
from harness.page import LOST_SECONDS
from harness.participant import Participant
from harness.server import ForestageServer


def test_aiortc_sees_and_hears_aiortc(open_server: ForestageServer) -> None:
    host = AiortcParticipant(open_server, "python", "Ada", role="host", identifier=0x3C5A, seats=0)
    viewer = AiortcParticipant(open_server, "python", "Grace")
    viewer.wait_until(lambda: len(viewer.identifiers) > 30, LOST_SECONDS, "30 readable frames")
    viewer.wait_until(lambda: viewer.loudest > 0.05, LOST_SECONDS, "a voice")
    assert set(viewer.identifiers) == {host.identifier}
    viewer.wait_until(lambda: len(set(viewer.counters)) > 10, LOST_SECONDS, "a moving picture")
    viewer.close()
    host.close()


def test_aiortc_sees_chromium(chromium: Chromium, open_server: ForestageServer) -> None:
    host = Participant(chromium, open_server, "python-watches", "Ada", role="host", publishes=True)
    viewer = AiortcParticipant(open_server, "python-watches", "Grace")
    viewer.wait_until(lambda: len(viewer.identifiers) > 10, LOST_SECONDS, "10 readable frames")
    viewer.wait_until(lambda: viewer.loudest > 0.05, LOST_SECONDS, "a voice")
    assert set(viewer.identifiers) == {host.identifier}
    assert host.errors() == []
    viewer.close()
    host.leave()


def test_chromium_sees_aiortc(chromium: Chromium, open_server: ForestageServer) -> None:
    host = AiortcParticipant(open_server, "python-publishes", "Ada", role="host", identifier=0x7E81, seats=0)
    viewer = Participant(chromium, open_server, "python-publishes", "Grace")
    viewer.wait_to_see(host)
    viewer.wait_for_frames(host)
    assert viewer.negotiations() == 0
    assert viewer.errors() == []
    viewer.leave()
    host.close()
