"""What is told in passing: it leaves by itself, never piles up, and speaks to people."""

import re
from typing import Any

import pytest

from harness.chromium import Chromium, ChromiumPage
from harness.page import wait_for
from harness.paths import REPOSITORY, WEB
from harness.rehearsal import open_rehearsal
from test_appearance import HOST, VIEWER

TOASTS = "() => [...document.querySelectorAll('.toast')].map((toast) => toast.textContent)"
TOAST = "([text, options]) => import('/toasts.js').then(({toast}) => toast(text, options ?? {}))"


@pytest.fixture
def page(chromium: Chromium, site: str) -> Any:
    """The page's time is the test's."""
    page = open_rehearsal(chromium, site)
    page.playwright.clock.install()
    page.playwright.clock.pause_at(page.evaluate("() => Date.now() + 60_000"))
    page.evaluate("(cast) => rehearse(cast)", {**VIEWER, "members": 0})
    yield page
    assert page.errors == []
    page.close()


def test_toasts_leave_by_themselves(page: ChromiumPage) -> None:
    page.evaluate(TOAST, ["A word", {}])
    page.evaluate(TOAST, ["A fault", {"isError": True}])
    assert page.evaluate(TOASTS) == ["A word", "A fault"]
    page.playwright.clock.run_for(5000)
    assert page.evaluate(TOASTS) == ["A fault"]
    page.playwright.clock.run_for(5000)
    assert page.evaluate(TOASTS) == []


def test_toasts_do_not_pile_up(page: ChromiumPage) -> None:
    for text in ("one", "one", "two", "three", "four"):
        page.evaluate(TOAST, [text])
    assert page.evaluate(TOASTS) == ["two", "three", "four"]
    page.evaluate(TOAST, ["muted", {"topic": "microphone"}])
    page.evaluate(TOAST, ["not muted", {"topic": "microphone"}])
    assert page.evaluate(TOASTS) == ["three", "four", "not muted"]


def test_a_repeated_toast_stays_its_full_time(page: ChromiumPage) -> None:
    page.evaluate(TOAST, ["A word"])
    page.playwright.clock.run_for(4000)
    page.evaluate(TOAST, ["A word"])
    page.playwright.clock.run_for(4000)
    assert page.evaluate(TOASTS) == ["A word"]


def test_each_toast_is_announced_once(page: ChromiumPage) -> None:
    region = page.playwright.locator("#toasts")
    assert region.get_attribute("aria-live") == "polite" and region.get_attribute("aria-atomic") == "false"
    assert page.playwright.locator("[aria-live], [role=alert], [role=status]").locator("#toasts").count() == 0


def test_what_is_no_longer_true_is_taken_back(page: ChromiumPage) -> None:
    page.evaluate("(cast) => rehearse(cast)", {**HOST, "requests": 1})
    assert page.evaluate(TOASTS) == ["Margaret Hamilton raised a hand"]
    page.evaluate("() => rehearsed.change({participant: 'r0', name: 'Margaret Hamilton', role: 'viewer', state: 'audience'})")
    assert page.evaluate(TOASTS) == []
    page.evaluate(TOAST, ["A word"])
    page.evaluate("() => rehearsal.close()")
    assert page.evaluate(TOASTS) == []


@pytest.mark.parametrize("code, expected", [("queueFull", "hands"), ("neverHeardOf", "(neverHeardOf)"), (None, "Reload")])
def test_faults_are_told_in_plain_words(page: ChromiumPage, code: str | None, expected: str) -> None:
    fault = {"code": code, "message": "stage.request: queue depth 64 exceeded"}
    page.evaluate("(cast) => rehearse(cast)", {**VIEWER, "fault": fault})
    page.playwright.click("#raise-hand")
    wait_for(page, "() => document.querySelector('.toast.error')")
    [said] = page.evaluate(TOASTS)
    assert expected in said and "stage.request" not in said


def test_the_browsers_own_refusals_keep_their_advice(page: ChromiumPage) -> None:
    fault = {"code": "deviceBusy", "message": "The camera cannot be read. Close the other program."}
    page.evaluate("(cast) => rehearse(cast)", {**VIEWER, "fault": fault})
    page.playwright.click("#raise-hand")
    wait_for(page, "() => document.querySelector('.toast.error')")
    assert page.evaluate(TOASTS) == [fault["message"]]


def test_every_code_of_the_protocol_has_words() -> None:
    text = (REPOSITORY / "Signaling" / "README.md").read_text()
    table = text.split("## Errors")[1].split("Close codes")[0]
    codes = {code for line in table.splitlines() if line.startswith("| `") and not line.startswith("| `code`")
             for code in re.findall(r"`(\w+)`", line.split("|")[1])}
    module = (WEB / "words.js").read_text()
    words = set(re.findall(r"^  (\w+): \"", module, re.MULTILINE))
    # These have words of the SDK's own.
    words |= set(re.findall(r'"(\w+)"', module.split("const spoken")[1].split(";")[0]))
    assert len(codes) > 20 and codes - words == set()
