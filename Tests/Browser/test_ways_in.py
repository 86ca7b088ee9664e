"""How people get in on a keyed server: invitations, tokens that show what they are for, waiting for the stage to open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.app import PLAYING, join_as_host, join_as_viewer, open_devices, pictures, wait_for_devices, wait_for_text, watch_devices
from harness.chromium import Chromium, ChromiumPage
from harness.keyed import KeyedServer
from harness.page import wait_for, wait_for_lobby

picture = pictures("ways-in")

IDENTITY = "() => forestage.session.participant.identity"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyedServer]:
    with KeyedServer(Path(tmp_path_factory.mktemp("keyed"))) as server:
        yield server


def open_link(chromium: Chromium, url: str, *size: int) -> ChromiumPage:
    page = chromium.open(*size)
    watch_devices(page)
    page.goto(url)
    wait_for_lobby(page)
    return page


def token_link(keyed: KeyedServer, room: str, identity: str, role: str, *extra: str) -> str:
    return f"{keyed.url}/?room={room}#token={keyed.token(room, identity, role, *extra)}"


def host_of(chromium: Chromium, keyed: KeyedServer, room: str, *size: int) -> ChromiumPage:
    page = open_link(chromium, token_link(keyed, room, "ada", "host"), *size)
    page.playwright.context.grant_permissions(["clipboard-read", "clipboard-write"])
    join_as_host(page, "Ada")
    return page


def copied(page: ChromiumPage) -> str:
    return page.evaluate("() => navigator.clipboard.readText()")


def test_a_host_makes_links_sees_their_use_and_takes_them_back(chromium: Chromium, keyed: KeyedServer) -> None:
    host = host_of(chromium, keyed, "links", 1440, 900)
    host.playwright.click("#invitations-open")
    picture(host, "invitations-empty-wide")
    host.playwright.select_option("#invite-minutes", "60")
    host.playwright.fill("#invite-uses", "2")
    host.playwright.click("#invitations-form [type=submit]")
    wait_for_text(host, "#invitations-list", "used 0 of 2 times")
    wait_for_text(host, "#invitations-said", "Link copied")
    link = copied(host)
    assert link.startswith(f"{keyed.url}/?room=links#invite=")

    guests = []
    for number, name in enumerate(["Grace", "Barbara"]):
        guest = open_link(chromium, link, 390, 844)
        assert "invited to a live stage" in guest.playwright.inner_text("#lobby-subtitle")
        assert not guest.playwright.is_visible("#join-host")
        if number == 0:
            picture(guest, "invited-phone")
        join_as_viewer(guest, name)
        wait_for(guest, PLAYING, "Ada")
        guests.append(guest)
    identities = [guest.evaluate(IDENTITY) for guest in guests]
    assert len(set(identities)) == 2, "each is a person of their own"
    host.playwright.wait_for_function("document.querySelector('#viewers-count').textContent === '2'")

    # A reload is the same person, in the room without a question, and counts no use.
    guests[0].playwright.reload()
    wait_for(guests[0], PLAYING, "Ada")
    assert guests[0].evaluate(IDENTITY) == identities[0]
    third = open_link(chromium, link)
    wait_for_text(third, "#lobby-shut", "as often as it may be")
    assert not third.playwright.is_visible("#join-viewer")
    picture(third, "used-up")
    host.playwright.click("#invitations-close")
    host.playwright.click("#invitations-open")
    wait_for_text(host, "#invitations-list", "used 2 of 2 times")
    picture(host, "invitations-wide")
    host.playwright.set_viewport_size({"width": 390, "height": 844})
    picture(host, "invitations-phone")

    host.playwright.click("#invitations-list .revoke")
    wait_for_text(host, "#invitations-list", "No link has been made")
    late = open_link(chromium, link)
    wait_for_text(late, "#lobby-shut", "taken back")
    assert guests[1].evaluate("() => forestage.session !== null"), "who is here stays"
    host.playwright.click("#invitations-close")
    for page in (host, *guests):
        assert page.errors == []
    for page in (host, *guests, third, late):
        page.close()


def test_the_plain_copied_link_of_a_host_lets_viewers_in(chromium: Chromium, keyed: KeyedServer) -> None:
    host = host_of(chromium, keyed, "plain")
    host.playwright.click("#copy-link")
    host.playwright.wait_for_selector("text=Invite link copied")
    link = copied(host)
    viewer = open_link(chromium, link)
    join_as_viewer(viewer, "Grace")
    wait_for(viewer, PLAYING, "Ada")
    viewer.playwright.context.grant_permissions(["clipboard-read", "clipboard-write"])
    viewer.playwright.click("#copy-link")
    viewer.playwright.wait_for_selector("text=Invite link copied")
    assert copied(viewer) == link, "a viewer hands on the invitation, not the own token"
    for page in (host, viewer):
        assert page.errors == []
        page.close()


def test_the_door_fits_the_token(chromium: Chromium, keyed: KeyedServer) -> None:
    host = open_link(chromium, token_link(keyed, "doors", "ada", "host", "--name", "Ada Lovelace"))
    assert "token" not in host.playwright.url, "whoever copies the address must not copy the identity"
    assert host.playwright.inner_text("#lobby-title") == "doors"
    assert "invited as host" in host.playwright.inner_text("#lobby-subtitle")
    assert host.playwright.input_value("#name") == "Ada Lovelace" and not host.playwright.is_editable("#name")
    assert host.playwright.is_visible("#join-host") and not host.playwright.is_visible("#join-viewer")
    picture(host, "host-token")
    host.playwright.reload()
    assert "invited as host" in wait_for_text(host, "#lobby-subtitle", "host"), "a reload keeps the token"
    join_as_host(host)
    assert host.evaluate(IDENTITY) == "ada"

    viewer = open_link(chromium, token_link(keyed, "doors", "grace", "viewer"), 390, 844)
    assert viewer.playwright.is_visible("#join-viewer") and not viewer.playwright.is_visible("#join-host")
    viewer.playwright.fill("#name", "Grace")
    viewer.playwright.press("#name", "Enter")
    wait_for(viewer, PLAYING, "Ada Lovelace")
    assert viewer.evaluate("() => asked") == [] and not viewer.playwright.is_visible("#copy-link")

    moderator = open_link(chromium, token_link(keyed, "doors", "mary", "moderator"))
    assert moderator.playwright.inner_text("#join-viewer b") == "Join as moderator"
    join_as_viewer(moderator, "Mary")
    assert moderator.evaluate("() => forestage.session.participant.role") == "moderator" and open_devices(moderator) == []

    nobody = open_link(chromium, f"{keyed.url}/?room=doors")
    assert "invitation" in nobody.playwright.inner_text("#lobby-shut")
    assert not nobody.playwright.is_visible("#join-viewer") and not nobody.playwright.is_visible("#join-host")
    picture(nobody, "no-invitation")
    for page in (host, viewer, moderator, nobody):
        assert page.errors == []
        page.close()


@pytest.mark.parametrize("way", ["token", "invitation"])
def test_whoever_was_removed_is_told_so_and_stays_out(chromium: Chromium, keyed: KeyedServer, way: str) -> None:
    room = f"removed-{way}"
    host = host_of(chromium, keyed, room)
    if way == "token":
        link = token_link(keyed, room, "grace", "viewer")
    else:
        host.playwright.click("#copy-link")
        host.playwright.wait_for_selector("text=Invite link copied")
        link = copied(host)
    viewer = open_link(chromium, link)
    join_as_viewer(viewer, "Grace")
    host.evaluate("(id) => forestage.session.remove(id)", viewer.evaluate("() => forestage.session.participant.id"))
    wait_for_text(viewer, "#ended-title", "You were removed")
    assert not viewer.playwright.is_visible("#join-again")
    picture(viewer, "removed")
    for url in (None, link):  # a reload; the same link again
        if url:
            viewer.playwright.goto("about:blank")
            viewer.goto(url)
        else:
            viewer.playwright.reload()
        wait_for_text(viewer, "#lobby-shut", "removed you")
        assert not viewer.playwright.is_visible("#join-viewer")
    if way == "token":
        again = open_link(chromium, link)  # elsewhere the server refuses it
        again.playwright.fill("#name", "Grace")
        again.playwright.click("#join-viewer")
        wait_for_text(again, "#ended-title", "You were removed")
        assert not again.playwright.is_visible("#join-again") and not again.playwright.is_visible("#lobby")
        again.close()
    assert host.errors == []
    host.close()
    viewer.close()


def test_a_viewer_waits_for_the_stage_to_open(chromium: Chromium, keyed: KeyedServer) -> None:
    viewer = open_link(chromium, token_link(keyed, "waiting", "grace", "viewer"), 390, 844)
    viewer.playwright.fill("#name", "Grace")
    viewer.playwright.click("#join-viewer")
    wait_for_text(viewer, "#waiting-title", "The stage is not open yet")
    picture(viewer, "waiting-phone")
    viewer.playwright.click("#waiting-back")
    viewer.playwright.wait_for_selector("#join-viewer:visible")
    assert viewer.playwright.inner_text("#lobby-error") == ""
    viewer.playwright.click("#join-viewer")
    viewer.playwright.wait_for_selector("#waiting:visible")

    guest = open_link(chromium, token_link(keyed, "waiting", "mary", "costreamer"))
    join = guest.playwright
    join.fill("#name", "Mary")
    join.click("#join-host")
    wait_for_devices(guest, "audio", "video")
    join.click("#go-on-stage")
    join.wait_for_selector("#waiting:visible")
    wait_for_devices(guest)  # nobody waits with an open camera
    picture(guest, "waiting-wide")

    host = host_of(chromium, keyed, "waiting")
    wait_for(viewer, PLAYING, "Ada", what="it starts by itself")
    wait_for(host, PLAYING, "Mary", what="the guest's devices are open again")
    assert not viewer.playwright.is_visible("#waiting")
    for page in (viewer, guest, host):
        assert page.errors == []
        page.close()


def test_the_links_that_the_program_makes_open_the_stage(chromium: Chromium, keyed: KeyedServer) -> None:
    """`forestage invite` and the running server share the key, and nothing else."""
    host = open_link(chromium, keyed.invitation("program", "host"))
    assert host.playwright.inner_text("#join-host b") == "Join as host" and not host.playwright.is_visible("#join-viewer")
    join_as_host(host, "Ada")
    assert host.evaluate("() => forestage.session.participant.role") == "host"
    link = keyed.invitation("program", "viewer", "--uses", "1")
    viewer = open_link(chromium, link, 390, 844)
    join_as_viewer(viewer, "Grace")
    wait_for(viewer, PLAYING, "Ada")
    late = open_link(chromium, link)
    wait_for_text(late, "#lobby-shut", "as often as it may be")
    # What was exchanged is known to the hosts from then on, who take it back.
    host.playwright.click("#invitations-open")
    wait_for_text(host, "#invitations-list", "used 1 of 1 times")
    assert host.evaluate(IDENTITY) != viewer.evaluate(IDENTITY)
    late.errors.clear()  # the refusal
    for page in (host, viewer, late):
        assert page.errors == []
        page.close()


@pytest.mark.parametrize("rule", ["promote", "end"])
def test_when_the_last_host_of_a_keyed_server_leaves_the_rule_is_seen(chromium: Chromium, tmp_path: Path, rule: str) -> None:
    with KeyedServer(tmp_path, environment={"FORESTAGE_ROOMS_LAST_HOST_LEAVES": rule}) as server:
        host = open_link(chromium, server.invitation("last", "host"))
        join_as_host(host, "Ada")
        moderator, viewer = (open_link(chromium, server.invitation("last", role)) for role in ("moderator", "viewer"))
        join_as_viewer(moderator, "Mary")
        join_as_viewer(viewer, "Grace")
        wait_for(viewer, PLAYING, "Ada")
        assert not moderator.playwright.is_visible("#end-room")
        host.playwright.click("#leave")
        if rule == "promote":
            wait_for_text(moderator, "#toasts", "You are host now")
            picture(moderator, "promoted")
            assert viewer.playwright.inner_text("#connection-banner") == ""
            moderator.playwright.click("#end-room")
            moderator.playwright.click("#confirm-yes")
            wait_for_text(viewer, "#ended-title", "The event is over")
        else:
            for page in (moderator, viewer):
                wait_for_text(page, "#connection-banner", "The room ends soon")
            host.playwright.click("#join-again")
            join_as_host(host)
            for page in (moderator, viewer):
                wait_for(page, "() => document.querySelector('#connection-banner').hidden")
        for page in (host, moderator, viewer):
            assert page.errors == []
            page.close()
