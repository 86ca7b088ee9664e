"""The SDK measures how large each seat is shown and which are hidden, and tells the server what changes (no server)."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.chromium import Chromium, ChromiumPage
from harness.golden import golden_page, server
from harness.page import wait_for

# `arrange()` joins and shows seat 0 (mid 2, occupied) in a tile of 320x180; `views()` are the entries told of it so far.
ARRANGE = """
  globalThis.arrange = async (joined, {style = "width: 320px; height: 180px", enter = null, options = {}} = {}) => {
    const all = await golden.join(joined, enter, options);
    const tile = document.createElement("div"), video = document.createElement("video");
    tile.style.cssText = style + "; position: relative";
    video.style.cssText = "width: 100%; height: 100%; object-fit: cover";
    tile.append(video);
    document.body.style.margin = 0;
    document.body.replaceChildren(tile);
    all.session.attach(all.session.seats[0], video);
    let seq = 0;
    all.say = (type, fields) => all.socket.receive({type, ...fields, seq: ++seq});
    const views = (socket = all.socket) => socket.sent.filter(({type}) => type === "view").flatMap(({slots}) => slots);
    Object.assign(globalThis, all, {tile, video, views});
  };
  globalThis.settled = (ms = 1000) => new Promise((resolve) => setTimeout(resolve, ms));
"""
ARRANGED = "(joined) => arrange(joined)"
JOINED = server("joined")
TILE = {"mid": "2", "width": 320, "height": 180}
HIDDEN = {"mid": "2", "visible": False}


@pytest.fixture
def page(chromium: Chromium) -> Iterator[ChromiumPage]:
    with golden_page(chromium) as page:
        page.evaluate("(source) => { (0, eval)(source); }", ARRANGE)
        yield page


def views(page: ChromiumPage) -> list[dict[str, Any]]:
    return page.evaluate("() => views()")


def wait_for_view(page: ChromiumPage, *expected: dict[str, Any]) -> None:
    """Until exactly these entries were told, and nothing more follows."""
    wait_for(page, "(count) => views().length >= count", len(expected), what=f"told {expected}")
    page.evaluate("() => settled()")
    assert views(page) == list(expected)


def test_a_size_is_told_once_and_again_where_it_changes(page: ChromiumPage) -> None:
    page.evaluate(ARRANGED, JOINED)
    wait_for_view(page, TILE)
    page.evaluate("() => { tile.style.width = '640px'; tile.style.height = '360px'; }")
    large = {"mid": "2", "width": 640, "height": 360}
    wait_for_view(page, TILE, large)
    page.evaluate("() => { tile.style.width = '320px'; tile.style.height = '180px'; }")
    wait_for_view(page, TILE, large, TILE)


def test_sizes_are_in_device_pixels(chromium: Chromium) -> None:
    with golden_page(chromium, device_scale_factor=2) as page:
        page.evaluate("(source) => { (0, eval)(source); }", ARRANGE)
        page.evaluate(ARRANGED, JOINED)
        wait_for_view(page, {"mid": "2", "width": 640, "height": 360})


def test_bars_beside_a_picture_that_is_shown_whole_do_not_count(page: ChromiumPage) -> None:
    page.evaluate("(joined) => arrange(joined, {style: 'width: 400px; height: 400px'})", JOINED)
    wait_for_view(page, {"mid": "2", "width": 400, "height": 400})
    page.evaluate("""async () => {
      const canvas = Object.assign(document.createElement("canvas"), {width: 160, height: 80});
      canvas.getContext("2d").fillRect(0, 0, 160, 80);
      video.style.objectFit = "contain";
      video.srcObject = canvas.captureStream(5);
      window.drawing = setInterval(() => canvas.getContext("2d").fillRect(0, 0, 160, 80), 100);
    }""")
    wait_for_view(page, {"mid": "2", "width": 400, "height": 400}, {"mid": "2", "width": 400, "height": 200})
    page.evaluate("() => clearInterval(drawing)")


@pytest.mark.parametrize("hide, show", [
    ("tile.style.display = 'none'", "tile.style.display = ''"),
    ("tile.style.transform = 'translateY(3000px)'", "tile.style.transform = ''"),
    ("tile.remove()", "document.body.append(tile)"),
    ("Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true}); document.dispatchEvent(new Event('visibilitychange'))",
     "delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))"),
    ("window.undo = session.attach(session.seats[0], video); undo()", "session.attach(session.seats[0], video)"),
], ids=["not displayed", "scrolled away", "removed", "page in the background", "detached"])
def test_a_hidden_tile_is_told_and_a_shown_one_with_its_size(page: ChromiumPage, hide: str, show: str) -> None:
    page.evaluate(ARRANGED, JOINED)
    wait_for_view(page, TILE)
    page.evaluate(f"() => {{ {hide}; }}")
    wait_for_view(page, TILE, HIDDEN)
    page.evaluate(f"() => {{ {show}; }}")
    wait_for_view(page, TILE, HIDDEN, TILE)


def test_an_element_that_was_never_in_the_page_is_not_hidden(page: ChromiumPage) -> None:
    """A page may draw from it with code of its own."""
    page.evaluate("""async (joined) => {
      await arrange(joined);
      const free = document.createElement("video");
      session.attach(session.screen, free);
      say("slots", {slots: [{mid: "4", use: "screen", seat: 0, state: "playing", participant: "participant-1", track: "t", source: "screen", csrc: 1}]});
      window.free = free;
    }""", JOINED)
    page.evaluate("() => settled()")
    # A screen goes before faces; it has the size of the largest tile until its own is known.
    screens = [entry for entry in views(page) if entry["mid"] == "4"]
    assert screens and all("visible" not in entry and entry["priority"] == 10 for entry in screens)
    page.evaluate("() => { document.body.append(free); free.style.cssText = 'width: 200px; height: 100px'; }")
    wait_for(page, "() => views().at(-1).width === 200", what="the size of the screen")
    page.evaluate("() => { free.remove(); }")
    wait_for(page, "() => views().at(-1).visible === false && views().at(-1).mid === '4'", what="the screen is hidden")


def test_a_tile_that_comes_back_at_once_is_not_told(page: ChromiumPage) -> None:
    page.evaluate(ARRANGED, JOINED)
    wait_for_view(page, TILE)
    page.evaluate("""async () => {
      tile.style.display = "none";
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      tile.style.display = "";
    }""")
    wait_for_view(page, TILE)


def test_what_lies_over_a_paused_tile_does_not_hide_it(page: ChromiumPage) -> None:
    page.evaluate(ARRANGED, JOINED)
    wait_for_view(page, TILE)
    page.evaluate("""() => {
      const face = document.createElement("div");
      face.style.cssText = "position: absolute; inset: 0; background: #333; z-index: 2";
      tile.append(face);
      video.style.opacity = 0;
    }""")
    wait_for_view(page, TILE)


def test_a_tile_in_picture_in_picture_is_seen_though_the_page_is_not(page: ChromiumPage) -> None:
    page.evaluate(ARRANGED, JOINED)
    wait_for_view(page, TILE)
    # A window of picture-in-picture needs a click and a screen: the events are what the browser gives.
    page.evaluate("""() => {
      window.floating = Object.assign(new EventTarget(), {width: 480, height: 270});
      video.dispatchEvent(Object.assign(new Event("enterpictureinpicture"), {pictureInPictureWindow: floating}));
      Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    floating = {"mid": "2", "width": 480, "height": 270}
    wait_for_view(page, TILE, floating)
    page.evaluate("() => { Object.assign(floating, {width: 640, height: 360}); floating.dispatchEvent(new Event('resize')); }")
    wait_for_view(page, TILE, floating, {"mid": "2", "width": 640, "height": 360})
    page.evaluate("() => video.dispatchEvent(new Event('leavepictureinpicture'))")
    wait_for_view(page, TILE, floating, {"mid": "2", "width": 640, "height": 360}, HIDDEN)


def test_an_empty_seat_is_never_hidden_so_that_a_newcomer_is_shown_at_once(page: ChromiumPage) -> None:
    page.evaluate(ARRANGED, JOINED)
    wait_for_view(page, TILE)
    page.evaluate("""() => {
      say("slots", {slots: [{mid: "2", use: "seat", seat: 0, state: "empty"}]});
      tile.style.display = "none";
    }""")
    wait_for_view(page, TILE)
    # Who was hidden leaves: the seat is open for the next.
    playing = next(slot for slot in JOINED["slots"] if slot["mid"] == "2")
    page.evaluate("(slot) => say('slots', {slots: [slot]})", playing)
    wait_for_view(page, TILE, HIDDEN)
    page.evaluate("() => say('slots', {slots: [{mid: '2', use: 'seat', seat: 0, state: 'empty'}]})")
    wait_for_view(page, TILE, HIDDEN, TILE)


def test_a_tile_that_moves_all_the_time_is_told_seldom(page: ChromiumPage) -> None:
    page.evaluate(ARRANGED, JOINED)
    wait_for_view(page, TILE)
    elapsed, count = page.evaluate("""async () => {
      const start = performance.now(), before = socket.sent.length;
      for (let width = 321; width < 421; width += 1) {
        tile.style.width = `${width}px`;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return [performance.now() - start, socket.sent.length - before];
    }""")
    print(f"{count} messages in {elapsed:.0f} ms")
    assert 1 <= count <= elapsed / 200 + 1
    page.evaluate("() => settled()")
    assert views(page)[-1] == {"mid": "2", "width": 420, "height": 180}


def test_the_page_s_own_wish_goes_before_what_is_measured(page: ChromiumPage) -> None:
    page.evaluate(ARRANGED, JOINED)
    wait_for_view(page, TILE)
    member = next(member for member in JOINED["stage"]["members"] if member["tracks"])
    track = member["tracks"][0]["track"]
    page.evaluate("(track) => session.view(session.seats[0], {track, priority: 5})", track)
    wished = {**TILE, "track": track, "priority": 5}
    wait_for_view(page, TILE, wished)
    page.evaluate("() => { tile.style.width = '640px'; }")
    wait_for_view(page, TILE, wished, {**wished, "width": 640})
    # A wish for a track that has left the stage would be refused, and the size with it.
    page.evaluate("(participant) => say('stage', {version: 99, changes: [{participant, name: 'x', role: 'viewer', state: 'audience'}]})",
                  member["participant"])
    wait_for_view(page, TILE, wished, {**wished, "width": 640}, {**TILE, "width": 640, "priority": 5})
    page.evaluate("() => session.view(session.seats[0], {})")
    wait_for_view(page, TILE, wished, {**wished, "width": 640}, {**TILE, "width": 640, "priority": 5}, {**TILE, "width": 640})


def test_a_wish_that_the_server_refuses_rejects_and_does_not_stay(page: ChromiumPage) -> None:
    page.evaluate(ARRANGED, JOINED)
    wait_for_view(page, TILE)
    code = page.evaluate("""async () => {
      golden.ScriptedSocket.replies.set("view", {type: "error", code: "noSuchTrack", message: "there is no such track"});
      const code = await session.view(session.seats[0], {track: "track-99"}).catch((error) => error.code);
      golden.ScriptedSocket.replies.delete("view");
      tile.style.width = "640px";
      return code;
    }""")
    assert code == "noSuchTrack"
    wait_for_view(page, TILE, {**TILE, "track": "track-99"}, {**TILE, "width": 640})


def test_another_connection_is_told_all_of_it_again(page: ChromiumPage) -> None:
    told = page.evaluate("""async (joined) => {
      await arrange(joined, {enter: async () => (window.next = golden.entered(joined))});
      await settled();
      await session.view(session.screen, {priority: 9});
      socket.lose();
      for (let turn = 0; turn < 200 && !views(window.next?.socket ?? socket).some(({mid}) => mid === "4" && window.next); turn += 1) await settled(50);
      await settled();
      return views(next.socket);
    }""", JOINED)
    assert sorted(told, key=lambda entry: entry["mid"]) == [TILE, {"mid": "4", "priority": 9}]


def test_a_page_may_have_nothing_measured(page: ChromiumPage) -> None:
    page.evaluate("(joined) => arrange(joined, {options: {measures: false}})", JOINED)
    page.evaluate("() => { tile.style.width = '640px'; return settled(); }")
    assert views(page) == []
    page.evaluate("() => session.view(session.seats[0], {width: 100, height: 50})")
    wait_for_view(page, {"mid": "2", "width": 100, "height": 50})
