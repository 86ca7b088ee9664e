"""How long a join and a promotion take, over many runs. Prints percentiles; machines differ, so nothing is asserted on them."""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.page import wait_for
from harness.participant import Participant
from harness.paths import output_directory
from harness.server import ForestageServer

RUNS = int(os.environ.get("FORESTAGE_TIMES_RUNS", "5"))

# A server asks a publisher for a keyframe every 500 ms at most; runs in a row would measure that limit only.
PAUSE_SECONDS = 0.7

# Joins in a page that has the SDK loaded, watches until the first frame, and leaves: milliseconds of each step.
JOIN = """async (room) => {
  const {connect} = await import("/client/forestage.js");
  const session = await connect({room, name: "Grace"});
  const seat = session.seats.find(({participant}) => participant) ?? session.seats[0];
  const video = document.body.appendChild(document.createElement("video"));
  const shown = new Promise((resolve) => session.addEventListener("shown", resolve, {once: true}));
  session.attach(seat, video);
  await shown;
  // A busy Firefox may tell of the connection after the first frame.
  while (session.timing.connected === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  const {start, ...timing} = session.timing;
  await session.leave();
  video.remove();
  return timing;
}"""


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


def report(title: str, samples: dict[str, list[float]], capture: pytest.CaptureFixture[str]) -> None:
    """A table on the terminal, and the samples in times.json."""
    path = output_directory() / "times.json"
    known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**known, title: samples}, indent=1))
    with capture.disabled():
        print(f"\n{title}, {len(next(iter(samples.values())))} runs, milliseconds")
        for name, values in samples.items():
            p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
            print(f"  {name:<28} median {p50:6.0f}   p95 {p95:6.0f}   min {min(values):6.0f}   max {max(values):6.0f}")


@pytest.fixture
def host(chromium: Chromium, open_server: ForestageServer) -> Iterator[Participant]:
    host = Participant(chromium, open_server, "times", "Ada", role="host", publishes=True, fps=30)
    yield host
    host.leave()


@pytest.mark.parametrize("name", ["chromium", "firefox"])
def test_join_to_first_frame(
    name: str, host: Participant, open_server: ForestageServer, request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    browser: Chromium | Firefox = request.getfixturevalue(name)
    page = browser.open()
    page.goto(open_server.url)
    page.evaluate(JOIN, "times")  # the first run loads the SDK and warms the browser up
    runs = []
    for _ in range(RUNS):
        time.sleep(PAUSE_SECONDS)
        runs.append(page.evaluate(JOIN, "times"))
    page.close()
    steps = {"offer made": "offered", "joined": "joined", "connected (ICE and DTLS)": "connected", "first frame": "firstFrame"}
    report(f"Join to first frame, {name}", {title: [run[key] for run in runs] for title, key in steps.items()}, capsys)
    assert host.errors() == []


def test_approve_to_first_frame(
    chromium: Chromium, host: Participant, open_server: ForestageServer, capsys: pytest.CaptureFixture[str]
) -> None:
    guest = Participant(chromium, open_server, "times", "Grace", publishes=True, fps=30)
    viewer = Participant(chromium, open_server, "times", "Barbara")
    viewer.wait_to_see(host)
    seen, announced, granted = [], [], []
    for _ in range(RUNS):
        guest.call("raiseHand")
        time.sleep(PAUSE_SECONDS)
        viewer.page.evaluate("() => { me.shown.length = 0; }")
        approved = host.page.evaluate("(participant) => me.approve(participant)", guest.participant)
        first = wait_for(
            viewer.page, "(participant) => me.shown.find((entry) => entry.participant === participant)", guest.participant)
        seen.append(first["atMs"] - approved)
        announced.append(seen[-1] - first["sinceEnteredMs"])
        granted.append(guest.page.evaluate("() => me.states.findLast(({state}) => state === 'onStage').atMs") - approved)
        host.call("demote", guest.participant)
        guest.wait_for_state("audience")
        viewer.wait_to_see(host)
    report("Approve to first frame at another viewer, chromium",
           {"told to the newcomer": granted, "told to the viewer": announced, "first frame": seen}, capsys)
    for participant in (guest, viewer, host):
        assert participant.negotiations() == 0
        assert participant.errors() == []
    guest.leave()
    viewer.leave()
