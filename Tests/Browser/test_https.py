"""HTTPS with the certificate that the server makes, at the address that a phone in the same network opens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.app import PLAYING, choose_door, join_as_host
from harness.chromium import Chromium, ChromiumPage
from harness.doors import AiortcDoor, request
from harness.firefox import Firefox
from harness.page import wait_for
from harness.participant import Participant
from harness.server import HTTPSServer, network_address

SECURE = "() => [isSecureContext, location.protocol, typeof navigator.mediaDevices?.getUserMedia]"


class Trusting:
    """Windows of Chromium after the browser's warning was accepted."""

    def __init__(self, chromium: Chromium):
        self._chromium = chromium

    def open(self) -> ChromiumPage:
        return self._chromium.open(ignore_https_errors=True)


@pytest.fixture(scope="module")
def https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HTTPSServer]:
    with HTTPSServer(network_address(), tmp_path_factory.mktemp("state")) as server:
        yield server


def test_chromium_and_firefox_see_each_other(chromium: Chromium, firefox: Firefox, https: HTTPSServer) -> None:
    host = Participant(Trusting(chromium), https, "secure", "Ada", role="host", publishes=True)
    guest = Participant(firefox, https, "secure", "Grace", publishes=True)
    for one in (host, guest):
        assert one.page.evaluate(SECURE) == [True, "https:", "function"]
    guest.wait_to_see(host)
    guest.call("raiseHand")
    host.call("approve", guest.participant)
    host.wait_to_see(guest)
    host.wait_for_frames(guest)
    guest.wait_for_frames(host)
    for one in (host, guest):
        assert one.errors() == []
        one.leave()


def test_the_app_joins_with_its_camera_and_an_encoder_with_whip(chromium: Chromium, https: HTTPSServer) -> None:
    host = Trusting(chromium).open()
    host.goto(f"{https.url}/?room=encoder")
    join_as_host(host, "Ada")
    encoder = AiortcDoor(f"{https.url}/whip/encoder?name=Encoder", 0x1234)
    viewer = Trusting(chromium).open()
    viewer.goto(f"{https.url}/?room=encoder")
    choose_door(viewer, "#join-viewer", "Grace")
    for name in ("Ada", "Encoder"):
        wait_for(viewer, PLAYING, name, what=f"{name} plays")
    # A path, which is right under either scheme.
    assert encoder.location.startswith("/whip/encoder/")
    assert request("DELETE", https.url + encoder.location)[0] == 200
    assert host.errors == viewer.errors == []
    for page in (host, viewer):
        page.close()
    encoder.close()
