"""The first ten minutes: what the README says word for word, Enter in the lobby, and people without devices."""

import pytest

from harness.app import (
    PLAYING, approve_first, join_as_host, join_as_viewer, open_devices, pictures, wait_for_devices, wait_for_text, watch_devices,
)
from harness.chromium import Chromium
from harness.page import wait_for
from harness.paths import REPOSITORY
from harness.server import ForestageServer

picture = pictures("joining")


def test_the_readme_is_true_word_for_word(chromium: Chromium, server: ForestageServer) -> None:
    readme = " ".join((REPOSITORY / "README.md").read_text().split())
    assert ("Open it in two windows, join one as host and the other as viewer, raise the viewer's hand and approve it."
            in readme)
    windows = [chromium.open(), chromium.open()]
    for window in windows:
        window.goto(server.url)
    host, viewer = windows
    host.playwright.wait_for_selector("#join-host")
    picture(host, "front")
    join_as_host(host, "Ada")
    join_as_viewer(viewer, "Grace")
    wait_for(viewer, PLAYING, "Ada")
    viewer.playwright.click("#raise-hand")
    approve_first(host)
    wait_for(host, PLAYING, "Grace")
    assert host.playwright.inner_text("#room-name") == viewer.playwright.inner_text("#room-name") != ""
    for window in windows:
        assert window.errors == []
        window.playwright.click("#leave")
        window.close()


@pytest.mark.parametrize("field", ["name", "room"])
def test_enter_opens_the_bright_door(chromium: Chromium, server: ForestageServer, field: str) -> None:
    page = chromium.open()
    page.goto(server.url)
    page.playwright.fill("#name", "Ada")
    page.playwright.fill("#room", f"enter-{field}")
    page.playwright.press(f"#{field}", "Enter")
    page.playwright.wait_for_selector("#go-on-stage")  # nobody invited this person: the bright door is the host's
    page.playwright.wait_for_function("document.activeElement.id === 'go-on-stage'")
    page.playwright.keyboard.press("Enter")
    page.playwright.wait_for_selector("#room-view")
    viewer = chromium.open()
    viewer.goto(f"{server.url}/?room=enter-{field}")
    viewer.playwright.fill("#name", "Grace")
    viewer.playwright.press("#name", "Enter")
    viewer.playwright.wait_for_selector("#room-view")
    assert viewer.evaluate("() => forestage.session.participant.role") == "viewer"
    for window in (page, viewer):
        assert window.errors == []
        window.close()


FAULTS = {
    "missing": ({"camera": "NotFoundError"}, "with your microphone only: no camera was found", ["audio"]),
    "denied": ({"camera": "NotAllowedError"}, "with your microphone only: your browser does not allow the camera", ["audio"]),
    "busy": ({"camera": "NotReadableError"}, "with your microphone only: another program uses the camera", ["audio"]),
    "deaf": ({"microphone": "NotFoundError"}, "with your camera only: no microphone was found", ["video"]),
    "nothing": ({"camera": "NotFoundError", "microphone": "NotFoundError"}, "without camera and microphone", []),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whoever_lacks_a_device_comes_on_stage_by_every_door(chromium: Chromium, server: ForestageServer, fault: str) -> None:
    faults, words, kinds = FAULTS[fault]
    room = f"devices-{fault}"
    host, guest = chromium.open(1280, 800), chromium.open(390, 844)
    for page in (host, guest):
        watch_devices(page, **faults)
        page.goto(f"{server.url}/?room={room}")
    host.playwright.fill("#name", "Ada")
    host.playwright.click("#join-host")
    assert f"You can go on stage {words}" in wait_for_text(host, "#preview-state", "You can go on stage")
    picture(host, f"preview-{fault}")
    host.playwright.click("#go-on-stage")
    host.playwright.wait_for_selector("#room-view")
    wait_for_devices(host, *kinds)

    join_as_viewer(guest, "Grace")
    guest.playwright.click("#raise-hand")
    approve_first(host)
    said = wait_for_text(guest, "#toasts", "You are on stage with")
    assert f"You are on stage {words}" in said
    wait_for_devices(guest, *kinds)
    picture(guest, f"guest-{fault}-phone")
    published = "() => forestage.session.stage.member(forestage.session.participant.id).tracks.map(({source}) => source).sort()"
    expected = sorted({"audio": "microphone", "video": "camera"}[kind] for kind in kinds)
    wait_for(guest, f"(expected) => JSON.stringify(({published})()) === JSON.stringify(expected)", expected)

    host.playwright.click("#members .demote")
    guest.playwright.wait_for_selector("#raise-hand:visible")
    wait_for_devices(guest)
    host.evaluate("(id) => forestage.session.invite(id)", guest.evaluate("() => forestage.session.participant.id"))
    guest.playwright.evaluate("() => document.querySelector('#toasts').replaceChildren()")
    guest.playwright.click("#accept")
    assert f"You are on stage {words}" in wait_for_text(guest, "#toasts", "You are on stage with")
    wait_for_devices(guest, *kinds)
    for page in (host, guest):
        assert page.errors == []
        page.close()


def test_whoever_goes_back_leaves_no_device_open(chromium: Chromium, server: ForestageServer) -> None:
    page = chromium.open()
    watch_devices(page)
    page.goto(server.url)
    page.playwright.fill("#name", "Ada")
    page.playwright.click("#join-host")
    wait_for_devices(page, "audio", "video")
    page.playwright.click("#preview-back")
    assert open_devices(page) == []
    # Gone back before the browser has answered.
    page.evaluate("""() => {
      const open = navigator.mediaDevices.getUserMedia;
      navigator.mediaDevices.getUserMedia = async (wish) => {
        await new Promise((resolve) => { window.answer = resolve; });
        return open(wish);
      };
    }""")
    page.playwright.click("#join-host")
    page.playwright.wait_for_function("Boolean(window.answer)")
    page.playwright.click("#preview-back")
    before = page.evaluate("() => opened.length")
    page.evaluate("() => answer()")
    wait_for(page, "(before) => opened.length > before", before)
    wait_for_devices(page)
    assert page.errors == []
    page.close()


def test_a_join_that_is_refused_leaves_no_device_open(chromium: Chromium, server: ForestageServer) -> None:
    """On a development server the first who comes is host."""
    first, second = chromium.open(), chromium.open()
    for page in (first, second):
        watch_devices(page)
        page.goto(f"{server.url}/?room=taken")
    join_as_host(first, "Ada")
    second.playwright.fill("#name", "Mallory")
    second.playwright.click("#join-host")
    wait_for_devices(second, "audio", "video")
    second.playwright.click("#go-on-stage")
    assert "host here already" in wait_for_text(second, "#lobby-error", "host")
    wait_for_devices(second)
    picture(second, "host-taken")
    join_as_viewer(second)
    assert open_devices(second) == []
    for page in (first, second):
        assert page.errors == []
        page.close()
