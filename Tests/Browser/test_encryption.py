"""Pages encrypt what they send end to end; the server forwards what it cannot read."""

import time

import pytest

from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.page import wait_for
from harness.participant import Browser, Participant
from harness.server import ForestageServer

KEY, OTHER_KEY = 7, 8


def viewed(viewers: list[Participant], host: Participant, seconds: float) -> set[int | None]:
    """The ids that the host's picture shows to any of them within the time."""
    seen: set[int | None] = set()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen |= {viewer.seen().get(host.name, {}).get("id") for viewer in viewers}
        time.sleep(0.1)
    return seen


def decoded(viewer: Participant) -> int:
    return next(entry["frames"] for entry in viewer.page.evaluate("() => testpage.received()") if entry["kind"] == "video")


@pytest.mark.parametrize(
    ("way", "codec"),
    [("chromium to chromium", "VP8"), ("chromium to chromium", "VP9"), ("chromium to firefox", "VP8"),
     ("firefox to chromium", "VP8")])
def test_only_who_has_the_key_sees(
    chromium: Chromium, firefox: Firefox, open_server: ForestageServer, way: str, codec: str
) -> None:
    browsers: dict[str, Browser] = {"chromium": chromium, "firefox": firefox}
    from_browser, to_browser = (browsers[name] for name in way.split(" to "))
    room = f"secret-{way.replace(' ', '-')}-{codec}"
    options = {"codecs": {"video": [codec], "audio": ["opus"]}, "simulcast": False}

    def encryption(key: int) -> dict[str, object]:
        return {"encryption": {"key": key, "codec": codec}, "encrypted": True}

    host = Participant(
        from_browser, open_server, room, "Ada", role="host", publishes=True, **encryption(KEY), **options)
    viewer = Participant(to_browser, open_server, room, "Grace", **encryption(KEY), **options)
    viewer.wait_to_see(host)
    wrong = Participant(to_browser, open_server, room, "Eve", **encryption(OTHER_KEY), **options)
    without = Participant(to_browser, open_server, room, "Mallory", **options)
    # The octets come, and none of them can be decrypted.
    for stranger in (wrong, without):
        wait_for(stranger.page, "() => testpage.received().then((all) => all.some(({kind, packets}) => kind === 'video' && packets > 30))",
                 what=f"{stranger.name} gets the octets")
    assert viewed([wrong, without], host, 1) == {None}
    assert decoded(wrong) == 0
    # Whoever comes late, beside those who keep asking for keyframes, sees at once too.
    late = Participant(to_browser, open_server, room, "Barbara", **encryption(KEY), **options)
    late.wait_to_see(host)
    for seeing in (viewer, late):
        seeing.wait_for_frames(host)
        assert seeing.page.evaluate("() => me.session.room.encrypted") is True
    energy = {entry["kind"]: entry["audioEnergy"] for entry in viewer.page.evaluate("() => testpage.received()")}
    assert energy["audio"] > 0
    for participant in (late, without, wrong, viewer, host):
        assert participant.errors() == []
        participant.leave()


def test_a_page_that_does_not_encrypt_is_kept_out_where_it_says_so(
    chromium: Chromium, open_server: ForestageServer
) -> None:
    host = Participant(chromium, open_server, "kept-out", "Ada", role="host", encrypted=True)
    with pytest.raises(Exception, match="encrypted end to end"):
        Participant(chromium, open_server, "kept-out", "Grace", encrypted=False)
    host.leave()
