"""Who joins late gets the last keyframe and all that came since: that must not make its player lag behind."""

import re
import time
import urllib.request

import pytest

from harness.chromium import Chromium
from harness.page import LOST_SECONDS
from harness.participant import Participant
from harness.server import ForestageServer

# The numbers that the picture shows, with the time of each look.
SAMPLE = """async () => {
  const samples = [];
  for (let look = 0; look < 12; look += 1) {
    const [seat] = testpage.seen();
    if (seat?.counter != null) samples.push([performance.timeOrigin + performance.now(), seat.counter]);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return samples;
}"""

# A player that keeps what it was caught up with is as far behind as the last keyframe was old; a busy machine is some way off.
KEYFRAME_AGE_SECONDS = 2.5
LONGEST_LAG_MS = 500 * KEYFRAME_AGE_SECONDS


def line(samples: list[list[float]]) -> tuple[float, float, float]:
    """Mean time, mean number, and numbers per millisecond."""
    time_mean = sum(at for at, _ in samples) / len(samples)
    number_mean = sum(number for _, number in samples) / len(samples)
    slope = sum((at - time_mean) * (number - number_mean) for at, number in samples) / sum(
        (at - time_mean) ** 2 for at, _ in samples
    )
    return time_mean, number_mean, slope


@pytest.mark.parametrize("controls", ["true", "false"])
def test_a_latecomer_is_not_behind_the_others(chromium: Chromium, controls: str) -> None:
    with ForestageServer(environment={"FORESTAGE_MEDIA_CONGESTION_CONTROL": controls}) as server:
        compare(chromium, server, is_all_sent=controls == "false")


def catch_ups(server: ForestageServer) -> int:
    """Slots that were started from a kept keyframe; told once a second."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=LOST_SECONDS) as response:
        return sum(int(count) for count in re.findall(r"^forestage_catch_ups_total\S* (\d+)$", response.read().decode(), re.MULTILINE))


def compare(chromium: Chromium, server: ForestageServer, is_all_sent: bool) -> None:
    host = Participant(chromium, server, "latecomer", "Ada", role="host", publishes=True)
    early = Participant(chromium, server, "latecomer", "Grace")
    early.wait_to_see(host)
    time.sleep(KEYFRAME_AGE_SECONDS)
    caught_up = catch_ups(server)
    late = Participant(chromium, server, "latecomer", "Barbara")
    late.wait_to_see(host)
    # A machine that does something else meanwhile disturbs one look, but not three.
    for look in range(3):
        before, samples, after = (viewer.page.evaluate(SAMPLE) for viewer in (early, late, early))
        time_mean, number_mean, slope = line(before + after)
        behind = [(number_mean + slope * (at - time_mean) - number) / slope for at, number in samples]
        print(f"{sum(behind) / len(behind):.0f} ms behind")
        if abs(sum(behind) / len(behind)) < LONGEST_LAG_MS:
            break
    else:
        raise AssertionError(f"the latecomer is behind: {behind}")
    video = next(entry for entry in late.page.evaluate("() => testpage.received()") if entry["kind"] == "video")
    print("lost:", video["lost"], "freezes:", video["freezes"], "dropped:", video["dropped"])
    # It was caught up from the last keyframe, and not by a new one. With congestion control that depends on how much it would be for the path.
    if is_all_sent:
        server.process.wait_until(lambda: catch_ups(server) > caught_up, LOST_SECONDS, "the latecomer is caught up")
    for participant in (late, early, host):
        assert participant.errors() == []
        participant.leave()
