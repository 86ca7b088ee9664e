"""A laptop is closed: its page neither leaves nor answers any more, and its sockets stay open."""

import time

from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.participant import Participant
from harness.server import ForestageServer



def test_whoever_falls_silent_loses_the_seat(chromium: Chromium, open_server: ForestageServer) -> None:
    viewer = Participant(chromium, open_server, "silence", "Grace")
    with Firefox() as laptop:
        host = Participant(laptop, open_server, "silence", "Ada", role="host", publishes=True)
        viewer.wait_to_see(host)
        viewer.wait_for_frames(host)
        laptop.suspend()
        closed = time.monotonic()
        try:
            # Consent to receive media ends after 30 s (RFC 7675); signaling is given up after 35 s.
            viewer.wait_to_see()
            print(f"the seat is free {time.monotonic() - closed:.1f} s after the last sign of life")
            assert viewer.page.evaluate("() => me.session.stage.members.length") == 0
        finally:
            laptop.resume()
        # The page finds out when the laptop is opened again, and comes back by itself.
        viewer.wait_to_see(host)
    assert viewer.errors() == []
    viewer.leave()
