"""What the app says of a slow network: in plain words, only of what lasts, and that it is over."""

from typing import Any

from harness.chromium import Chromium
from harness.rehearsal import open_rehearsal
from test_appearance import VIEWER

BANNER = "#connection-banner"


def carry(page: Any, *layers: tuple[int, int]) -> None:
    page.evaluate("(layers) => rehearsed.carry(...layers)", [list(pair) for pair in layers])


def test_a_slow_network_is_told_and_taken_back(chromium: Chromium, site: str) -> None:
    page = open_rehearsal(chromium, site)
    page.evaluate("(cast) => rehearse(cast)", {**VIEWER, "members": 2})
    page.evaluate("""() => {
      window.said = [];
      const banner = document.querySelector("#connection-banner");
      new MutationObserver(() => { if (said.at(-1) !== banner.textContent) said.push(banner.textContent); })
        .observe(banner, {childList: true, characterData: true, subtree: true});
    }""")
    clock = page.playwright.clock
    clock.install()
    clock.pause_at(page.evaluate("() => Date.now() + 60_000"))
    carry(page, (2, 3), (3, 3))
    # Nothing is said at once, and nothing of what lasts a moment.
    clock.run_for(2500)
    assert page.playwright.is_hidden(BANNER)
    carry(page, (3, 3), (3, 3))
    clock.run_for(2500)
    assert page.playwright.is_hidden(BANNER)
    carry(page, (2, 3), (2, 3))
    clock.run_for(3500)
    assert "less sharp" in page.playwright.inner_text(BANNER)
    carry(page, (0, 3), (1, 3))
    clock.run_for(3500)
    assert "too slow for all pictures" in page.playwright.inner_text(BANNER)
    carry(page, (3, 3), (3, 3))
    clock.run_for(7500)
    assert "too slow for all pictures" in page.playwright.inner_text(BANNER)
    clock.run_for(1000)
    assert "fast enough again" in page.playwright.inner_text(BANNER)
    clock.run_for(5000)
    assert page.playwright.is_hidden(BANNER)
    said = [text for text in page.evaluate("() => said") if text]
    assert ["sharp" in text for text in said] == [True, False, False], said
    assert page.errors == []
    page.close()


def test_a_picture_that_does_not_fit_has_words_in_its_place(chromium: Chromium, site: str) -> None:
    page = open_rehearsal(chromium, site)
    page.evaluate("(cast) => rehearse(cast)", {**VIEWER, "members": 2, "screen": True})
    page.evaluate("""() => {
      for (const place of [rehearsed.seats[0], rehearsed.screen]) place.video = {...place.video, state: "paused", reason: "bandwidth"};
      rehearsed.tell("slots", {seats: [rehearsed.seats[0], rehearsed.screen]});
    }""")
    notes = page.evaluate("""() => [...document.querySelectorAll(".tile:not([hidden]) .avatar small")]
      .filter((note) => note.checkVisibility({visibilityProperty: true, opacityProperty: true})).map(({textContent}) => textContent).filter(Boolean)""")
    assert sorted(notes) == ["Your connection is too slow for this picture", "Your connection is too slow for this screen"]
    assert page.errors == []
    page.close()
