"""The app's looks without a server, in sizes and casts that real browsers on one machine could not fill; a picture of each."""

from typing import Any

import pytest

from harness.chromium import Chromium
from harness.files import FileServer
from harness.page import wait_for
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
SPEAKING = """() => [...document.querySelectorAll(".tile:not([hidden])")].filter((tile) => {
  const mark = tile.querySelector("[role=img][aria-label=speaking]");
  const isMarked = getComputedStyle(mark).display !== "none", hasRing = getComputedStyle(tile, "::after").opacity > 0.9;
  if (isMarked !== hasRing) throw new Error(`${tile.ariaLabel}: a ring or a mark alone`);
  return hasRing;
}).map((tile) => tile.getAttribute("aria-label"))
  .concat([...document.querySelectorAll(".also .speaking")].map((name) => name.textContent)).sort()"""
NAMES = ["Grace Hopper", "Edsger Dijkstra", "Barbara Liskov", "Tony Hoare", "Frances Allen", "Niklaus Wirth", "Ken Thompson"]


def assert_everything_fits(page: Any) -> None:
    """No sideways scrolling, and no visible button reaches beyond the window."""
    outside = page.evaluate("""() => [...document.querySelectorAll("button, .tile, dialog")]
      .filter((element) => element.offsetParent && !element.closest(".people, .lobby"))
      .filter((element) => {
        const {left, top, right, bottom} = element.getBoundingClientRect();
        return left < -1 || right > innerWidth + 1 || top < -1 || bottom > innerHeight + 1;
      }).map((element) => element.id || element.className)""")
    assert outside == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_the_room_fits(chromium: Chromium, site: str, size: str, scheme: str) -> None:
    page = open_rehearsal(chromium, site, *SIZES[size], color_scheme=scheme, has_touch=size != "wide")
    for name, cast in CASTS.items():
        page.evaluate("(cast) => rehearse(cast)", cast)
        tiles = page.evaluate("() => document.querySelectorAll('.tile:not([hidden])').length")
        own = 1 if cast["state"] == "onStage" else 0
        assert tiles == min(cast["members"], 6) + own + (1 if cast.get("screen") else 0)
        page.playwright.wait_for_timeout(400)
        names = {"self": "Ada Lovelace (you)", **{f"p{number}": name for number, name in enumerate(NAMES)}}
        assert page.evaluate(SPEAKING) == sorted(names[speaker] for speaker in cast.get("speakers", []))
        assert_everything_fits(page)
        page.screenshot(output_directory() / f"app-{name}-{size}-{scheme}.png")
    assert page.errors == []
    page.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_the_lobby_fits(chromium: Chromium, site: str, size: str, scheme: str) -> None:
    page = chromium.open(*SIZES[size], color_scheme=scheme, has_touch=size != "wide")
    for name, address in {"invited": f"{site}/?room=friday-night", "new": site}.items():
        page.goto(address)
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
    notice = page.playwright.locator("#device-notice")
    assert notice.is_visible() and "https" in notice.inner_text() and "localhost" in notice.inner_text()
    page.screenshot(output_directory() / "lobby-insecure.png")
    page.close()
