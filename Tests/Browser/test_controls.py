"""Buttons, keys and dialogs of a room, with made-up people: what is asked of the server, and where the focus is."""

from typing import Any

import pytest

from harness.chromium import Chromium, ChromiumPage
from harness.firefox import Firefox
from harness.page import Page, wait_for
from harness.rehearsal import add_rehearsal, open_rehearsal
from test_appearance import CASTS, HOST, VIEWER

GUEST: dict[str, Any] = CASTS["guest"]


@pytest.fixture
def page(chromium: Chromium, site: str) -> Any:
    page = open_rehearsal(chromium, site)
    yield page
    assert page.errors == []
    page.close()


def rehearse(page: Page, cast: dict[str, Any]) -> None:
    page.evaluate("(cast) => rehearse(cast)", cast)


def asked(page: Page) -> list[str]:
    return page.evaluate("() => rehearsed.asked")


def focused(page: Page) -> str:
    return page.evaluate("() => document.activeElement.id")


def wait_until_asked(page: Page, *texts: str) -> None:
    wait_for(page, "(count) => rehearsed.asked.length >= count", len(texts))
    assert asked(page) == list(texts)


# MARK: presses


def test_a_key_is_heard_while_another_waits_for_the_server(page: ChromiumPage) -> None:
    rehearse(page, {**GUEST, "isSlow": True})
    for key in "mv":
        page.playwright.keyboard.press(key)
    assert asked(page) == ["mute microphone", "mute camera"]
    page.evaluate("() => rehearsed.release()")


def test_the_last_wish_for_a_switch_counts(page: ChromiumPage) -> None:
    rehearse(page, {**GUEST, "isSlow": True})
    for _ in range(4):
        page.playwright.keyboard.press("m")
    assert asked(page) == ["mute microphone"]
    page.evaluate("() => rehearsed.release()")
    wait_until_asked(page, "mute microphone", "unmute microphone")
    wait_for(page, "() => document.querySelector('#toggle-microphone').ariaPressed === 'true'")


def test_a_later_wish_outlives_the_refusal_of_an_earlier_one(page: ChromiumPage) -> None:
    rehearse(page, {**GUEST, "isSlow": True, "fault": {"code": "noSuchSource", "message": "not published"}})
    for _ in range(2):
        page.playwright.keyboard.press("m")
    page.evaluate("() => rehearsed.release()")
    wait_until_asked(page, "mute microphone", "unmute microphone")
    assert page.playwright.get_attribute("#toggle-microphone", "aria-pressed") == "true"


@pytest.mark.parametrize("button, cast, expected", [
    ("#raise-hand", VIEWER, "raiseHand"), ("#accept", CASTS["invited"], "accept"),
    ("#queue .approve", HOST, "approve r0"), ("#members .demote", HOST, "demote p0"),
])
def test_a_double_click_asks_once(page: ChromiumPage, button: str, cast: dict[str, Any], expected: str) -> None:
    rehearse(page, {**cast, "isSlow": True})
    page.playwright.locator(button).first.dblclick()
    assert asked(page) == [expected]
    page.evaluate("() => rehearsed.release()")


def test_a_switch_says_its_state_once(page: ChromiumPage) -> None:
    rehearse(page, GUEST)
    names = "() => [...document.querySelectorAll('[aria-pressed]')].map((button) => [button.ariaLabel ?? button.innerText, button.title])"
    before = page.evaluate(names)
    for button in ("#toggle-microphone", "#toggle-camera"):
        page.playwright.click(button)
        wait_for(page, "(button) => document.querySelector(button).ariaPressed === 'false'", button)
    assert page.evaluate(names) == before
    for button in ("#raise-hand", "#lock-room"):
        assert page.playwright.get_attribute(button, "aria-pressed") is None


def test_the_keys_can_be_turned_off_by_keyboard_and_stay_off(page: ChromiumPage, site: str) -> None:
    rehearse(page, GUEST)
    keyboard = page.playwright.keyboard
    page.playwright.focus("#copy-link")
    keyboard.press("Tab")
    assert focused(page) == "keys-open"
    keyboard.press("Enter")
    assert focused(page) == "keys-on" and "M" in page.playwright.inner_text("#keys")
    keyboard.press("Space")
    keyboard.press("Escape")
    assert focused(page) == "keys-open"
    keyboard.press("m")
    assert asked(page) == []
    assert page.playwright.get_attribute("#toggle-microphone", "aria-keyshortcuts") is None
    assert page.playwright.get_attribute("#toggle-microphone", "title") == "Microphone"

    add_rehearsal(page, site)
    rehearse(page, GUEST)
    keyboard.press("m")
    assert asked(page) == [] and not page.playwright.is_checked("#keys-on")
    page.playwright.click("#keys-open")
    keyboard.press("Space")
    keyboard.press("Escape")
    keyboard.press("m")
    wait_until_asked(page, "mute microphone")
    assert page.playwright.get_attribute("#toggle-microphone", "title") == "Microphone (M)"


def test_keys_are_letters_in_a_field(page: ChromiumPage) -> None:
    rehearse(page, GUEST)
    page.evaluate("() => document.body.append(Object.assign(document.createElement('input'), {id: 'field'}))")
    page.playwright.focus("#field")
    page.playwright.keyboard.type("mvh")
    assert asked(page) == [] and page.playwright.input_value("#field") == "mvh"


# MARK: dialogs


def test_an_invitation_takes_the_focus_and_gives_it_back(page: ChromiumPage) -> None:
    rehearse(page, VIEWER)
    page.playwright.focus("#raise-hand")
    page.evaluate("() => rehearsed.become('invited')")
    dialog = page.playwright.get_by_role("alertdialog", name="You're invited on stage")
    assert dialog.is_visible() and focused(page) == "accept"
    for _ in range(6):
        page.playwright.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement === document.body || Boolean(document.activeElement.closest('#invitation'))")
    page.playwright.keyboard.press("Escape")
    wait_until_asked(page, "decline")
    wait_for(page, "() => !document.querySelector('#invitation').open")
    assert focused(page) == "raise-hand"


def test_an_invitation_that_is_over_closes(page: ChromiumPage) -> None:
    rehearse(page, CASTS["invited"])
    page.evaluate("() => rehearsed.become('audience')")
    assert not page.playwright.is_visible("#invitation") and asked(page) == []


def test_an_accepted_invitation_leaves_the_focus_among_the_controls(page: ChromiumPage) -> None:
    rehearse(page, CASTS["invited"])
    page.playwright.keyboard.press("Enter")
    wait_until_asked(page, "accept")
    wait_for(page, "() => document.activeElement.closest('#controls')")


def test_firefox_answers_an_invitation_with_escape(firefox: Firefox, site: str) -> None:
    page = firefox.open()
    add_rehearsal(page, site)
    rehearse(page, VIEWER)
    page.evaluate("() => { document.querySelector('#raise-hand').focus(); rehearsed.become('invited'); }")
    assert focused(page) == "accept"
    page.press("\ue00c")
    wait_until_asked(page, "decline")
    wait_for(page, "() => !document.querySelector('#invitation').open")
    assert focused(page) == "raise-hand" and page.errors == []
    page.close()


@pytest.mark.parametrize("button, title, expected", [
    ("#end-room", "End the show", "end"), ("#members .remove", "Remove Grace Hopper", "remove p0"),
])
def test_what_cannot_be_taken_back_is_asked_first(page: ChromiumPage, button: str, title: str, expected: str) -> None:
    rehearse(page, HOST)
    keyboard = page.playwright.keyboard
    page.playwright.locator(button).first.focus()
    for answer in ("Escape", "Enter"):  # Enter presses "Cancel", which has the focus
        keyboard.press("Enter")
        assert title in page.playwright.get_by_role("alertdialog").inner_text() and focused(page) == "confirm-no"
        keyboard.press(answer)
        assert asked(page) == []
        assert page.evaluate("(button) => document.activeElement.matches(button)", button)
    keyboard.press("Enter")
    keyboard.press("Tab")
    assert focused(page) == "confirm-yes"
    keyboard.press("Enter")
    wait_until_asked(page, expected)


def test_a_late_word_of_an_earlier_closing_answers_no_later_question(page: ChromiumPage) -> None:
    """Browsers send "close" as a task of its own: on a busy machine the dialog is open again by then."""
    rehearse(page, HOST)
    page.playwright.click("#end-room")
    page.evaluate("() => document.querySelector('#confirm').dispatchEvent(new Event('close'))")
    assert focused(page) == "confirm-no"
    page.playwright.click("#confirm-yes")
    wait_until_asked(page, "end")


def test_the_end_of_the_room_closes_its_dialogs(page: ChromiumPage) -> None:
    rehearse(page, HOST)
    page.playwright.click("#end-room")
    page.evaluate("() => rehearsal.close()")
    assert page.playwright.locator("dialog[open]").count() == 0 and asked(page) == []


def test_the_panel_over_a_phones_stage_takes_the_focus_and_gives_it_back(chromium: Chromium, site: str) -> None:
    page = open_rehearsal(chromium, site, 390, 844)
    rehearse(page, HOST)
    page.playwright.get_by_role("button", name="People").press("Enter")
    assert focused(page) == "people-close"
    page.playwright.keyboard.press("Escape")
    assert focused(page) == "people-toggle" and not page.playwright.is_visible("#people")
    page.close()


def test_links_are_made_and_taken_back_by_keyboard(chromium: Chromium, site: str) -> None:
    page = open_rehearsal(chromium, site, 320, 568, permissions=["clipboard-write"])
    rehearse(page, HOST)
    keyboard = page.playwright.keyboard
    page.playwright.click("#people-toggle")
    page.playwright.focus("#invitations-open")
    keyboard.press("Enter")
    assert focused(page) == "invite-role"
    keyboard.press("M")  # the moderators' entry
    keyboard.press("Tab")
    keyboard.press("Tab")
    assert focused(page) == "invite-uses"
    keyboard.type("25")
    keyboard.press("Enter")
    wait_until_asked(page, "invite moderator 1440 25")
    wait_for(page, "() => document.querySelector('#invitations-said').textContent === 'Link copied.'")
    assert "used 0 of 25 times" in page.playwright.inner_text("#invitations-list li >> nth=0")
    for expected in ("invitations-form", "i2", "i2"):  # "Make a link", then "Copy" and "Take back" of the newest
        keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.closest('li')?.dataset.invitation ?? document.activeElement.form.id") == expected
    keyboard.press("Enter")
    wait_until_asked(page, "invite moderator 1440 25", "revoke i2")
    wait_for(page, "() => document.querySelectorAll('#invitations-list li').length === 2")
    wait_for(page, "() => document.activeElement.closest('#invitations')", what="the focus stays in the dialog")
    keyboard.press("Escape")
    assert focused(page) == "invitations-open" and page.errors == []
    page.close()


def test_a_format_that_nobody_knows_is_told_in_words(page: ChromiumPage) -> None:
    rehearse(page, {**GUEST, "members": 2, "cannotDecode": 1})
    assert "does not know this camera's format" in page.playwright.inner_text(".tile[aria-label='Edsger Dijkstra']")
    for source, words in {"camera": "cannot see your camera", "microphone": "cannot hear your microphone", "screen": "cannot see your screen",
                          "screenAudio": "cannot hear your screen's sound"}.items():
        page.evaluate("(source) => rehearsed.tell('undecodable', {source})", source)
        assert words in page.playwright.inner_text("#toasts .toast >> nth=-1")
