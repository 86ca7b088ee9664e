"""The app's looks without a server, in sizes and casts that real browsers on one machine could not fill; a picture of each."""

from typing import Any

import pytest

from harness.chromium import Chromium
from harness.files import FileServer
from harness.page import wait_for, wait_for_lobby
from harness.rehearsal import open_rehearsal
from harness.paths import CLIENT, WEB, output_directory

SIZES = {"wide": (1280, 800), "phone": (390, 844), "landscape": (844, 390)}

HOST: dict[str, Any] = {"members": 3, "role": "host", "state": "onStage", "audience": 1204, "requests": 3, "off": 2,
                        "speakers": ["p0", "self"]}
VIEWER: dict[str, Any] = {"members": 2, "role": "viewer", "state": "audience", "audience": 37, "requests": 0}
CASTS: dict[str, dict[str, Any]] = {
    "host": HOST,
    "viewer": VIEWER,
    "invited": {**VIEWER, "members": 1, "state": "invited"},
    "guest": {**VIEWER, "members": 1, "state": "onStage", "speakers": ["p0"]},
    "away": {**HOST, "members": 2, "isAway": True, "speakers": []},
    "raised": {**VIEWER, "members": 4, "state": "requested"},
    "screen": {**VIEWER, "members": 4, "screen": True},
    "full": {**HOST, "members": 7, "requests": 1, "speakers": ["p0", "p2", "p6"]},
    "empty": {**VIEWER, "members": 0},
}


# Who is shown as speaking: a ring that is seen, a mark that is read out; for those without a tile the name stands out.
SPEAKING = """(expected) => JSON.stringify([...document.querySelectorAll(".tile:not([hidden])")].filter((tile) => {
  const mark = tile.querySelector("[role=img][aria-label=speaking]");
  const isMarked = getComputedStyle(mark).display !== "none", hasRing = getComputedStyle(tile, "::after").opacity > 0.9;
  return hasRing && isMarked;
}).map((tile) => tile.getAttribute("aria-label"))
  .concat([...document.querySelectorAll(".also .speaking")].map((name) => name.textContent)).sort()) === JSON.stringify(expected)
  && [...document.querySelectorAll(".tile:not([hidden])")].every((tile) => (getComputedStyle(tile, "::after").opacity > 0.01)
    === (getComputedStyle(tile.querySelector("[role=img][aria-label=speaking]")).display !== "none"))"""
# As app.js says it; a rehearsal has no end of its own.
END = """() => {
  rehearsal.close();
  document.getElementById("ended-title").textContent = "The event is over";
  document.getElementById("ended-text").textContent = "A host has ended it.";
  document.getElementById("ended").hidden = false;
}"""
# The screen before the stage opens.
WAIT = """async () => {
  document.getElementById("ended").hidden = true;
  const {Waiting} = await import("/waiting.js");
  new Waiting().until(({onWaiting}) => new Promise(() => onWaiting()), () => {}).catch(() => {});
}"""
# Where things are does not depend on the colours: each size in one scheme, in the other only in the long run.
LOOKS = [pytest.param(size, scheme, marks=[] if scheme == usual else pytest.mark.long, id=f"{size}-{scheme}")
         for size, usual in {"wide": "dark", "phone": "light", "landscape": "dark"}.items() for scheme in ("dark", "light")]
NAMES = ["Grace Hopper", "Edsger Dijkstra", "Barbara Liskov", "Tony Hoare", "Frances Allen", "Niklaus Wirth", "Ken Thompson"]


# Visible buttons that reach beyond the window, and sideways scrolling.
OUTSIDE = """() => [...document.querySelectorAll("button, .tile, dialog")]
      .filter((element) => element.offsetParent && !element.closest(".people, .lobby"))
      .filter((element) => {
        const {left, top, right, bottom} = element.getBoundingClientRect();
        return left < -1 || right > innerWidth + 1 || top < -1 || bottom > innerHeight + 1;
      }).map((element) => element.id || element.className)
      .concat(document.documentElement.scrollWidth > innerWidth ? ["sideways"] : [])"""


def assert_everything_fits(page: Any) -> None:
    """When all that moves has come to rest, everything is within the window."""
    wait_for(page, f"() => ({OUTSIDE})().length === 0", what=f"outside are {page.evaluate(OUTSIDE)}, and nothing")


@pytest.mark.parametrize("size, scheme", LOOKS)
def test_the_room_fits(chromium: Chromium, site: str, size: str, scheme: str) -> None:
    page = open_rehearsal(chromium, site, *SIZES[size], color_scheme=scheme, has_touch=size != "wide")
    for name, cast in CASTS.items():
        page.evaluate("(cast) => rehearse(cast)", cast)
        tiles = page.evaluate("() => document.querySelectorAll('.tile:not([hidden])').length")
        own = 1 if cast["state"] == "onStage" else 0
        assert tiles == min(cast["members"], 6) + own + (1 if cast.get("screen") else 0)
        names = {"self": "Ada Lovelace (you)", **{f"p{number}": name for number, name in enumerate(NAMES)}}
        expected = sorted(names[speaker] for speaker in cast.get("speakers", []))
        page.playwright.wait_for_timeout(300)  # transitions, for the picture
        wait_for(page, SPEAKING, expected, what=f"{expected} speak")
        assert_everything_fits(page)
        page.evaluate("() => document.activeElement.blur()")  # the ring of the cast before
        page.screenshot(output_directory() / f"app-{name}-{size}-{scheme}.png")
    assert page.errors == []
    page.close()


@pytest.mark.parametrize("size, scheme", LOOKS)
def test_the_lobby_fits(chromium: Chromium, site: str, size: str, scheme: str) -> None:
    page = chromium.open(*SIZES[size], color_scheme=scheme, has_touch=size != "wide")
    for name, address in {"invited": f"{site}/?room=friday-night", "new": site}.items():
        page.goto(address)
        wait_for_lobby(page)
        assert_everything_fits(page)
        page.screenshot(output_directory() / f"lobby-{name}-{size}-{scheme}.png")
    page.playwright.fill("#name", "Ada Lovelace")
    page.playwright.click("#join-host")
    wait_for(page, "() => document.querySelector('#preview-video').videoWidth")
    assert_everything_fits(page)
    page.screenshot(output_directory() / f"lobby-preview-{size}-{scheme}.png")
    assert page.errors == []
    page.close()


@pytest.mark.parametrize("size", SIZES)
def test_what_the_preview_says_can_be_read(chromium: Chromium, site: str, size: str) -> None:
    page = chromium.open(*SIZES[size], has_touch=size != "wide")
    page.playwright.add_init_script("""
      navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "NotAllowedError"); };
    """)
    page.goto(f"{site}/?room=friday-night")
    page.playwright.fill("#name", "Grace")
    page.playwright.click("#join-host")
    wait_for(page, "() => document.querySelector('#preview-state').textContent.includes('allow')")
    covered = page.evaluate("""() => {
      const range = document.createRange(), controls = document.querySelector(".preview-controls").getBoundingClientRect();
      range.selectNodeContents(document.querySelector("#preview-state"));
      const text = range.getBoundingClientRect();
      return text.bottom > controls.top && text.top < controls.bottom;
    }""")
    assert not covered
    page.screenshot(output_directory() / f"lobby-denied-{size}.png")
    page.close()


def test_a_server_with_keys_says_nothing_of_development(chromium: Chromium) -> None:
    page = chromium.open()
    with FileServer(WEB, {"/client/": CLIENT}, {"/v1/configuration": {"development": False}}) as files:
        with page.playwright.expect_response("**/v1/configuration"):
            page.goto(f"{files.url}/?room=friday-night")
        wait_for_lobby(page)
        assert not page.playwright.is_visible("#development-notice")
        page.close()


def test_a_viewer_is_asked_for_nothing(chromium: Chromium, site: str) -> None:
    page = chromium.open()
    page.playwright.add_init_script("""
      window.asked = [];
      navigator.mediaDevices.getUserMedia = async (wish) => { asked.push(wish); throw new DOMException("", "NotAllowedError"); };
    """)
    page.goto(f"{site}/?room=friday-night")
    page.playwright.fill("#name", "Grace")
    assert page.evaluate("() => asked") == []
    page.playwright.click("#join-host")
    said = wait_for(page, "() => document.querySelector('#preview-state').textContent.includes('allow') && "
                          "document.querySelector('#preview-state').textContent")
    assert "address bar" in said and page.evaluate("() => Boolean(asked[0].video && asked[0].audio)"), "both in one question"
    page.screenshot(output_directory() / "lobby-denied.png")
    page.close()


def test_an_insecure_page_says_what_to_do(chromium: Chromium, site: str) -> None:
    page = chromium.open()
    page.playwright.add_init_script("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    page.goto(f"{site}/?room=friday-night")
    wait_for_lobby(page)
    notice = page.playwright.locator("#device-notice")
    assert notice.is_visible() and "https" in notice.inner_text() and "localhost" in notice.inner_text()
    page.screenshot(output_directory() / "lobby-insecure.png")
    page.close()


# What is wider than the place it has, and texts that are cut: of what is seen in the window or the dialog that covers it.
CUT = """() => {
  const top = document.querySelector("dialog[open]") ?? document.body, seen = [...top.querySelectorAll("*")]
    .filter((element) => element.checkVisibility({visibilityProperty: true}) && !element.closest("svg, .unseen, .wide, .controls span, option"));
  const texts = seen.filter((element) => [...element.childNodes].some(({nodeType, data}) => nodeType === 3 && data.trim()));
  const name = (element) => `${element.tagName} ${element.id || element.className}: ${element.textContent.slice(0, 40)}`;
  const outside = seen.filter((element) => {
    const {left, right, width} = element.getBoundingClientRect();
    return width > 0 && (left < -1 || right > innerWidth + 1);
  });
  const cut = texts.filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
    && getComputedStyle(element).overflow !== "visible" && !element.closest(".name-tag, #room-name"));
  // A long name of a person or a room ends in dots, but is not gone.
  const gone = [...document.querySelectorAll("#room-name, .name-tag > span")].filter((element) => element.checkVisibility() && element.clientWidth < 40);
  return [...outside, ...cut, ...gone].map(name).concat(document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : []);
}"""


@pytest.mark.parametrize("scheme", [pytest.param("dark", marks=pytest.mark.long), "light"])
def test_everything_can_be_read_on_the_narrowest_screen(chromium: Chromium, site: str, scheme: str) -> None:
    """320 pixels: the smallest phones, and a window of 1280 at 400 % (WCAG 1.4.10)."""
    page = open_rehearsal(chromium, site, 320, 568, color_scheme=scheme, has_touch=True)
    cut: dict[str, list[str]] = {}
    casts = {**CASTS, "other format": {**VIEWER, "members": 4, "cannotDecode": 1}}
    presses = {"people": ["#people-toggle"], "end of show": ["#people-toggle", "#end-room"], "keys": ["#keys-open"],
               "invitations": ["#people-toggle", "#invitations-open"]}
    for name in [*casts, *presses]:
        page.evaluate("(cast) => rehearse(cast)", casts.get(name, HOST))
        for selector in presses.get(name, []):
            page.playwright.click(selector)
        page.playwright.wait_for_timeout(300)  # transitions, for the picture
        if name not in presses:
            assert_everything_fits(page)
        page.screenshot(output_directory() / f"narrow-{name.replace(' ', '-')}-{scheme}.png")
        cut[name] = page.evaluate(CUT)
    page.evaluate(END)
    cut["ended"] = page.evaluate(CUT)
    page.evaluate(WAIT)
    page.screenshot(output_directory() / f"narrow-waiting-{scheme}.png")
    cut["waiting"] = page.evaluate(CUT)
    page.goto(f"{site}/?room=friday-night")
    wait_for_lobby(page)
    cut["lobby"] = page.evaluate(CUT)
    page.screenshot(output_directory() / f"narrow-lobby-{scheme}.png")
    assert {name: faults for name, faults in cut.items() if faults} == {}
    page.close()
