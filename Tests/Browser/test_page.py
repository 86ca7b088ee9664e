"""The app as people use it: buttons and fields only, with the browser's fake camera."""

from collections.abc import Iterator

import pytest

from harness.app import PLAYING, approve_first, join_as_host, join_as_viewer, pictures, room
from harness.chromium import Chromium, ChromiumPage
from harness.page import wait_for
from harness.participant import Participant
from harness.server import ForestageServer

picture = pictures("page")

WIDE = (1440, 900)
PHONE = (390, 844)

SPEAKS = """(name) => [...document.querySelectorAll(".tile.speaking:not([hidden])")]
  .some((tile) => tile.getAttribute("aria-label") === name)"""


@pytest.fixture
def host(chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest) -> Iterator[ChromiumPage]:
    page = chromium.open(*WIDE, color_scheme="dark")
    page.goto(f"{server.url}/?room={room(request)}")
    join_as_host(page, "Ada")
    yield page
    page.close()


@pytest.fixture
def viewer(chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest) -> Iterator[ChromiumPage]:
    page = chromium.open(*PHONE, color_scheme="light", has_touch=True)
    page.goto(f"{server.url}/?room={room(request)}")
    join_as_viewer(page, "Grace")
    yield page
    page.close()


def test_a_viewer_comes_on_stage_and_goes_back(host: ChromiumPage, viewer: ChromiumPage) -> None:
    wait_for(viewer, PLAYING, "Ada", what="the viewer sees the host")
    host.playwright.wait_for_function("document.querySelector('#viewers-count').textContent === '1'")
    picture(viewer, "viewer-phone")

    viewer.playwright.click("#raise-hand")
    host.playwright.wait_for_selector("#queue .approve")
    assert "Lower" in viewer.playwright.inner_text("#raise-hand")
    picture(host, "host-queue-wide")
    approve_first(host)
    wait_for(host, PLAYING, "Grace", what="the host sees the newcomer")
    wait_for(viewer, PLAYING, "Grace (you)", what="the newcomer sees the own preview")
    picture(host, "host-two-wide")
    picture(viewer, "guest-phone")

    viewer.playwright.click("#toggle-microphone")
    host.playwright.wait_for_function(
        "[...document.querySelectorAll('.tile')].some((tile) => tile.getAttribute('aria-label') === 'Grace' "
        "&& tile.querySelector('.name-tag .icon').style.display === '')")
    viewer.playwright.click("#toggle-camera")
    host.playwright.wait_for_selector(".tile:not(.has-picture):not([hidden]) >> text=Camera is off")
    viewer.playwright.click("#toggle-camera")
    wait_for(host, PLAYING, "Grace", what="the camera is on again")

    host.playwright.click("#members .demote")
    viewer.playwright.wait_for_selector("#raise-hand:visible")
    wait_for(host, "() => !document.querySelector('.tile[aria-label=\"Grace\"]:not([hidden])')")
    assert not viewer.playwright.is_visible("#toggle-camera")

    for page in (host, viewer):
        assert page.evaluate("() => forestage.session.negotiations") == 0
        assert page.errors == []


def test_the_host_ends_the_event(host: ChromiumPage, viewer: ChromiumPage) -> None:
    wait_for(viewer, PLAYING, "Ada")
    host.playwright.click("#end-room")
    host.playwright.click("#confirm-no")
    assert viewer.playwright.is_visible("#stage") and not viewer.playwright.is_visible("#ended")
    host.playwright.click("#end-room")
    host.playwright.click("#confirm-yes")
    viewer.playwright.wait_for_selector("#ended:visible")
    assert "over" in viewer.playwright.inner_text("#ended-title")
    host.playwright.wait_for_selector("#ended:visible")
    picture(viewer, "ended-phone")
    for page in (host, viewer):
        assert page.evaluate("() => forestage.session") is None
        assert page.errors == []


def test_a_screen_is_shared(host: ChromiumPage, viewer: ChromiumPage) -> None:
    wait_for(viewer, PLAYING, "Ada")
    host.playwright.click("#share-screen")
    wait_for(viewer, PLAYING, "Ada's screen", what="the viewer sees the screen")
    picture(viewer, "screen-phone")
    host.playwright.click("#share-screen")
    wait_for(viewer, "() => !document.querySelector('.tile.screen:not([hidden])')")
    for page in (host, viewer):
        assert page.evaluate("() => forestage.session.negotiations") == 0
        assert page.errors == []


def test_sound_that_the_browser_refuses_is_a_tap_away(
    host: ChromiumPage, chromium: Chromium
) -> None:
    page = chromium.open(*PHONE)
    page.playwright.add_init_script("""
      const play = HTMLAudioElement.prototype.play;
      window.sounds = new Set();
      HTMLAudioElement.prototype.play = function () {
        sounds.add(this);
        if (!window.tapped) { this.pause(); return Promise.reject(new DOMException("no tap yet", "NotAllowedError")); }
        return play.call(this);
      };
      addEventListener("click", ({target}) => { window.tapped = Boolean(target.closest("#play-sound")); }, true);
    """)
    page.goto(host.playwright.url)
    page.playwright.fill("#name", "Grace")
    page.playwright.click("#join-viewer")
    page.playwright.click("#play-sound")
    wait_for(page, "() => sounds.size > 0 && [...sounds].every((audio) => !audio.paused)")
    assert not page.playwright.is_visible("#play-sound")
    assert page.errors == []
    page.close()


def test_keys_and_the_invite_link(host: ChromiumPage) -> None:
    page = host.playwright
    # What is not named here is refused from now on, which ends open cameras and microphones.
    page.context.grant_permissions(["camera", "microphone", "clipboard-read", "clipboard-write"])
    page.click("#copy-link")
    page.wait_for_selector("text=Invite link copied")
    assert host.evaluate("() => navigator.clipboard.readText()") == page.url
    for expected in ("false", "true"):
        for key in "mv":  # at once: neither waits for the other
            page.keyboard.press(key)
        for button in ("#toggle-microphone", "#toggle-camera"):
            page.wait_for_function(
                "([button, expected]) => document.querySelector(button).ariaPressed === expected", arg=[button, expected])
    page.click("#leave")
    page.wait_for_selector("#ended:visible")
    page.click("#join-again")
    assert page.is_visible("#join-host")
    assert host.errors == []


def test_an_invitation_is_declined_with_escape_and_accepted_with_enter(host: ChromiumPage, viewer: ChromiumPage) -> None:
    viewer.playwright.focus("#raise-hand")
    invite = "(participant) => forestage.session.invite(participant).then(() => null)"
    participant = viewer.evaluate("() => forestage.session.participant.id")
    host.evaluate(invite, participant)
    dialog = viewer.playwright.get_by_role("alertdialog", name="invited on stage")
    dialog.wait_for()
    host.playwright.wait_for_selector("#queue >> text=waiting for an answer")
    picture(viewer, "invited-phone")
    viewer.playwright.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    host.playwright.wait_for_selector("#queue >> text=No hand is raised")
    assert viewer.evaluate("() => document.activeElement.id") == "raise-hand"
    host.evaluate(invite, participant)
    dialog.wait_for()
    viewer.playwright.keyboard.press("Enter")
    wait_for(host, PLAYING, "Grace", what="the host sees the newcomer")
    wait_for(viewer, "() => document.activeElement.closest('#controls')", what="the focus is among the controls")
    for page in (host, viewer):
        assert page.errors == []


def test_a_development_server_says_who_may_become_host(host: ChromiumPage, chromium: Chromium) -> None:
    page = chromium.open()
    page.goto(host.playwright.url)
    page.playwright.wait_for_selector("#development-notice:visible >> text=First come, first host")
    host.playwright.wait_for_selector("#development-note:visible >> text=end the show")
    assert page.errors == []
    page.close()


def test_names_and_rooms_are_checked_before_joining(chromium: Chromium, server: ForestageServer) -> None:
    page = chromium.open()
    page.goto(server.url)
    page.playwright.click("#join-viewer")
    assert "name" in page.playwright.inner_text("#lobby-error")
    page.playwright.fill("#name", "Grace")
    page.playwright.fill("#room", "no spaces, please")
    page.playwright.click("#join-viewer")
    assert "letters" in page.playwright.inner_text("#lobby-error")
    assert page.errors == []
    page.close()


def test_who_speaks_is_seen(
    chromium: Chromium, server: ForestageServer, request: pytest.FixtureRequest
) -> None:
    # A tone of its own: the fake microphone's beeps are too short for speech.
    host = Participant(chromium, server, room(request), "Ada", role="host", publishes=True)
    viewer: ChromiumPage = request.getfixturevalue("viewer")
    wait_for(viewer, SPEAKS, "Ada", what="Ada's tile has a ring")
    picture(viewer, "speaking-phone")
    host.call("mute", "microphone")
    wait_for(viewer, f"(name) => !({SPEAKS})(name)", "Ada", what="the ring goes")
    host.leave()


def test_a_locked_room_says_so(host: ChromiumPage, chromium: Chromium, server: ForestageServer) -> None:
    host.playwright.click("#lock-room")
    host.playwright.wait_for_selector("#locked:visible")
    page = chromium.open()
    page.goto(host.playwright.url)
    page.playwright.fill("#name", "Grace")
    page.playwright.click("#join-viewer")
    page.playwright.wait_for_selector("#lobby-error >> text=locked")
    assert page.errors == []
    page.close()
