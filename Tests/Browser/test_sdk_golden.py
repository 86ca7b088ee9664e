"""The browser SDK reads and writes the golden messages that the server's tests read and write, too."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.chromium import Chromium, ChromiumPage
from harness.golden import client, golden_page, server


@pytest.fixture(scope="module")
def page(chromium: Chromium) -> Iterator[ChromiumPage]:
    with golden_page(chromium) as page:
        yield page


PARTICIPANT = "participant-4"
REQUESTS: list[tuple[str, str, list[Any]]] = [
    ("stage.withdraw", "lowerHand", []),
    ("stage.decline", "decline", []),
    ("stage.leave", "leaveStage", []),
    ("stage.invite", "invite", [PARTICIPANT, 12]),
    ("stage.approve", "approve", [PARTICIPANT, 12]),
    ("stage.deny", "deny", [PARTICIPANT, 12]),
    ("stage.demote", "demote", [PARTICIPANT, 12]),
    ("participant.mute", "muteParticipant", [PARTICIPANT, "microphone"]),
    ("participant.remove", "remove", [PARTICIPANT]),
    ("room.lock", "lock", [True]),
    ("room.end", "end", []),
    ("invitation.create", "createInvitation", [{"role": "viewer", "minutes": 90, "uses": 200}]),
    ("invitation.list", "invitations", []),
    ("invitation.revoke", "revokeInvitation", ["i-7f3a9c"]),
    ("ping", "ping", []),
    ("leave", "leave", []),
    ("stage.request", "raiseHand", [{"camera": False, "microphone": False}]),
    ("stage.accept", "accept", [{"camera": False, "microphone": False}]),
]


@pytest.mark.parametrize("name, method, parameters", REQUESTS, ids=[name for name, *_ in REQUESTS])
def test_a_method_sends_the_golden_message(page: ChromiumPage, name: str, method: str, parameters: list[Any]) -> None:
    sent = page.evaluate(
        "([joined, method, parameters]) => golden.request(joined, method, ...parameters)",
        [server("joined"), method, parameters])
    expected = client(name)
    assert isinstance(sent.pop("id"), int) and expected.pop("id") is not None
    assert sent == expected


def test_tracks_are_published_muted_and_unpublished_with_the_golden_messages(page: ChromiumPage) -> None:
    sent = page.evaluate("""async (joined) => {
      const {session, socket} = await golden.join(joined);
      const track = document.createElement("canvas").captureStream().getVideoTracks()[0];
      await session.publish("camera", track);
      await session.mute("camera");
      await session.unpublish("camera");
      return socket.sent;
    }""", server("joined"))
    expected = [client("publish"), {**client("mute"), "source": "camera"}, client("unpublish")]
    assert [{**message, "id": 0} for message in sent] == [{**message, "id": 0} for message in expected]


def test_a_wish_names_the_section(page: ChromiumPage) -> None:
    golden = client("view")
    wish = {key: value for key, value in golden["slots"][0].items() if key != "mid"}
    sent = page.evaluate("""async ([joined, wish]) => {
      const {session, socket} = await golden.join(joined);
      await session.view(session.seats[0], wish);
      await session.view(session.screen, {visible: false});
      return socket.sent;
    }""", [server("joined"), wish])
    assert [slot for message in sent for slot in message["slots"]] == golden["slots"]


def test_the_offer_s_sections_are_named_as_in_the_golden_join(page: ChromiumPage) -> None:
    sections = page.evaluate("""async () => {
      const peer = new golden.Peer({
        seats: 1, screens: 1, extraAudio: 1, publish: ["microphone", "camera"], simulcast: true,
        codecs: {video: ["VP8"], audio: ["opus"]},
      });
      const sections = await peer.offer();
      peer.close();
      return sections;
    }""")
    golden = client("join")
    assert set(sections) == {"offer", "slots", "publish"} <= set(golden)
    assert sections["publish"] == golden["publish"]
    assert [(slot["use"], slot["seat"]) for slot in sections["slots"]] == [
        ("seat", 0), ("seat", 0), ("screen", 0), ("screen", 0), ("audio", 0)]
    assert all(set(slot) == set(golden["slots"][0]) for slot in sections["slots"])
    offer = sections["offer"]
    assert "a=simulcast:send q;h;f" in offer and "VP9" not in offer and "H264" not in offer
    assert len(offer) < 12_000


def test_joined_tells_who_is_on_stage_and_what_the_seats_carry(page: ChromiumPage) -> None:
    golden = server("joined")
    seen = page.evaluate("""async (joined) => {
      const {session} = await golden.join(joined);
      const [seat] = session.seats;
      return {
        self: session.participant, room: session.room, audience: session.audience, version: session.stage.version,
        members: session.stage.members, requests: session.stage.requests,
        seat: {participant: seat.participant, name: seat.name, state: seat.state, video: seat.video},
      };
    }""", golden)
    assert seen["self"] == golden["participant"] and seen["room"] == golden["room"]
    assert seen["audience"] == golden["audience"]["count"]
    assert (seen["version"], seen["members"]) == (golden["stage"]["version"], golden["stage"]["members"])
    assert seen["requests"] == golden["stage"]["requests"]
    slot = next(slot for slot in golden["slots"] if slot["mid"] == "2")
    assert seen["seat"]["video"] == slot and seen["seat"]["state"] == slot["state"]
    assert seen["seat"]["participant"] == slot["participant"]
    assert seen["seat"]["name"] == next(
        member["name"] for member in golden["stage"]["members"] if member["participant"] == slot["participant"])


def test_a_viewer_s_joined_needs_no_members(page: ChromiumPage) -> None:
    seen = page.evaluate("""async (joined) => {
      const {session} = await golden.join(joined);
      return [session.state, session.stage.members.length, session.stage.requests.length, session.seats[0].state];
    }""", server("joined-viewer"))
    assert seen == ["audience", 0, 0, "empty"]


def test_every_golden_event_changes_the_session(page: ChromiumPage) -> None:
    names = ["slots", "stage", "stageState", "muteRequest", "permissions", "audience", "room", "speakers", "draining",
             "undecodable", "encodings", "secondCodec", "quality", "closed"]
    golden = sorted((server(name) for name in names), key=lambda event: event["seq"])
    seen = page.evaluate("""async ([joined, messages]) => {
      const {session, socket, events} = await golden.join(joined);
      for (const message of messages) socket.receive(message);
      return {
        types: events.map(({type}) => type), closed: events.at(-1).detail, state: session.state,
        members: session.stage.members.map(({name}) => name), requests: session.stage.requests,
        version: session.stage.version, seat: session.seats[0].state, role: session.participant.role,
        muted: session.isMuted("microphone"), audience: session.audience, locked: session.room.locked,
        isClosed: session.isClosed,
      };
    }""", [server("joined"), golden])
    assert set(seen["types"]) >= {name.lower() for name in names} | {"joined"}
    closed = server("closed")
    assert seen["closed"] == {"reason": closed["reason"], "message": closed["message"]} and seen["isClosed"]
    assert seen["members"] == ["Ada", "Edsger"] and seen["version"] == server("stage")["version"]
    assert seen["requests"] == [{"participant": "participant-5", "name": "Barbara", "state": "requested"}]
    assert seen["state"] == server("stageState")["state"] and seen["seat"] == "cannotDecode"
    assert seen["role"] == server("permissions")["role"] and seen["muted"]
    assert (seen["audience"], seen["locked"]) == (server("audience")["count"], server("room")["locked"])


def test_an_error_has_its_code_and_says_what_to_do(page: ChromiumPage) -> None:
    error = page.evaluate("""async ([joined, error]) => {
      const {session} = await golden.join(joined);
      golden.ScriptedSocket.replies.set("room.end", error);
      try { await session.end(); } catch (error) {
        return {isOurs: error instanceof golden.ForestageError, code: error.code, message: error.message};
      }
    }""", [server("joined"), server("error")])
    golden = server("error")
    assert error["isOurs"] and error["code"] == golden["code"]
    assert error["message"].startswith(golden["message"]) and len(error["message"]) > len(golden["message"])


def test_what_is_not_known_is_ignored(page: ChromiumPage) -> None:
    seen = page.evaluate("""async ([joined, error]) => {
      const {session, socket, events} = await golden.join(joined);
      socket.receive("not JSON");
      socket.receive(error);
      socket.receive({type: "confetti", seq: 1, amount: 12});
      socket.receive({type: "audience", seq: 2, count: 7, later: {field: true}});
      return [session.isClosed, session.audience, events.map(({type}) => type)];
    }""", [server("joined"), server("error-without-id")])
    assert seen == [False, 7, ["joined", "audience"]]


def test_the_server_s_waiting_keeps_the_join_s_reply_open(page: ChromiumPage) -> None:
    seen = page.evaluate("""async (waiting) => {
      globalThis.WebSocket = golden.ScriptedSocket;
      const link = new golden.Link("https://example.org");
      golden.ScriptedSocket.last.send = () => {};
      const told = [];
      const reply = link.request({type: "join"}, {onWaiting: (message) => told.push(message)});
      await new Promise((resolve) => setTimeout(resolve));
      golden.ScriptedSocket.last.receive({...waiting, id: 1});
      golden.ScriptedSocket.last.receive({type: "joined", id: 1});
      return [told, (await reply).type];
    }""", server("waiting"))
    assert seen == [[server("waiting")["message"]], "joined"]


def test_a_lost_connection_ends_the_session_and_its_requests(page: ChromiumPage) -> None:
    seen = page.evaluate("""async (joined) => {
      const {session, socket, events} = await golden.join(joined);
      socket.send = () => {};
      const waiting = session.ping().catch((error) => error.code);
      await Promise.resolve();
      socket.onclose({code: 1006, reason: ""});
      return [await waiting, session.isClosed, events.at(-1).detail.reason];
    }""", server("joined"))
    assert seen == ["connectionLost", True, "connectionLost"]


def test_a_lost_connection_is_resumed_with_the_golden_messages(page: ChromiumPage) -> None:
    """The events that were missed count, and an open request is sent again with its id; a refusal ends the connection."""
    seen = page.evaluate("""async ([joined, resumed]) => {
      const {session, socket, events} = await golden.join(joined, null, {}, {isJoined: true});
      const story = () => events.filter(({type}) => type.startsWith("reconnect") || type === "closed").map(({type, detail}) => [type, detail.isResuming ?? detail.isResumed ?? detail.reason]);
      const {ScriptedSocket} = golden, opened = async (former) => {
        while (ScriptedSocket.last === former || !ScriptedSocket.last.sent.length) await new Promise((resolve) => setTimeout(resolve, 10));
        return ScriptedSocket.last;
      };
      ScriptedSocket.replies.set("room.lock", {type: "none"});
      ScriptedSocket.replies.set("resume", {type: resumed.type, missed: resumed.missed});
      socket.receive({type: "audience", seq: 1, count: 7});
      const locked = session.lock();
      await new Promise((resolve) => setTimeout(resolve));
      const [request] = socket.sent.filter(({type}) => type === "room.lock");
      ScriptedSocket.replies.delete("room.lock");
      socket.lose();
      const next = await opened(socket);
      next.receive({type: "audience", seq: 2, count: 8});
      await locked;
      const first = {sent: next.sent, audience: session.audience, story: story()};
      ScriptedSocket.replies.set("resume", {type: "error", code: "removed", message: "removed by a moderator"});
      next.lose();
      await opened(next);
      while (!session.isClosed) await new Promise((resolve) => setTimeout(resolve, 10));
      return {...first, request, last: story().slice(first.story.length)};
    }""", [server("joined"), server("resumed")])
    golden = client("resume")
    [resume, repeated] = seen["sent"]
    assert set(resume) == set(golden) and resume["type"] == golden["type"]
    assert (resume["resumeToken"], resume["lastSeq"]) == (server("joined")["resumeToken"], 1)
    assert repeated == seen["request"] and seen["audience"] == 8
    assert seen["story"] == [["reconnecting", True], ["reconnected", True]]
    assert seen["last"] == [["reconnecting", True], ["closed", "removed"]]
