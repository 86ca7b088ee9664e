"""Who loses the connection comes back by themselves, with the picture, the place on stage and the raised hand."""

import re
import time
from typing import Any

import pytest

from harness.chromium import Chromium
from harness.page import LOST_SECONDS, REFUSED_RESUMES, wait_for
from harness.participant import Participant
from harness.relay import Relay
from harness.server import ForestageServer

RECORD = """() => {
  globalThis.story = [];
  for (const type of ["reconnecting", "reconnected", "closed"]) {
    me.session.addEventListener(type, ({detail}) => story.push({type, ...detail}));
  }
}"""


def record(participant: Participant) -> None:
    participant.page.evaluate(RECORD)


def story(participant: Participant) -> list[dict[str, Any]]:
    return participant.page.evaluate("() => story")


def wait_to_be_back(participant: Participant) -> None:
    wait_for(participant.page, "() => story.some(({type}) => type === 'reconnected')", what=f"{participant.name} is back")


def members(participant: Participant) -> dict[str, int]:
    """Who is on stage, and at which position."""
    return dict(participant.page.evaluate("() => me.session.stage.members.map(({name, order}) => [name, order])"))


def bring_on_stage(host: Participant, guest: Participant) -> None:
    guest.call("raiseHand")
    assert guest.page.evaluate("() => me.session.state") == "requested", "raiseHand resolves when the state has changed"
    host.call("approve", guest.participant)
    guest.wait_for_state("onStage")
    host.wait_to_see(guest)


@pytest.mark.parametrize("prepare", [None, REFUSED_RESUMES], ids=["resumed", "joined anew"])
def test_a_reset_socket_keeps_the_picture_and_the_place(chromium: Chromium, server: ForestageServer, prepare: str | None) -> None:
    with Relay(server.host, server.port) as relay:
        host = Participant(chromium, server, "reset", "Ada", role="host", publishes=True)
        guest = Participant(chromium, relay, "reset", "Grace", publishes=True, prepare=prepare)
        bring_on_stage(host, guest)
        guest.wait_to_see(host)
        guest.wait_for_frames(host)
        before = members(host)
        seats = guest.page.evaluate("() => { globalThis.formerSeats = me.session.seats; return me.session.seats.length; }")
        record(guest)
        relay.reset()
        pictures: list[int | None] = []
        deadline = time.monotonic() + LOST_SECONDS
        while not any(event["type"] == "reconnected" for event in story(guest)):
            pictures.append(guest.seen().get("Ada", {}).get("id"))
            assert time.monotonic() < deadline, story(guest)
        for _ in range(20):
            pictures.append(guest.seen().get("Ada", {}).get("id"))
            time.sleep(0.05)
        assert set(pictures) == {host.identifier}, "the host's picture stays"
        guest.wait_for_frames(host)
        host.wait_to_see(guest)
        host.wait_for_frames(guest)
        assert members(host) == before
        assert guest.page.evaluate("() => me.session.seats.every((seat, index) => seat === formerSeats[index])") and seats
        assert [event["type"] for event in story(guest) if not event.get("isResuming") or not prepare] == ["reconnecting", "reconnected"]
        assert story(guest)[-1]["isResumed"] == (prepare is None)
        assert (guest.page.evaluate("() => me.session.participant.id") == guest.participant) == (prepare is None)
        assert guest.negotiations() == 0
        guest.call("leaveStage")
        assert guest.page.evaluate("() => me.session.state") == "audience"
        for participant in (host, guest):
            participant.leave()


def test_events_that_overtake_the_answer_of_a_return_count(chromium: Chromium, server: ForestageServer) -> None:
    """A slow page sets the answer of its further join long after the server told what happened since."""
    with Relay(server.host, server.port) as relay:
        host = Participant(chromium, server, "overtake", "Ada", role="host", publishes=True)
        guest = Participant(chromium, server, "overtake", "Grace", publishes=True)
        viewer = Participant(chromium, relay, "overtake", "Barbara", prepare=REFUSED_RESUMES)
        viewer.wait_to_see(host)
        record(viewer)
        viewer.page.evaluate("""() => {
          const {prototype} = RTCPeerConnection, set = prototype.setRemoteDescription;
          globalThis.hasAnswer = false;
          const released = new Promise((resolve) => { globalThis.release = resolve; });
          prototype.setRemoteDescription = async function (description) {
            globalThis.hasAnswer = true;
            await released;
            return set.call(this, description);
          };
        }""")
        relay.reset()
        wait_for(viewer.page, "() => hasAnswer")
        bring_on_stage(host, guest)
        viewer.page.evaluate("() => release()")
        wait_to_be_back(viewer)
        viewer.wait_to_see(host, guest)
        assert viewer.errors() == []
        for participant in (host, guest, viewer):
            participant.leave()


def test_a_raised_hand_survives_a_reset_socket(chromium: Chromium, server: ForestageServer) -> None:
    with Relay(server.host, server.port) as relay:
        host = Participant(chromium, server, "hand", "Ada", role="host", publishes=True)
        guest = Participant(chromium, relay, "hand", "Grace", publishes=True)
        guest.call("raiseHand")
        record(guest)
        relay.reset()
        wait_to_be_back(guest)
        guest.wait_for_state("requested")
        wait_for(host.page, "() => me.session.stage.requests.length === 1 && !me.session.stage.requests[0].away")
        host.page.evaluate("() => me.session.approve(me.session.stage.requests[0].participant)")
        guest.wait_for_state("onStage")
        host.wait_to_see(guest)
        for participant in (host, guest):
            participant.leave()


def test_who_leaves_on_the_way_back_is_gone_at_once(chromium: Chromium, server: ForestageServer) -> None:
    with Relay(server.host, server.port) as relay:
        host = Participant(chromium, server, "quit", "Ada", role="host", publishes=True)
        guest = Participant(chromium, relay, "quit", "Grace", publishes=True)
        bring_on_stage(host, guest)
        record(guest)
        guest.page.evaluate("""() => {
          me.session.addEventListener("reconnecting", () => me.session.leave(), {once: true});
        }""")
        relay.reset()
        # The server keeps the place of one who has lost the connection, and says why it does no more.
        wait_for(host.page, "() => me.session.stage.members.length === 1", what="Grace has left the stage")

        def departures() -> list[str]:
            return [line for line in server.process.lines if "room=quit" in line and "name=Grace" in line and line.endswith(" left")]

        server.process.wait_until(lambda: bool(departures()), LOST_SECONDS, "the server says that Grace left")
        # By word, which is a join that replaces what is left of the session, or by the end of the media, which may come first; not when
        # the patience with a lost connection is over.
        reasons = "the participant left|the same identity joined again|the signaling connection and the media are gone"
        assert re.search(f"reason=({reasons}) ", departures()[0]), departures()
        assert [event["type"] for event in story(guest)] == ["reconnecting", "closed"]
        assert story(guest)[-1]["reason"] == "left"
        guest.page.close()
        host.leave()


def test_a_token_that_never_comes_does_not_keep_a_page_from_coming_back(chromium: Chromium, server: ForestageServer) -> None:
    with Relay(server.host, server.port) as relay:
        viewer = Participant(
            chromium, relay, "tokens", "Barbara", role="host", prepare="""() => {
              globalThis.tokensAsked = 0;
              globalThis.tokenFunction = () => {
                globalThis.tokensAsked += 1;
                return tokensAsked === 2 ? new Promise(() => {}) : null;
              };
              (%s)();
            }""" % REFUSED_RESUMES)
        record(viewer)
        relay.reset()
        wait_to_be_back(viewer)
        assert viewer.page.evaluate("() => tokensAsked") == 3
        assert [event["type"] for event in story(viewer) if not event.get("isResuming")] == [
            "reconnecting", "reconnecting", "reconnected"]
        viewer.leave()


def test_a_reload_on_stage_gets_the_place_back(chromium: Chromium, server: ForestageServer) -> None:
    host = Participant(chromium, server, "reload", "Ada", role="host", publishes=True)
    guest = Participant(chromium, server, "reload", "Grace", publishes=True, identity="grace")
    bring_on_stage(host, guest)
    before = members(host)
    guest.page.close()
    again = Participant(chromium, server, "reload", "Grace", publishes=True, identity="grace")
    again.wait_for_state("onStage")
    host.wait_to_see(again)
    assert members(host) == before
    for participant in (host, again):
        participant.leave()


def test_the_place_of_a_killed_page_is_freed(chromium: Chromium, server: ForestageServer) -> None:
    host = Participant(chromium, server, "killed", "Ada", role="host", publishes=True)
    guest = Participant(chromium, server, "killed", "Grace", publishes=True)
    bring_on_stage(host, guest)
    killed = time.monotonic()
    guest.page.crash()
    wait_for(host.page, "() => me.session.stage.members.length === 1", what="the ghost is gone")
    print(f"freed after {time.monotonic() - killed:.1f} s; consent to send media would have ended after 30 s (RFC 7675)")
    host.leave()


def test_pages_come_back_to_a_restarted_server(chromium: Chromium) -> None:
    first = ForestageServer()
    try:
        host = Participant(chromium, first, "restart", "Ada", role="host", publishes=True)
        guest = Participant(chromium, first, "restart", "Grace", publishes=True)
        viewer = Participant(chromium, first, "restart", "Barbara")
        bring_on_stage(host, guest)
        viewer.wait_to_see(host, guest)
        for participant in (host, guest, viewer):
            record(participant)
    finally:
        first.stop()
    with ForestageServer(port=first.port):
        for participant in (host, guest, viewer):
            wait_to_be_back(participant)
        viewer.wait_to_see(host)
        viewer.wait_for_frames(host)
        guest.wait_for_state("requested")
        wait_for(host.page, "() => me.session.stage.requests.length === 1")
        host.page.evaluate("() => me.session.approve(me.session.stage.requests[0].participant)")
        viewer.wait_to_see(host, guest)
        for participant in (host, guest, viewer):
            participant.leave()


def test_who_was_removed_or_replaced_does_not_come_back(chromium: Chromium, server: ForestageServer) -> None:
    host = Participant(chromium, server, "final", "Ada", role="host", publishes=True)
    removed = Participant(chromium, server, "final", "Grace")
    replaced = Participant(chromium, server, "final", "Barbara", identity="barbara")
    for participant in (removed, replaced):
        record(participant)
    host.call("remove", removed.participant)
    second = Participant(chromium, server, "final", "Barbara", identity="barbara")
    for participant, reason in ((removed, "removed"), (replaced, "replaced")):
        wait_for(participant.page, "() => me.session.isClosed")
        assert [(event["type"], event["reason"]) for event in story(participant)] == [("closed", reason)]
    for participant in (host, second):
        participant.leave()


def test_an_invitation_lets_people_in_each_with_an_identity(chromium: Chromium, server: ForestageServer) -> None:
    host = Participant(chromium, server, "invited", "Ada", role="host", publishes=True)
    invitation = host.call("createInvitation", {"role": "viewer", "minutes": 5})
    seen = host.page.evaluate("""async (invitation) => {
      const {describeToken, exchangeInvitation} = await import("/client/forestage.js");
      const first = await exchangeInvitation({invitation, name: "Grace"});
      const second = await exchangeInvitation({invitation});
      const again = await exchangeInvitation({invitation, token: first.token});
      return {first, second, again, described: describeToken(first.token), link: describeToken(invitation),
        nonsense: describeToken("nonsense")};
    }""", invitation["token"])
    assert seen["first"]["identity"] == seen["again"]["identity"] != seen["second"]["identity"]
    assert seen["link"] == {
        "room": "invited", "role": "viewer", "name": None, "identity": None, "expiresAt": invitation["expiresAt"],
        "isInvitation": True}
    assert seen["described"] | {"expiresAt": 0} == {
        "room": "invited", "role": "viewer", "name": "Grace", "identity": seen["first"]["identity"], "expiresAt": 0,
        "isInvitation": False}
    assert seen["nonsense"] is None
    guests = [Participant(chromium, server, "invited", name, token=seen[key]["token"])
              for key, name in (("first", "Grace"), ("second", "Barbara"))]
    for guest in guests:
        guest.wait_to_see(host)
    assert [entry["used"] for entry in host.call("invitations")] == [2]
    host.call("revokeInvitation", invitation["id"])
    assert host.call("invitations") == []
    for participant in (host, *guests):
        participant.leave()
