"""One Chromium publishes camera and microphone, another watches."""

from typing import Any

from harness.chromium import Chromium
from harness.page import wait_for
from harness.participant import Participant
from harness.server import ForestageServer


def test_a_viewer_sees_and_hears_the_host(chromium: Chromium, server: ForestageServer) -> None:
    host = Participant(chromium, server, "first-light", "Ada", role="host", publishes=True)
    viewer = Participant(chromium, server, "first-light", "Grace")
    viewer.wait_to_see(host)
    viewer.wait_for_frames(host)

    before = viewer.page.evaluate("() => testpage.received()")
    assert {entry["kind"] for entry in before} == {"audio", "video"}

    def grown(former: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Once more pictures and more sound have come."""
        counts = {entry["kind"]: [entry["frames"] or 0, entry["audioEnergy"] or 0] for entry in former}
        wait_for(viewer.page, """(counts) => testpage.received().then((all) =>
          all.every(({kind, frames, audioEnergy}) => kind === "video" ? frames > counts.video[0] + 30 : audioEnergy > counts.audio[1]))""",
                 counts, what="more pictures and sound")
        return {entry["kind"]: entry for entry in viewer.page.evaluate("() => testpage.received()")}

    after = grown(before)
    later = grown(list(after.values()))
    first = next(entry for entry in before if entry["kind"] == "video")
    # How smooth it is and how fast the bitrate rises depends on the machine.
    print("lost:", {kind: entry["lost"] for kind, entry in later.items()}, "freezes:", later["video"]["freezes"],
          "bitrates:", [entry["bitrate"] and round(entry["bitrate"]) for entry in (first, after["video"], later["video"])])
    for kind, entry in later.items():
        assert entry["lost"] < entry["packets"] / 5, entry

    heard = viewer.page.evaluate("() => testpage.listen(me.session.seats.find((seat) => seat.participant).stream, 800)")
    tone = viewer.page.evaluate("(id) => testpage.frequency(id)", host.identifier)
    assert abs(heard["loudest"] - tone) < 25, heard

    for participant in (host, viewer):
        assert participant.negotiations() == 0
        assert participant.errors() == []
    viewer.leave()
    host.leave()


def test_a_late_viewer_sees_at_once_and_a_leaving_host_frees_the_seat(
    chromium: Chromium, server: ForestageServer
) -> None:
    host = Participant(chromium, server, "second-light", "Ada", role="host", publishes=True)
    early = Participant(chromium, server, "second-light", "Grace")
    early.wait_to_see(host)
    late = Participant(chromium, server, "second-light", "Barbara")
    late.wait_to_see(host)
    host.leave()
    for viewer in (early, late):
        viewer.wait_to_see()
        assert viewer.errors() == []
        viewer.leave()
