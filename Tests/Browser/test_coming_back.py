"""Reloads, lost connections, cameras that go off, second screens and hosts who leave, as the app shows them."""

import re

import pytest

from harness.app import (
    PLAYING, approve_first, choose_door, join_as_host, join_as_viewer, open_devices, pictures, room, wait_for_devices, wait_for_text, watch_devices,
)
from harness.chromium import Chromium, ChromiumPage
from harness.firefox import Firefox
from harness.page import REFUSED_RESUMES, wait_for, wait_for_lobby
from harness.relay import Relay
from harness.server import ForestageServer

picture = pictures("coming-back")

ORDER = """(name) => forestage.session.stage.members.find((member) => member.name === name)?.order ?? null"""


def open_room(chromium: Chromium, url: str, request: pytest.FixtureRequest, *size: int) -> ChromiumPage:
    page = chromium.open(*size)
    watch_devices(page)
    page.goto(f"{url}/?room={room(request)}")
    return page


def with_guest_on_stage(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest, guest_url: str | None = None
) -> tuple[ChromiumPage, ChromiumPage]:
    host = open_room(chromium, server.url, request, 1280, 800)
    join_as_host(host, "Ada")
    guest = open_room(chromium, guest_url or server.url, request, 390, 844)
    join_as_viewer(guest, "Grace")
    guest.playwright.click("#raise-hand")
    approve_first(host)
    wait_for(host, PLAYING, "Grace")
    return host, guest


def finish(*pages: ChromiumPage) -> None:
    for page in pages:
        assert page.errors == []
        page.close()


def test_the_cameras_light_goes_out(chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest) -> None:
    host, guest = with_guest_on_stage(chromium, server, request)
    for page, name, other in ((guest, "Grace", host), (host, "Ada", guest)):
        page.playwright.click("#toggle-camera")
        wait_for_devices(page, "audio")
        other.playwright.wait_for_selector(f".tile[aria-label='{name}']:not(.has-picture):not([hidden])")
        page.playwright.click("#toggle-microphone")
        wait_for(page, "() => forestage.session.isMuted('microphone')")
        assert open_devices(page) == ["audio"], "a muted microphone stays open, silent"
        page.playwright.click("#toggle-camera")
        wait_for_devices(page, "audio", "video")
        wait_for(other, PLAYING, name, what="the camera is on again")
        before = other.evaluate("(name) => document.querySelector(`.tile[aria-label='${name}'] video`).currentTime", name)
        wait_for(other, "([name, before]) => document.querySelector(`.tile[aria-label='${name}'] video`).currentTime > before + 0.5",
                 [name, before], what="the new picture moves")
        assert page.evaluate("() => forestage.session.negotiations") == 0
    # A host's mute closes the camera too, and nobody opens it again from afar.
    host.evaluate("(id) => forestage.session.muteParticipant(id, 'camera')", guest.evaluate("() => forestage.session.participant.id"))
    wait_for_devices(guest, "audio")
    guest.playwright.click("#toggle-camera")
    wait_for_devices(guest, "audio", "video")
    guest.playwright.click("#leave-stage")
    wait_for_devices(guest)
    host.playwright.click("#leave")
    wait_for_devices(host)
    finish(host, guest)


def test_a_camera_that_cannot_be_opened_again_stays_off(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    host = open_room(chromium, server.url, request)
    join_as_host(host, "Ada")
    host.playwright.click("#toggle-camera")
    wait_for_devices(host, "audio")
    host.evaluate("() => { faults.camera = 'NotReadableError'; }")
    host.playwright.click("#toggle-camera")
    wait_for_text(host, "#toasts", "Close the other program")
    assert host.playwright.get_attribute("#toggle-camera", "aria-pressed") == "false"
    host.evaluate("() => { faults.camera = null; }")
    host.playwright.click("#toggle-camera")
    wait_for_devices(host, "audio", "video")
    finish(host)


def test_a_reload_on_stage_keeps_the_stage(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    host, guest = with_guest_on_stage(chromium, server, request)
    order = host.evaluate(ORDER, "Grace")
    guest.playwright.click("#toggle-microphone")
    wait_for(guest, "() => forestage.session.isMuted('microphone')")
    guest.playwright.reload()
    wait_for(guest, PLAYING, "Grace (you)", what="on stage again without a question")
    wait_for_devices(guest, "audio", "video")
    wait_for(guest, "() => forestage.session.isMuted('microphone')", what="who was muted stays muted")
    wait_for(host, PLAYING, "Grace")
    assert host.evaluate(ORDER, "Grace") == order, "the place is kept"
    host.playwright.reload()
    wait_for(host, PLAYING, "Ada (you)")
    wait_for(guest, PLAYING, "Ada")
    assert host.evaluate("() => forestage.session.participant.role") == "host"
    host.playwright.click("#toggle-camera")
    wait_for_devices(host, "audio")
    host.playwright.reload()
    wait_for(host, "() => forestage.session?.state === 'onStage'")
    wait_for_devices(host, "audio")  # a camera that was off stays off
    guest.playwright.click("#leave")
    guest.playwright.wait_for_selector("#ended:visible")
    guest.playwright.reload()
    wait_for_lobby(guest)  # who has left is asked again
    finish(host, guest)


def test_a_duplicated_tab_is_somebody_else(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    host = open_room(chromium, server.url, request)
    join_as_host(host, "Ada")
    # A window that a page opens has a copy of its memory, as a duplicated tab has.
    with host.playwright.expect_popup() as opened:
        host.evaluate("() => { window.open(location.href); }")
    copy = opened.value
    copy.wait_for_selector("#lobby:not([aria-busy]):visible")
    assert copy.evaluate("() => sessionStorage.getItem('forestage.tab')") != host.evaluate("() => sessionStorage.getItem('forestage.tab')")
    copy.click("#join-viewer")
    copy.wait_for_selector("#room-view")
    assert host.evaluate("() => forestage.session.isClosed") is False
    finish(host)


def test_a_lost_connection_says_so_and_comes_back(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    with Relay(server.host, server.port) as relay:
        host, guest = with_guest_on_stage(chromium, server, request, relay.url)
        guest.evaluate("""() => {
          window.said = [];
          new MutationObserver(() => said.push(document.querySelector("#connection-banner").textContent))
            .observe(document.querySelector("#connection-banner"), {childList: true, characterData: true, subtree: true});
        }""")
        guest.evaluate(REFUSED_RESUMES)
        relay.reset()
        wait_for_text(guest, "#connection-banner", "You are back")
        picture(guest, "back-phone")
        assert guest.evaluate("() => said")[0] == "Reconnecting…"
        wait_for(host, PLAYING, "Grace")
        wait_for(guest, "() => document.querySelector('#connection-banner').hidden")
        finish(host, guest)


def test_at_the_end_of_patience_a_button_leads_back(chromium: Chromium, request: pytest.FixtureRequest) -> None:
    server = ForestageServer()
    try:
        page = chromium.open()
        page.playwright.clock.install()
        watch_devices(page)
        page.goto(f"{server.url}/?room={room(request)}")
        join_as_host(page, "Ada")
    finally:
        server.stop()
    wait_for_text(page, "#connection-banner", "Reconnecting")
    picture(page, "reconnecting")
    page.playwright.clock.fast_forward(130_000)
    wait_for(page, "() => !document.querySelector('#ended').hidden")
    assert page.playwright.inner_text("#ended-title") == "The server is away"
    assert open_devices(page) == []
    picture(page, "lost")
    with ForestageServer(port=server.port):
        page.playwright.click("#join-again")
        wait_for(page, PLAYING, "Ada (you)", what="straight back on stage")
        wait_for_devices(page, "audio", "video")
        page.close()


def test_a_second_sharer_is_told_who_shares(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    host, guest = with_guest_on_stage(chromium, server, request)
    host.playwright.click("#share-screen")
    wait_for(guest, PLAYING, "Ada's screen")
    guest.evaluate("""() => {
      const open = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getDisplayMedia = async (wish) => { const stream = await open(wish); window.screens = stream.getTracks(); return stream; };
    }""")
    guest.playwright.click("#share-screen")
    assert "Ada" in wait_for_text(guest, "#toasts", "is sharing a screen")
    picture(guest, "second-screen-phone")
    wait_for(guest, "() => screens.every(({readyState}) => readyState === 'ended')", what="the second screen is closed")
    assert guest.playwright.get_attribute("#share-screen", "aria-pressed") == "false"
    host.playwright.click("#share-screen")
    wait_for(guest, "() => !document.querySelector('.tile.screen:not([hidden])')")
    guest.playwright.click("#share-screen")
    wait_for(host, PLAYING, "Grace's screen")
    finish(host, guest)


@pytest.mark.parametrize("rule", ["wait", "end"])
def test_when_the_last_host_leaves_the_page_says_what_happens(chromium: Chromium, request: pytest.FixtureRequest, rule: str) -> None:
    with ForestageServer(environment={"FORESTAGE_ROOMS_LAST_HOST_LEAVES": rule}) as server:
        host = open_room(chromium, server.url, request)
        join_as_host(host, "Ada")
        viewer = open_room(chromium, server.url, request, 390, 844)
        join_as_viewer(viewer, "Grace")
        wait_for(viewer, PLAYING, "Ada")
        host.playwright.click("#leave")
        words = {"wait": "waits for a host to come back", "end": "The room ends soon"}[rule]
        said = wait_for_text(viewer, "#connection-banner", words)
        assert rule == "wait" or re.search(r"[01]:[0-5][0-9]$", said.strip()), said
        picture(viewer, f"no-host-{rule}-phone")
        host.playwright.click("#join-again")
        join_as_host(host)
        wait_for(viewer, "() => document.querySelector('#connection-banner').hidden")
        finish(host, viewer)


def test_firefox_closes_and_opens_its_camera_and_reloads(
    chromium: Chromium, firefox: Firefox, open_server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    host = firefox.open()
    host.goto(f"{open_server.url}/?room={room(request)}")
    wait_for_lobby(host)
    host.evaluate("() => { document.querySelector('#name').value = 'Ada'; document.querySelector('#join-host').click(); }")
    wait_for(host, "() => document.querySelector('#preview-video').videoWidth > 0")
    host.evaluate("() => document.querySelector('#go-on-stage').click()")
    wait_for(host, "() => forestage.session?.state === 'onStage'")
    viewer = open_room(chromium, open_server.url, request)
    join_as_viewer(viewer, "Grace")
    wait_for(viewer, PLAYING, "Ada")
    host.evaluate("() => { globalThis.camera = forestage.session.track('camera'); document.querySelector('#toggle-camera').click(); }")
    wait_for(host, "() => camera.readyState === 'ended' && forestage.session.track('camera') === null")
    viewer.playwright.wait_for_selector(".tile[aria-label='Ada']:not(.has-picture):not([hidden])")
    host.evaluate("() => document.querySelector('#toggle-camera').click()")
    wait_for(viewer, PLAYING, "Ada", what="the camera is on again")
    before = viewer.evaluate("() => document.querySelector(`.tile[aria-label='Ada'] video`).currentTime")
    wait_for(viewer, "(before) => document.querySelector(`.tile[aria-label='Ada'] video`).currentTime > before + 0.5", before)
    assert host.evaluate("() => forestage.session.negotiations") == 0
    host.goto(f"{open_server.url}/?room={room(request)}")
    wait_for(host, "() => forestage.session?.state === 'onStage' && forestage.session.track('camera')?.readyState === 'live'")
    wait_for(viewer, PLAYING, "Ada", what="the reloaded host")
    assert host.errors == [] and viewer.errors == []
    host.close()
    viewer.close()


HOLD_DEVICES = """() => {
  const {mediaDevices} = navigator, open = mediaDevices.getUserMedia.bind(mediaDevices);
  const granted = new Promise((resolve) => { globalThis.grant = resolve; });
  globalThis.given = [];
  mediaDevices.getUserMedia = async (wish) => {
    await granted;
    const stream = await open(wish);
    given.push(...stream.getTracks());
    return stream;
  };
}"""


def test_a_camera_granted_after_its_owner_was_sent_back_is_closed(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    host, guest = with_guest_on_stage(chromium, server, request)
    guest.playwright.click("#toggle-camera")
    wait_for(guest, "() => forestage.session.isMuted('camera')")
    guest.evaluate(HOLD_DEVICES)
    guest.playwright.click("#toggle-camera")
    host.playwright.click("#members .demote")
    wait_for(guest, "() => forestage.session.state === 'audience'")
    guest.evaluate("() => grant()")
    wait_for(guest, "() => given.length === 1 && given[0].readyState === 'ended'")
    # Whatever else would have been opened was asked for by now.
    guest.evaluate("() => new Promise((resolve) => setTimeout(resolve, 300))")
    assert guest.evaluate("() => given.map(({readyState}) => readyState)") == ["ended"]
    finish(host, guest)


def test_going_on_stage_waits_for_the_devices(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    host = open_room(chromium, server.url, request)
    host.evaluate(HOLD_DEVICES)
    choose_door(host, "#join-host", "Ada")
    host.playwright.click("#go-on-stage")
    host.playwright.click("#go-on-stage")
    host.evaluate("() => grant()")
    wait_for(host, "() => forestage.session?.isPublished('camera') && forestage.session.isPublished('microphone')")
    assert host.evaluate("() => given.map(({readyState}) => readyState)") == ["live", "live"]
    finish(host)


def test_sent_back_with_the_camera_off_the_next_time_is_seen_again(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    host, guest = with_guest_on_stage(chromium, server, request)
    guest.playwright.click("#toggle-camera")
    wait_for_devices(guest, "audio")
    guest.playwright.click("#toggle-microphone")
    wait_for(guest, "() => forestage.session.isMuted('microphone')")
    host.playwright.click("#members .demote")
    wait_for_devices(guest)
    guest.playwright.click("#raise-hand")
    approve_first(host)
    wait_for(host, PLAYING, "Grace", what="the camera is on, as if for the first time")
    wait_for_devices(guest, "audio", "video")
    for button in ("#toggle-microphone", "#toggle-camera"):
        assert guest.playwright.get_attribute(button, "aria-pressed") == "true"
    wait_for(host, """() => forestage.session.stage.members.find(({name}) => name === "Grace").tracks
      .map(({source, muted}) => `${source} ${muted}`).sort().join() === "camera false,microphone false" """, what="nothing is muted any more")
    finish(host, guest)


def test_whoever_chose_a_microphone_alone_is_asked_for_no_camera_later(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    host = open_room(chromium, server.url, request)
    join_as_host(host, "Ada")
    token = host.evaluate("() => forestage.session.createInvitation({role: 'costreamer'}).then(({token}) => token)")
    guest = chromium.open()
    watch_devices(guest)
    guest.goto(f"{server.url}/?room={room(request)}#invite={token}")
    guest.playwright.fill("#name", "Grace")
    guest.playwright.click("#join-host")
    wait_for_devices(guest, "audio", "video")
    guest.playwright.click("#preview-camera")
    wait_for_devices(guest, "audio")
    guest.playwright.click("#go-on-stage")
    wait_for(guest, "() => forestage.session?.state === 'onStage'")
    host.playwright.click("#members .demote")
    wait_for_devices(guest)
    guest.playwright.click("#raise-hand")  # a costreamer needs nobody's approval
    wait_for(guest, "() => forestage.session.state === 'onStage' && forestage.session.isPublished('microphone')")
    wait_for_devices(guest, "audio")
    guest.playwright.click("#toggle-camera")
    wait_for_devices(guest, "audio", "video")
    wait_for(host, PLAYING, "Grace")
    finish(host, guest)
