"""A participant in a browser page, whose picture and voice carry a number that others can recognise."""

import itertools
import time
from typing import Any, Protocol

from .page import LOST_SECONDS, Page, add_test_page, wait_for
from .server import ForestageServer

_identifiers = itertools.count(0x1A2B, 0x0F1D)


class Seen(Protocol):
    """Somebody whose picture can be recognised."""

    name: str
    identifier: int | None


class Browser(Protocol):
    def open(self) -> Page: ...


class Participant:
    """A page that has joined; `identifier` is what its picture says (None: it only watches)."""

    def __init__(self, browser: Browser, server: ForestageServer, room: str, name: str, *, role: str = "viewer",
                 publishes: bool = False, prepare: str | None = None, **options: Any):
        """`prepare` is JavaScript that the page calls before it joins; `options` go to the SDK's `connect`."""
        self.name = name
        self.identifier = next(_identifiers) & 0xFFFF if publishes else None
        self.page = browser.open()
        self.page.goto(server.url)  # for its origin; the app's lobby makes way for the videos
        add_test_page(self.page)
        if prepare:
            self.page.evaluate(prepare)
        self.participant: str = self.page.evaluate(
            "(options) => testpage.join(options)",
            {"id": self.identifier, "room": room, "name": name, "role": role, **options})

    def seen(self) -> dict[str, dict[str, Any]]:
        """What the seats show now, by the name of who sits there (shared screens aside)."""
        return {seat["name"]: seat for seat in self.page.evaluate("() => testpage.seen()") if seat["use"] == "seat"}

    def wait_to_see(self, *others: Seen, seconds: float = LOST_SECONDS) -> dict[str, dict[str, Any]]:
        """Until exactly these others are seen, each with the right picture in the seat that bears the name."""
        expected = {other.name: other.identifier for other in others}
        deadline = time.monotonic() + seconds
        while (seats := self.seen()) is not None:
            if {name: seat["id"] for name, seat in seats.items()} == expected:
                return seats
            assert time.monotonic() < deadline, (
                f"{self.name} should see {expected}, but sees {seats}; errors {self.errors()}")
            time.sleep(0.05)
        raise AssertionError

    def wait_for_frames(self, other: Seen, count: int = 3, seconds: float = LOST_SECONDS) -> None:
        """Until the other's frame counter was seen to move that often."""
        counters: set[int] = set()
        deadline = time.monotonic() + seconds
        while len(counters) <= count:
            seat = self.seen().get(other.name, {})
            if seat.get("id") == other.identifier and seat.get("counter") is not None:
                counters.add(seat["counter"])
            assert time.monotonic() < deadline, f"{self.name} sees a still picture of {other.name}: {seat}"
            time.sleep(0.05)

    def call(self, method: str, *arguments: Any) -> Any:
        """Calls a method of the session."""
        return self.page.evaluate(
            "([method, parameters]) => me.session[method](...parameters).then((value) => value ?? null)",
            [method, list(arguments)])

    def wait_for_state(self, state: str, seconds: float = LOST_SECONDS) -> None:
        wait_for(self.page, "(state) => me.session.state === state", state, seconds, f"{self.name} is {state}")

    def negotiations(self) -> int:
        return self.page.evaluate("() => me.session.negotiations")

    def errors(self) -> list[str]:
        return self.page.errors + self.page.evaluate("() => me.errors")

    def leave(self) -> None:
        self.page.evaluate("() => me.session.leave()")
        self.page.close()
