"""What the SDK does when the world changes while it waits: for the browser's question, for the server, for a further connection."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.app import OPEN, WATCH_DEVICES
from harness.chromium import Chromium, ChromiumPage
from harness.golden import golden_page, server
from harness.page import wait_for

# `question.hold()`: from now on the browser's question stays open until `question.answer()`.
QUESTIONS = WATCH_DEVICES + """
  window.question = {
    held: null, isOpen: false,
    hold() { this.held = new Promise((resolve) => { this.answer = () => { this.held = null; resolve(); }; }); },
  };
  const asksFor = (open) => async (wish) => {
    const stream = await open(wish), held = question.held;
    question.isOpen = true;
    await held;
    return stream;
  };
  const devices = navigator.mediaDevices;
  devices.getUserMedia = asksFor(devices.getUserMedia);
  devices.getDisplayMedia = asksFor(async () => {
    const stream = document.createElement("canvas").captureStream();
    opened.push(...stream.getTracks());
    return stream;
  });
  window.isOver = (seconds = 0.1) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
"""

HOST, VIEWER = server("joined"), server("joined-viewer")
ON_STAGE = {**VIEWER, "participant": {**VIEWER["participant"], "state": "onStage"}}
REQUESTED = {**VIEWER, "participant": {**VIEWER["participant"], "state": "requested"}}
# Brings {session, socket, peer, events} into being, and `say(event, seq)`: the server's word.
JOIN = """
  globalThis.joinAs = async (joined, enter = null) => {
    const all = await golden.join(joined, enter);
    let seq = 0;
    all.say = (type, fields, socket = all.socket) => socket.receive({type, ...fields, seq: ++seq});
    all.become = (state, cause = "demoted") => all.say("stageState", {state, cause, version: 1});
    all.words = (socket = all.socket) => socket.sent.map(({type, source, muted}) => [type, source, muted].filter((part) => part !== undefined).join(" "));
    return all;
  };
"""


@pytest.fixture
def page(chromium: Chromium) -> Iterator[ChromiumPage]:
    with golden_page(chromium, QUESTIONS) as page:
        page.evaluate("(source) => { (0, eval)(source); }", JOIN)
        yield page


def open_kinds(page: ChromiumPage) -> list[str]:
    return page.evaluate(OPEN)


# What asks the browser, in a session on stage; `prepare` comes before.
ASKS = {
    "openDevices": ("", "session.openDevices()"),
    "publish a camera": ("", "session.publish('camera')"),
    "share a screen": ("", "session.publish('screen')"),
    "camera on again": ("await session.openDevices(); await session.mute('camera');", "session.mute('camera', false)"),
}
ENDS = {
    "sent back": "become('audience')",
    "removed": "say('closed', {reason: 'removed', message: ''})",
    "left": "await session.leave()",
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("ask", ASKS)
def test_a_question_that_is_answered_too_late_leaves_no_device_open(page: ChromiumPage, ask: str, end: str) -> None:
    prepare, call = ASKS[ask]
    is_sent = page.evaluate("""async (joined) => {
      const {session, peer, say, become} = await joinAs(joined);
      session.participant.permissions.publish.push("screen", "screenAudio");
      %s
      question.hold();
      question.isOpen = false;
      const asked = %s;
      while (!question.isOpen) await isOver(0.01);
      %s;
      await isOver(0.05);
      question.answer();
      await asked.catch((error) => error);
      await isOver();
      return Object.values(peer.senders).some(({track}) => track?.readyState === "live");
    }""" % (prepare, call, ENDS[end]), ON_STAGE)
    assert open_kinds(page) == [] and not is_sent


@pytest.mark.parametrize("state, call", [("audience", "raiseHand"), ("invited", "accept")])
def test_who_leaves_during_the_question_asks_for_nothing(page: ChromiumPage, state: str, call: str) -> None:
    words = page.evaluate("""async ([joined, call]) => {
      const {session, words} = await joinAs(joined);
      question.hold();
      const asked = session[call]().catch(({code}) => code);
      while (!question.isOpen) await isOver(0.01);
      await session.leave();
      question.answer();
      return [words(), await asked];
    }""", [{**VIEWER, "participant": {**VIEWER["participant"], "state": state}}, call])
    assert words == [["leave"], "closed"] and open_kinds(page) == []


@pytest.mark.parametrize("call", ["session.publish('camera')", "session.openDevices()", "session.raiseHand()"])
def test_a_session_that_is_over_opens_nothing(page: ChromiumPage, call: str) -> None:
    code = page.evaluate("""async (joined) => {
      const {session} = await joinAs(joined);
      await session.leave();
      return %s.catch(({code}) => code);
    }""" % call, ON_STAGE)
    assert code == "closed" and page.evaluate("() => asked") == []


def test_the_next_time_on_stage_begins_anew(page: ChromiumPage) -> None:
    """Whoever was muted when they were sent back is heard and seen the next time, and everybody is told so."""
    seen = page.evaluate("""async (joined) => {
      const {session, socket, peer, become, words} = await joinAs(joined);
      await session.openDevices();
      await session.mute("microphone");
      await session.mute("camera");
      socket.sent.length = 0;
      become("audience");
      await isOver();
      const told = words().sort();
      socket.sent.length = 0;
      const raised = session.raiseHand();
      await isOver();
      become("requested", "requested");
      await raised;
      become("onStage", "approved");
      await isOver();
      const track = (source) => [session.track(source)?.enabled, session.isMuted(source), peer.senders[source].track === session.track(source)];
      return {told, words: words().sort(), camera: track("camera"), microphone: track("microphone")};
    }""", ON_STAGE)
    assert seen["told"] == ["mute camera false", "mute microphone false"]
    assert seen["words"] == ["publish camera", "publish microphone", "stage.request"]
    assert seen["camera"] == seen["microphone"] == [True, False, True]
    assert open_kinds(page) == ["audio", "video"]


def test_a_hand_that_is_raised_at_once_has_its_devices(page: ChromiumPage) -> None:
    """Sent back and up again in one breath: what is closed for the one is not counted as open for the other."""
    page.evaluate("""async (joined) => {
      const {session, become} = await joinAs(joined);
      await session.openDevices();
      become("audience");
      const raised = session.raiseHand();
      await isOver();
      become("requested", "requested");
      await raised;
    }""", ON_STAGE)
    assert open_kinds(page) == ["audio", "video"]


def test_a_hosts_mute_during_the_question_counts(page: ChromiumPage) -> None:
    seen = page.evaluate("""async (joined) => {
      const {session, say, words} = await joinAs(joined);
      await session.openDevices();
      await session.mute("camera");
      question.hold();
      question.isOpen = false;
      const asked = session.mute("camera", false);
      while (!question.isOpen) await isOver(0.01);
      say("muteRequest", {source: "camera", muted: true});
      question.answer();
      await asked;
      return [session.isMuted("camera"), words().at(-1)];
    }""", ON_STAGE)
    assert seen == [True, "mute camera true"] and open_kinds(page) == ["audio"]


def test_a_muted_camera_is_not_opened_for_the_stage(page: ChromiumPage) -> None:
    seen = page.evaluate("""async (joined) => {
      const {session, peer, become, words} = await joinAs(joined);
      await session.mute("camera");
      const raised = session.raiseHand();
      await isOver();
      become("requested", "requested");
      await raised;
      const before = [...opened].map(({kind}) => kind);
      become("onStage", "approved");
      await isOver();
      await session.mute("camera", false);
      return {before, words: words(), isSent: peer.senders.camera.track === session.track("camera") && session.track("camera").enabled};
    }""", VIEWER)
    assert seen["before"] == ["audio"] and seen["isSent"]
    assert seen["words"].index("publish camera") < seen["words"].index("mute camera true") < seen["words"].index("mute camera false")


def test_a_screen_that_is_shared_anew_keeps_its_sound(page: ChromiumPage) -> None:
    """Another one is shared while the end of the former is still on its way."""
    seen = page.evaluate("""async (joined) => {
      const {session, socket, peer, words} = await joinAs(joined);
      const track = (kind) => kind === "video" ? document.createElement("canvas").captureStream().getVideoTracks()[0]
        : new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
      const share = () => Promise.all([session.publish("screen", track("video")), session.publish("screenAudio", track("audio"))]);
      await share();
      golden.ScriptedSocket.replies.set("unpublish", {type: "none"});
      const ended = session.unpublish("screen");
      await share();
      for (const {id, type} of [...socket.sent]) if (type === "unpublish") socket.receive({type: "ok", id});
      await isOver();
      for (const {id, type} of [...socket.sent]) if (type === "unpublish") socket.receive({type: "ok", id});
      await ended;
      return ["screen", "screenAudio"].map((source) => [
        session.isPublished(source), peer.senders[source].track === session.track(source) && Boolean(session.track(source)),
        words().findLast((word) => word.endsWith(source))]);
    }""", HOST)
    assert seen == [[True, True, "publish screen"], [True, True, "publish screenAudio"]]


def test_a_mute_is_told_after_what_it_is_about(page: ChromiumPage) -> None:
    words = page.evaluate("""async (joined) => {
      const {session, words} = await joinAs(joined);
      const [track] = new AudioContext().createMediaStreamDestination().stream.getAudioTracks();
      await Promise.all([session.publish("microphone", track), session.mute("microphone")]);
      return words();
    }""", ON_STAGE)
    assert words[:2] == ["publish microphone", "mute microphone true"]


# MARK: coming back

# Joins again as often as it is asked: `entries` are what came of it; `atEntry(entry, number)` may spoil one before the session has it.
REJOIN = """async ([joined, again]) => {
  globalThis.entries = [];
  globalThis.atEntry = () => {};
  globalThis.all = await joinAs(joined, async () => {
    const entry = golden.entered(again);
    entries.push(entry);
    await atEntry(entry, entries.length);
    return entry;
  });
  globalThis.types = () => all.events.map(({type}) => type).filter((type) => ["reconnecting", "reconnected", "closed"].includes(type));
}"""


def rejoin(page: ChromiumPage, joined: dict[str, Any], again: dict[str, Any]) -> None:
    page.evaluate(REJOIN, [joined, again])


@pytest.mark.parametrize("fault", ["entry.socket.lose()", "entry.peer.become('failed')"], ids=["signaling", "media"])
def test_a_connection_that_is_lost_before_the_session_has_it_is_not_the_last(page: ChromiumPage, fault: str) -> None:
    rejoin(page, ON_STAGE, ON_STAGE)
    page.evaluate("""async () => {
      atEntry = async (entry, number) => {
        await isOver(0.05);
        if (number === 1) { %s; }
      };
      all.socket.lose();
    }""" % fault)
    wait_for(page, "() => types().filter((type) => type === 'reconnected').length === 2")
    assert page.evaluate("() => types()") == ["reconnecting", "reconnected"] * 2
    # The session is alive: it is asked, and answers.
    assert page.evaluate("() => all.session.ping()") >= 0


def lose_media(page: ChromiumPage, times: int, *, comes_back: bool) -> None:
    """The media fail, and so often once more after 50 s, on a connection that was there meanwhile or was not."""
    page.playwright.clock.install()
    rejoin(page, ON_STAGE, ON_STAGE)
    page.evaluate("() => all.peer.become('failed')")
    for number in range(1, times + 1):
        wait_for(page, "(number) => types().filter((type) => type === 'reconnected').length === number", number)
        if comes_back:
            page.evaluate("(number) => entries[number - 1].peer.become('connected')", number)
        page.playwright.clock.fast_forward(50_000)
        page.evaluate("(number) => entries[number - 1].peer.become('failed')", number)


def test_media_that_never_come_end_the_session_at_last(page: ChromiumPage) -> None:
    """A firewall lets signaling through and no media: every further join succeeds, and nothing is seen."""
    lose_media(page, 3, comes_back=False)
    wait_for(page, "() => types().at(-1) === 'closed'")
    assert page.evaluate("() => all.events.at(-1).detail.reason") == "mediaLost"


def test_media_that_come_back_begin_the_patience_anew(page: ChromiumPage) -> None:
    lose_media(page, 4, comes_back=True)
    wait_for(page, "() => types().filter((type) => type === 'reconnected').length === 5")


def test_two_returns_leave_one_picture_in_a_seat(page: ChromiumPage) -> None:
    """The first further connection is lost before a picture came over it."""
    page.playwright.clock.install()
    rejoin(page, HOST, HOST)
    video = "all.session.seats[0].stream.getVideoTracks()"
    page.evaluate("""() => {
      const element = document.createElement("video");
      globalThis.shown = () => element.srcObject.getVideoTracks();
      all.session.attach(all.session.seats[0], element);
      globalThis.first = %s[0];
      all.socket.lose();
    }""" % video)
    wait_for(page, "() => types().length === 2")
    page.evaluate("() => entries[0].socket.lose()")
    wait_for(page, "() => types().length === 4")
    assert page.evaluate("() => %s.length === 1 && %s[0] === first" % (video, video)), "the picture that is there stays"
    page.evaluate("""() => {
      const {track} = entries[1].peer.places[0].video.receiver;
      globalThis.last = track;
      for (const entry of entries) entry.peer.places[0].video.receiver.track.dispatchEvent(new Event("unmute"));
      entries[1].peer.become("connected");
    }""")
    for tracks in (video, "shown()"):
        assert page.evaluate("() => %s.length === 1 && %s[0] === last" % (tracks, tracks))
    page.playwright.clock.fast_forward(10_000)
    assert page.evaluate("() => [all.peer, ...entries.map(({peer}) => peer)].map(({connection}) => connection.signalingState)") == [
        "closed", "closed", "stable"]


def test_a_hand_that_is_raised_when_the_connection_is_lost_goes_up(page: ChromiumPage) -> None:
    rejoin(page, VIEWER, VIEWER)
    page.evaluate("""async () => {
      golden.ScriptedSocket.replies.set("stage.request", {type: "none"});
      globalThis.raised = all.session.raiseHand();
      while (!all.words().includes("stage.request")) await isOver(0.01);
      golden.ScriptedSocket.replies.delete("stage.request");
      all.socket.lose();
    }""")
    wait_for(page, "() => entries[0] && all.words(entries[0].socket).includes('stage.request')")
    page.evaluate("() => { entries[0].socket.receive({type: 'stageState', state: 'requested', cause: 'requested', version: 1, seq: 1}); return raised; }")
    assert open_kinds(page) == ["audio", "video"]


def test_a_switch_that_is_pressed_when_the_connection_is_lost_moves(page: ChromiumPage) -> None:
    """What is sent is told anew on the next connection: the person need not hear of the loss."""
    rejoin(page, ON_STAGE, ON_STAGE)
    page.evaluate("""async () => {
      await all.session.openDevices();
      golden.ScriptedSocket.replies.set("mute", {type: "none"});
      const muted = all.session.mute("microphone");
      await isOver(0.05);
      all.socket.lose();
      golden.ScriptedSocket.replies.delete("mute");
      await muted;
      await all.session.mute("camera");
      await isOver();
    }""")
    words = page.evaluate("() => all.words(entries[0].socket)")
    assert {"mute microphone true", "mute camera true", "publish microphone", "publish camera"} <= set(words)
    assert page.evaluate("() => all.events.filter(({type}) => type === 'error')") == []


@pytest.mark.parametrize("before, refusal", [(REQUESTED, True), (ON_STAGE, False)], ids=["a hand refused", "sent back"])
def test_who_comes_back_to_the_audience_has_no_device_open(page: ChromiumPage, before: dict[str, Any], refusal: bool) -> None:
    rejoin(page, before, VIEWER)
    page.evaluate("""async (refusal) => {
      await all.session.openDevices();
      if (refusal) golden.ScriptedSocket.replies.set("stage.request", {type: "error", code: "queueFull", message: ""});
      all.socket.lose();
    }""", refusal)
    wait_for(page, "() => types().at(-1) === 'reconnected'")
    wait_for(page, f"() => ({OPEN})().length === 0")


def test_who_leaves_on_the_way_back_stays_out(page: ChromiumPage) -> None:
    rejoin(page, ON_STAGE, ON_STAGE)
    page.evaluate("""async () => {
      await all.session.openDevices();
      let release;
      const held = new Promise((resolve) => { release = resolve; });
      atEntry = () => held;
      all.socket.lose();
      while (entries.length === 0) await isOver(0.01);
      await Promise.all([all.session.leave(), all.session.leave()]);
      release();
      await isOver();
    }""")
    assert page.evaluate("() => types()") == ["reconnecting", "closed"]
    assert page.evaluate("() => [entries.length, entries[0].peer.connection.signalingState]") == [1, "closed"]
    assert open_kinds(page) == []


def test_media_that_fail_on_the_next_connection_count_while_the_former_are_given_a_new_way(page: ChromiumPage) -> None:
    """An ICE restart of a connection that was left is nobody's concern."""
    rejoin(page, ON_STAGE, ON_STAGE)
    page.evaluate("""() => {
      all.peer.become("connected");
      Object.defineProperty(all.peer, "restart", {value: () => new Promise(() => {})});
      all.peer.become("disconnected");
      all.peer.become("failed");
      all.socket.lose();
    }""")
    wait_for(page, "() => types().filter((type) => type === 'reconnected').length === 1")
    page.evaluate("() => entries[0].peer.become('failed')")
    wait_for(page, "() => types().filter((type) => type === 'reconnected').length === 2")
    assert page.evaluate("() => all.session.restarts") == 1
