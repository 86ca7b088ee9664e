"""In how many encodings the SDK sends a picture, and which of them are on: parameters of senders (no server)."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.chromium import Chromium, ChromiumPage
from harness.golden import golden_page, server

# A sender as strict as the specification: setParameters takes only what getParameters gave last, and one call at a time.
SENDER = """
  globalThis.StrictSender = class {
    calls = [];
    failures = 0;
    track = null;
    #count = 0;
    #isBusy = false;
    #parameters;

    constructor(encodings, codec = "VP8") {
      this.#parameters = {encodings, codecs: codec ? [{mimeType: `video/${codec}`}] : []};
    }

    getParameters() {
      const transactionId = String(++this.#count);
      queueMicrotask(() => setTimeout(() => { if (String(this.#count) === transactionId && !this.#isBusy) this.#count += 1; }));
      return {transactionId, ...structuredClone(this.#parameters)};
    }

    async setParameters(parameters) {
      if (this.#isBusy || parameters.transactionId !== String(this.#count)) {
        this.failures += 1;
        throw new DOMException("stale", "InvalidStateError");
      }
      this.#isBusy = true;
      await new Promise((resolve) => setTimeout(resolve, 5));
      this.#isBusy = false;
      const {transactionId, ...kept} = parameters;
      this.#parameters = structuredClone(kept);
      this.calls.push(structuredClone(kept));
    }

    async replaceTrack(track) { this.track = track; }
    get encodings() { return this.#parameters.encodings; }
    get active() { return Object.fromEntries(this.encodings.map(({rid, active}) => [rid, active])); }
    get scales() { return this.encodings.filter(({active}) => active).map(({rid, scaleResolutionDownBy}) => [rid, scaleResolutionDownBy]); }
    get preference() { return this.#parameters.degradationPreference; }
  };
  globalThis.camera = (width, height) => {
    const canvas = Object.assign(document.createElement("canvas"), {width, height});
    canvas.getContext("2d").fillRect(0, 0, width, height);
    const track = canvas.captureStream(1).getVideoTracks()[0];
    track.getSettings = () => ({width: canvas.width, height: canvas.height});
    track.canvas = canvas;
    return track;
  };
  globalThis.section = (use = "simulcast", codec = "VP8", offered = codec) => {
    const encodings = golden.offeredEncodings(use, offered).map((encoding) => ({active: true, ...encoding}));
    const sender = new StrictSender(encodings, codec);
    return {sender, section: new golden.Section({mid: "1", sender}, use)};
  };
"""


@pytest.fixture
def page(chromium: Chromium) -> Iterator[ChromiumPage]:
    with golden_page(chromium) as page:
        page.evaluate("(source) => { (0, eval)(source); }", SENDER)
        yield page


SIZES = [
    ((1280, 720), [["q", 4], ["h", 2], ["f", 1]]),
    ((1920, 1080), [["q", 4], ["h", 2], ["f", 1]]),
    ((960, 540), [["q", 4], ["h", 2], ["f", 1]]),
    ((720, 1280), [["q", 4], ["h", 2], ["f", 1]]),
    ((640, 480), [["q", 2], ["h", 1]]),
    ((640, 360), [["q", 2], ["h", 1]]),
    ((480, 270), [["q", 2], ["h", 1]]),
    ((320, 240), [["q", 1]]),
]


@pytest.mark.parametrize("size, scales", SIZES, ids=[f"{width}x{height}" for (width, height), _ in SIZES])
def test_a_picture_is_sent_in_as_many_encodings_as_its_size_is_good_for(
        page: ChromiumPage, size: tuple[int, int], scales: list[list[Any]]) -> None:
    seen = page.evaluate("""async ([width, height]) => {
      const {sender, section: it} = section();
      await it.put(camera(width, height));
      return [sender.scales, sender.encodings.filter(({active}) => active).map(({maxBitrate}) => maxBitrate), sender.preference];
    }""", size)
    assert seen[0] == scales
    assert seen[1] == sorted(seen[1]) and all(50_000 <= bitrate <= 4_000_000 for bitrate in seen[1])
    assert seen[2] == "maintain-resolution"


def test_another_device_or_shape_changes_the_number(page: ChromiumPage) -> None:
    seen = page.evaluate("""async () => {
      const {sender, section: it} = section(), small = camera(640, 360), seen = [];
      await it.put(camera(1280, 720));
      seen.push(sender.scales.length);
      await it.put(small);
      seen.push(sender.scales.length);
      Object.assign(small.canvas, {width: 1280, height: 720});
      small.dispatchEvent(new Event("configurationchange"));
      await it.tune();
      seen.push(sender.scales.length);
      const calls = sender.calls.length;
      await it.put(null);
      await it.put(small);
      seen.push(sender.calls.length - calls);  // what is as it should be is not set again
      return seen;
    }""")
    assert seen == [3, 2, 3, 0]


def test_what_nobody_wants_is_switched_off_and_on_by_its_name(page: ChromiumPage) -> None:
    seen = page.evaluate("""async () => {
      const {sender, section: it} = section(), seen = [];
      await it.put(camera(1280, 720));
      for (const encodings of [
        [{rid: "q", active: true}, {rid: "h", active: true}, {rid: "f", active: false}],
        [{rid: "q", active: true}, {rid: "h", active: false}],  // f is not named: it stays as it was told last
        [{rid: "0", active: false}],
        [{rid: "q", active: true}, {rid: "h", active: true}, {rid: "f", active: true}],
      ]) {
        await it.want(encodings);
        seen.push(sender.active);
      }
      // A camera that is good for two encodings has two, whatever is wanted.
      await it.put(camera(640, 360));
      seen.push(sender.active);
      return seen;
    }""")
    assert seen == [
        {"q": True, "h": True, "f": False}, {"q": True, "h": False, "f": False}, {"q": True, "h": False, "f": False},
        {"q": True, "h": True, "f": True}, {"q": True, "h": True, "f": False}]


def test_no_more_bits_are_sent_than_are_of_use_to_a_viewer(page: ChromiumPage) -> None:
    seen = page.evaluate("""async () => {
      const {sender, section: it} = section(), seen = [];
      const limits = () => Object.fromEntries(sender.encodings.map(({rid, maxBitrate}) => [rid, maxBitrate]));
      await it.put(camera(1280, 720));
      seen.push(limits());
      for (const maxBitrate of [820_000, 50_000_000, undefined]) {
        await it.want([{rid: "q", active: true}, {rid: "h", active: true}, {rid: "f", active: true, maxBitrate}]);
        seen.push(limits());
      }
      return seen;
    }""")
    own = seen[0]
    assert own["f"] > 1_000_000
    # One's own limit stays where the server's is higher, and comes back where the server has none.
    assert seen[1:] == [{**own, "f": 820_000}, own, own]


def test_a_section_without_rids_is_never_switched_off(page: ChromiumPage) -> None:
    seen = page.evaluate("""async () => {
      const {sender, section: it} = section("single");
      await it.put(camera(1280, 720));
      await it.want([{rid: "q", active: false}, {rid: "f", active: false}]);
      return sender.encodings;
    }""")
    assert seen == [{"active": True}]


def test_changes_at_the_same_time_run_one_after_the_other_and_the_last_holds(page: ChromiumPage) -> None:
    seen = page.evaluate("""async () => {
      const {sender, section: it} = section();
      const on = (f) => it.want([{rid: "q", active: true}, {rid: "h", active: true}, {rid: "f", active: f}]);
      const all = [it.put(camera(1280, 720)), on(false), it.tune(), on(true), on(false), it.put(camera(960, 540)), on(true), on(false)];
      await Promise.all(all);
      return [sender.failures, sender.active, sender.calls.length];
    }""")
    assert seen[0] == 0 and seen[1] == {"q": True, "h": True, "f": False}
    assert seen[2] <= 3, "a change that is overtaken is not made"


@pytest.mark.parametrize("use, codec, modes", [
    ("simulcast", "VP8", [None] * 3), ("simulcast", "H264", [None] * 3), ("simulcast", "VP9", ["L1T3"] * 3),
    ("simulcast", "AV1", ["L1T3"] * 3), ("svc", "VP9", ["L3T3_KEY"]), ("svc", "AV1", ["L3T3_KEY"]), ("svc", "VP8", [None]),
])
def test_vp9_and_av1_have_a_mode_on_each_encoding(page: ChromiumPage, use: str, codec: str, modes: list[str | None]) -> None:
    offered, negotiated = page.evaluate("""async ([use, codec]) => {
      const modes = (encodings) => encodings.map(({scalabilityMode}) => scalabilityMode ?? null);
      const {sender, section: it} = section(use, codec, codec);
      await it.put(camera(1280, 720));
      const other = section(use, codec, "VP9");  // another codec was expected than the answer has
      await other.section.put(camera(1280, 720));
      return [modes(sender.encodings), modes(other.sender.encodings)];
    }""", [use, codec])
    assert offered == modes
    if use == "svc" or codec in ("VP9", "AV1"):
        assert negotiated == modes


def test_cameras_are_about_motion_and_screens_about_detail_unless_the_page_says_otherwise(page: ChromiumPage) -> None:
    seen = page.evaluate("""async (joined) => {
      const {session} = await golden.join(joined), own = camera(640, 360), [first, second] = [camera(1280, 720), camera(1280, 720)];
      own.contentHint = "text";
      await session.publish("camera", first);
      await session.publish("screen", second);
      const hints = [first.contentHint, second.contentHint];
      await session.publish("screen", own);
      return [...hints, own.contentHint];
    }""", server("joined"))
    assert seen == ["motion", "detail", "text"]


def test_a_browser_takes_the_encodings_and_sends_them(page: ChromiumPage) -> None:
    """Two connections in the page: what Chromium makes of the parameters."""
    seen = page.evaluate("""async () => {
      const peer = new golden.Peer({
        seats: 0, screens: 0, extraAudio: 0, publish: ["camera"], simulcast: true, codecs: {video: ["VP8"], audio: ["opus"]},
      });
      const {offer} = await peer.offer();
      await peer.put("camera", camera(640, 360));
      await peer.tune();
      const active = () => peer.sender("camera").getParameters().encodings.map(({rid, active, scaleResolutionDownBy}) => [rid, active, scaleResolutionDownBy]);
      const seen = [active()];
      await peer.put("camera", camera(1280, 720));
      await peer.want("camera", [{rid: "q", active: true}, {rid: "h", active: true}, {rid: "f", active: false}]);
      seen.push(active(), offer.includes("a=simulcast:send q;h;f"));
      peer.close();
      return seen;
    }""")
    assert seen == [
        [["q", True, 2], ["h", True, 1], ["f", False, 1]], [["q", True, 4], ["h", True, 2], ["f", False, 1]], True]


def test_the_second_codec_is_sent_while_it_is_wanted_and_the_source_is_live(page: ChromiumPage) -> None:
    seen = page.evaluate("""async (joined) => {
      const {session, socket, peer} = await golden.join(joined), {camera: sender} = peer.senders, seen = [];
      let seq = 0;
      const say = (type, fields) => socket.receive({type, ...fields, seq: ++seq});
      const [first, second] = [camera(1280, 720), camera(1280, 720)];
      const look = async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        seen.push(sender.second === first ? "first" : sender.second === second ? "second" : sender.second ?? null);
      };
      await session.publish("camera", first);
      await look();
      say("secondCodec", {source: "camera", active: true});
      await look();
      await session.replaceTrack("camera", second);
      await look();
      say("secondCodec", {source: "camera", active: false});
      await look();
      say("secondCodec", {source: "camera", active: true});
      await session.unpublish("camera");
      await look();
      // Off stage nothing is sent; on stage again the server's last word holds.
      await session.publish("camera", first);
      await look();
      say("stageState", {state: "audience", cause: "demoted", version: 2});
      await look();
      say("stageState", {state: "onStage", cause: "approved", version: 3});
      await look();
      return seen;
    }""", server("joined"))
    assert seen == [None, "first", "second", None, None, "first", None, "first"]


def test_another_connection_begins_without_what_the_last_was_told(page: ChromiumPage) -> None:
    seen = page.evaluate("""async (joined) => {
      const next = () => golden.entered(joined);
      let entered = null;
      const {session, socket, peer} = await golden.join(joined, async () => (entered = next()));
      await session.publish("camera", camera(1280, 720));
      socket.receive({type: "secondCodec", source: "camera", active: true, seq: 1});
      socket.receive({type: "encodings", source: "camera", encodings: [{rid: "f", active: false}], seq: 2});
      await new Promise((resolve) => setTimeout(resolve, 100));
      const before = [Boolean(peer.senders.camera.second), peer.senders.camera.wanted];
      const back = new Promise((resolve) => session.addEventListener("reconnected", resolve));
      socket.lose();
      await back;
      await new Promise((resolve) => setTimeout(resolve, 200));
      const {camera: sender} = entered.peer.senders;
      return [before, Boolean(sender.track), Boolean(sender.second), sender.wanted ?? null];
    }""", server("joined"))
    assert seen == [[True, [{"rid": "f", "active": False}]], True, False, None]
