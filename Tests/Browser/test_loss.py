"""Datagrams get lost on the way to a viewer, or from a publisher: what repair does for the picture in real browsers."""

import json
import os
from collections.abc import Iterator

import pytest

from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.network import Network
from harness.page import Page, wait_for
from harness.participant import Browser, Participant
from harness.paths import output_directory
from harness.server import ForestageServer

# Seconds that each picture is watched; the figures in Docs/Repair.md come from 25.
SECONDS = float(os.environ.get("FORESTAGE_LOSS_SECONDS", "5"))
# Which shares of the datagrams are lost, in percent; 0 shows what the machine can do.
SHARES = [float(share) for share in os.environ.get("FORESTAGE_LOSS_PERCENT", "5").split(",")]

KEEP = "() => testpage.keepConnections()"
KEEP_WITHOUT_REPAIR = "() => testpage.keepConnections(testpage.withoutRepair)"
PORTS = "() => testpage.ports()"

table: list[dict[str, object]] = []


@pytest.fixture(scope="module")
def chromium(network: Network) -> Iterator[Chromium]:
    with Chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def firefox(network: Network) -> Iterator[Firefox]:
    with Firefox() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(network: Network) -> Iterator[ForestageServer]:
    # Datagram by datagram: where the server joins them, one drop would be of many.
    with ForestageServer(media_addresses=(network.ADDRESS,), extra=("--no-gso",)) as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def report() -> Iterator[None]:
    """Prints what was measured, and writes it down."""
    table.clear()
    yield
    if not table:
        return
    (output_directory() / "loss.json").write_text(json.dumps(table, indent=2) + "\n")
    columns = ["way", "browser", "percent", "repair", "fps", "freezesPerMinute", "frozenMsPerMinute", "longestMs", "nack", "pli"]
    print("\n" + "  ".join(columns))
    for row in table:
        print("  ".join(f"{row[column]:>{len(column)}}" for column in columns))


def watch(pages: list[Page]) -> list[dict[str, float]]:
    """Watches the first seat of each page, all at the same time."""
    for page in pages:
        page.evaluate("(seconds) => { window.watched = testpage.watch({ seconds }); return null; }", SECONDS)
    return [page.evaluate("() => window.watched") for page in pages]


def note(way: str, browser: str, percent: float, repair: bool, seen: dict[str, float]) -> dict[str, float]:
    minutes = seen["seconds"] / 60
    table.append({
        "way": way, "browser": browser, "percent": percent, "repair": "with" if repair else "without",
        "fps": round(seen["framesPerSecond"], 1), "freezesPerMinute": round(seen["freezes"] / minutes, 1),
        "frozenMsPerMinute": round(seen["frozenMs"] / minutes), "longestMs": round(seen["longestMs"]),
        "nack": seen["nack"], "pli": seen["pli"], "seconds": round(seen["seconds"], 1),
        "shownPerSecond": round(seen["shownPerSecond"], 1), "ownFreezes": seen["ownFreezes"],
    })
    return seen


@pytest.mark.parametrize("percent", SHARES)
def test_viewers(
    network: Network, chromium: Chromium, firefox: Firefox, server: ForestageServer, percent: float
) -> None:
    host = Participant(chromium, server, f"down-{percent}", "Ada", role="host", publishes=True, simulcast=False, fps=30)
    browsers: dict[str, Browser] = {"chromium": chromium, "firefox": firefox}
    viewers = {
        (name, repair): Participant(
            browser, server, f"down-{percent}", f"{name} {repair}", prepare=KEEP if repair else KEEP_WITHOUT_REPAIR)
        for name, browser in browsers.items() for repair in (True, False)}
    for viewer in viewers.values():
        viewer.wait_to_see(host)
    ports = [wait_for(viewer.page, PORTS) for viewer in viewers.values()]
    network.lose({f"udp sport {pair['remote']} udp dport {pair['local']}": percent for pair in ports})
    figures = watch([viewer.page for viewer in viewers.values()])
    for (_, repair), viewer in viewers.items():
        if repair:
            viewer.wait_for_frames(host)
    counts = network.lost()
    network.lose({})
    seen = {key: note("to viewer", *(key[0], percent, key[1]), figure) for key, figure in zip(viewers, figures)}
    print("arrived, lost:", counts)
    assert all((lost > 0) == (percent > 0) for _, lost in counts), counts
    for name in browsers:
        # All see the same pictures on the same machine; how smooth they are is its business, and is printed.
        assert percent == 0 or seen[name, True]["framesPerSecond"] > seen[name, False]["framesPerSecond"], seen
    for viewer in viewers.values():
        viewer.wait_to_see(host)
        viewer.wait_for_frames(host)
    for participant in (*viewers.values(), host):
        assert participant.errors() == []
        participant.leave()


@pytest.mark.parametrize("name", ["chromium", "firefox"])
@pytest.mark.parametrize("percent", SHARES)
def test_publishers(
    network: Network, chromium: Chromium, server: ForestageServer, percent: float, name: str,
    request: pytest.FixtureRequest
) -> None:
    browser: Browser = request.getfixturevalue(name)
    pairs: list[tuple[Participant, Participant]] = []
    for repair in (True, False):
        room = f"up-{name}-{percent}-{repair}"
        host = Participant(
            browser, server, room, "Ada", role="host", publishes=True, simulcast=False, fps=30,
            prepare=KEEP if repair else KEEP_WITHOUT_REPAIR)
        viewer = Participant(chromium, server, room, "Grace", prepare=KEEP)
        viewer.wait_to_see(host)
        pairs.append((host, viewer))
    ports = [wait_for(host.page, PORTS) for host, _ in pairs]
    network.lose({f"udp sport {pair['local']} udp dport {pair['remote']}": percent for pair in ports})
    figures = watch([viewer.page for _, viewer in pairs])
    repaired, viewer = pairs[0]
    viewer.wait_for_frames(repaired)
    asked = [host.page.evaluate("() => testpage.mostOf('outbound-rtp', 'video')").get("nackCount", 0) for host, _ in pairs]
    counts = network.lost()
    network.lose({})
    print("arrived, lost:", counts, "asked again:", asked)
    assert all((lost > 0) == (percent > 0) for _, lost in counts), counts
    for repair, figure in zip((True, False), figures):
        note("from publisher", name, percent, repair, figure)
    # The server asks for what is lost, where the publisher can send it again.
    assert asked[1] == 0 and (asked[0] > 0) == (percent > 0), asked
    for host, viewer in pairs:
        viewer.wait_to_see(host)
        viewer.wait_for_frames(host)
        for participant in (viewer, host):
            assert participant.errors() == []
            participant.leave()
