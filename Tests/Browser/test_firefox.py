"""Firefox and Chromium see each other, in both directions."""

import pytest

from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.participant import Browser, Participant
from harness.server import ForestageServer


@pytest.mark.parametrize("direction", ["firefox to chromium", "chromium to firefox"])
def test_each_sees_the_other(
    chromium: Chromium, firefox: Firefox, open_server: ForestageServer, direction: str
) -> None:
    browsers: dict[str, Browser] = {"chromium": chromium, "firefox": firefox}
    from_browser, to_browser = (browsers[name] for name in direction.split(" to "))
    room = direction.replace(" ", "-")
    host = Participant(from_browser, open_server, room, "Ada", role="host", publishes=True)
    viewer = Participant(to_browser, open_server, room, "Grace")
    viewer.wait_to_see(host)
    viewer.wait_for_frames(host)
    energy = {entry["kind"]: entry["audioEnergy"] for entry in viewer.page.evaluate("() => testpage.received()")}
    assert energy["audio"] > 0
    for participant in (host, viewer):
        assert participant.negotiations() == 0
        assert participant.errors() == []
        participant.leave()


def test_a_firefox_viewer_is_promoted(chromium: Chromium, firefox: Firefox, open_server: ForestageServer) -> None:
    host = Participant(chromium, open_server, "mixed", "Ada", role="host", publishes=True)
    guest = Participant(firefox, open_server, "mixed", "Grace", publishes=True)
    guest.wait_to_see(host)
    guest.call("raiseHand")
    host.call("approve", guest.participant)
    host.wait_to_see(guest)
    host.wait_for_frames(guest)
    host.call("demote", guest.participant)
    host.wait_to_see()
    for participant in (host, guest):
        assert participant.negotiations() == 0
        assert participant.errors() == []
        participant.leave()
