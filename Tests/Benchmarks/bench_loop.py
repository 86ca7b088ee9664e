#!/usr/bin/env python3
"""Measures the packet loop alone against the same loop in plain C, and checks what was committed to.

The kernel's part ends in an `ifb` device in a network namespace of its own: it takes packets as a network card with
segmentation offload does and drops them. Rounds are interleaved, since a shared machine drifts: ratios of
medians are compared, not absolute figures, each with the interval that the rounds' spread leaves it. A threshold is
exceeded where the whole interval lies above it. Docs/PacketPath.md says what the figures mean.

    make bench-loop
    make bench-loop BENCH_LOOP="--rounds 9 --viewers 1000"
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
THRESHOLDS = json.loads(Path(__file__).with_name("thresholds.json").read_text())
FROM = "10.78.0.1"
TO = "10.78.1.1"
PACKETS_PER_FRAME = 6
# What estimating, pacing and allocating cost where all viewers send transport-wide feedback, on all that the loop costs.
FEEDBACK = "congestion control to none, feedback"
# What a profile of the loop must not contain: reference counting, exclusivity checks, allocation.
FORBIDDEN = re.compile(
    r"swift_(retain|release|beginAccess|endAccess|allocObject|bridgeObject|isUnique)|^(malloc|free|calloc|realloc|cfree|_int_malloc|_int_free)$")


class Namespace:
    """Loopback for the publisher, and `ifb0` with a network behind it that nobody lives in."""

    def __init__(self) -> None:
        self.name = f"fs-loop-{os.getpid()}"
        self.prefix = ["ip", "netns", "exec", self.name]

    def __enter__(self) -> "Namespace":
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        for command in (
            "link set lo up", "link add ifb0 type ifb", f"addr add {FROM}/16 dev ifb0",
            # Without ARP nobody need answer for packets to leave.
            "link set ifb0 arp off up",
        ):
            subprocess.run(["ip", "-n", self.name, *command.split()], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["ip", "netns", "delete", self.name], check=False)

    def set_offload(self, is_on: bool) -> bool:
        """Whether the device could be told."""
        if not shutil.which("ethtool"):
            return False
        command = ["ethtool", "-K", "ifb0", "tx-udp-segmentation", "on" if is_on else "off"]
        return subprocess.run([*self.prefix, *command], capture_output=True).returncode == 0

    def set(self, words: str) -> None:
        subprocess.run(["ip", "-n", self.name, "link", "set", "ifb0", *words.split()], check=True)

    def taken(self) -> int:
        """Packets that the device has taken, segments counted as what they were cut into or not."""
        shown = subprocess.run(
            ["ip", "-n", self.name, "-s", "-j", "link", "show", "ifb0"], check=True, stdout=subprocess.PIPE).stdout
        return json.loads(shown)[0]["stats64"]["rx"]["packets"]

    def run(self, program: Path, mode: str, viewers: int, frames: int, *more: str) -> dict:
        command = [
            *self.prefix, str(program), "--mode", mode, "--viewers", str(viewers), "--frames", str(frames),
            # The packet buffer's ring has been written once then: what is touched first is not measured.
            "--warm-up", "400", "--from", FROM, "--to", TO, *more,
        ]
        figures = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=120).stdout)
        if figures["failures"]:
            raise RuntimeError(f"{program.name}: the kernel refused {figures['failures']} datagrams")
        return figures


def middle(values: list[float]) -> str:
    return f"{statistics.median(values):.3f} ({min(values):.3f}-{max(values):.3f})"


class Ratio(NamedTuple):
    """A ratio of two medians, and the interval in which nine of ten such measurements fall."""

    value: float
    least: float
    most: float

    @classmethod
    def of(cls, above: list[float], below: list[float]) -> "Ratio":
        """
        The interval is a bootstrap's (seeded): the rounds are drawn anew, with replacement. A round is drawn as a
        whole, so that what the machine did to both programs of a round weighs on both.
        """
        draw = random.Random(1)
        ratios = []
        for _ in range(2_000):
            rounds = draw.choices(range(len(above)), k=len(above))
            ratios.append(statistics.median(above[i] for i in rounds) / statistics.median(below[i] for i in rounds))
        ratios.sort()
        value = statistics.median(above) / statistics.median(below)
        return cls(value, ratios[len(ratios) // 20], ratios[-len(ratios) // 20])

    @classmethod
    def exact(cls, value: float) -> "Ratio":
        """A count, which does not spread."""
        return cls(value, value, value)

    def verdict(self, limit: float | None) -> str:
        """Against a threshold: it is exceeded where the spread of the rounds cannot explain it."""
        if limit is None:
            return "printed"
        if self.value <= limit:
            return "holds"
        return "EXCEEDED" if self.least > limit else "within the spread"


Times = dict[tuple[str, str], list[dict]]


def ratios(times: Times) -> dict[str, Ratio]:
    """What the rounds so far say."""
    def of(way: str, program: str, key: str = "total") -> list[float]:
        return [run[key] for run in times[way, program]]

    found = {
        f"Swift to C, {way}": Ratio.of(of(way, "packet-loop"), of(way, "packet-reference"))
        for way in sorted({way for way, name in times if name == "packet-reference"})
    }
    found[FEEDBACK] = Ratio.of(of("gso, feedback", "control on"), of("gso, feedback", "control off"))
    found["GSO to sendmmsg"] = Ratio.of(of("gso, offload", "packet-loop"), of("sendmmsg, offload", "packet-loop"))
    found["GSO to sendmmsg, kernel's part"] = Ratio.of(
        of("gso, offload", "packet-loop", "system"), of("sendmmsg, offload", "packet-loop", "system"))
    return found


def is_open(found: dict[str, Ratio]) -> bool:
    """Whether a threshold lies within the spread, so that more rounds would tell."""
    return any(ratio.verdict(THRESHOLDS.get(name)) == "within the spread" for name, ratio in found.items())


def measure(build: Path, arguments: argparse.Namespace) -> dict[str, Ratio]:
    """
    Both programs in turn, in each way of sending. Returns the ratios that were found.

    Where a threshold lies within the spread, up to twice as many rounds again are measured to tell.
    """
    ours, theirs = build / "packet-loop", build / "packet-reference"
    frames = max(1, arguments.packets // (arguments.viewers * PACKETS_PER_FRAME))
    times: Times = {}
    with Namespace() as space:
        ways = [("gso", "offload", True), ("sendmmsg", "offload", True)]
        if space.set_offload(False):
            ways.append(("gso", "plain card", False))
        else:
            print("bench-loop: without ethtool a card without segmentation offload is not measured")
        for turn in range(3 * arguments.rounds):
            if turn and turn % arguments.rounds == 0:
                if not is_open(ratios(times)):
                    break
                print(f"bench-loop: a threshold lies within the spread of {turn} rounds; measuring more")
            for mode, device, offload in ways:
                space.set_offload(offload)
                # Who is first changes, so that what one leaves behind weighs on both.
                for program in (ours, theirs) if turn % 2 else (theirs, ours):
                    # Datagrams of their own cost so much more that a quarter of them takes as long.
                    count = frames if mode == "gso" else max(1, frames // 4)
                    figures = space.run(program, mode, arguments.viewers, count)
                    times.setdefault((f"{mode}, {device}", program.name), []).append(figures)
            space.set_offload(True)
            # A frame takes as long as a real one here, on a virtual clock: a tenth of the packets are 20 s.
            for control in (1, 0) if turn % 2 else (0, 1):
                figures = space.run(
                    ours, "gso", arguments.viewers, max(1, frames // 5), "--feedback", "1", "--congestion-control",
                    str(control))
                times.setdefault(("gso, feedback", f"control {'on' if control else 'off'}"), []).append(figures)
        space.set_offload(True)
        report_turns(space, ours)
        check_fall_back(space, ours, arguments.viewers)
    rounds = len(next(iter(times.values())))
    print(f"CPU us per forwarded packet, {arguments.viewers} viewers, {rounds} rounds: median (least-most)")
    for (way, program), runs in times.items():
        user, system, total = ([run[key] for run in runs] for key in ("user", "system", "total"))
        print(f"  {way:20} {program:17} user {middle(user)}  system {middle(system)}  total {middle(total)}")
    return ratios(times)


def report_turns(space: Namespace, program: Path) -> None:
    """How long turns take with so many viewers that each cannot be sent the largest of three encodings, only measured."""
    viewers, link = 1_000, 1_060
    figures = space.run(
        program, "gso", viewers, 450, "--feedback", "1", "--encodings", "3", "--link", str(link))
    each = figures["packets"] / (figures["frames"] * viewers)
    print(f"bench-loop: {viewers} viewers on paths of {link} kbit/s, 0.6 of the largest encoding: {each:.2f} packets per frame, "
          f"turns with a frame p50 {figures['turn_p50'] / 1000:.2f}, p99 {figures['turn_p99'] / 1000:.2f}, "
          f"most {figures['turn_most'] / 1000:.2f} ms of processor time")


def check_fall_back(space: Namespace, program: Path, viewers: int) -> None:
    """On a path narrower than the datagrams the kernel refuses to cut (EINVAL): they must leave one by one all the same."""
    before = space.taken()
    space.set("mtu 1000")
    figures = space.run(program, "gso", viewers, 50)
    space.set("mtu 1500")
    # Each datagram leaves in two fragments.
    if space.taken() - before < 2 * figures["packets"]:
        raise RuntimeError("where the kernel refuses segments, datagrams were lost")
    print(f"bench-loop: refused segments left one by one: {figures['packets']} packets, none lost")


def count_instructions(
        program: Path, viewers: int, folder: Path, *more: str) -> tuple[dict[str, float], dict[str, float]]:
    """Instructions per forwarded packet under callgrind, without the kernel: by library, and by function."""
    stripped = folder / program.name
    shutil.copy(program, stripped)
    # Swift's debug information is more than this valgrind can read.
    subprocess.run(["strip", "-g", str(stripped)], check=True)
    out = folder / f"{program.name}.callgrind"
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--toggle-collect=pf_measure", f"--callgrind-out-file={out}", str(stripped),
         "--mode", "none", "--viewers", str(viewers), "--frames", "200", "--warm-up", "200", *more],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    packets = json.loads(run.stdout)["packets"]
    shown = subprocess.run(
        ["callgrind_annotate", "--threshold=100", str(out)], check=True, capture_output=True, text=True).stdout
    libraries: dict[str, float] = {}
    functions: dict[str, float] = {}
    for line in shown.splitlines():
        found = re.match(r"\s*([\d,]+) \([ \d.]+%\)\s+[^:]*:(.*?)(?: \[(.*)\])?$", line)
        if not found or found[2].strip() == "PROGRAM TOTALS":
            continue
        each = int(found[1].replace(",", "")) / packets
        library = Path(found[3]).name if found[3] else "?"
        libraries[library] = libraries.get(library, 0) + each
        functions[found[2]] = functions.get(found[2], 0) + each
    return libraries, functions


def own_instructions(libraries: dict[str, float]) -> float:
    """All but the ciphers: the program's, and those of Swift's and C's libraries on its behalf."""
    return sum(each for name, each in libraries.items() if not name.startswith(("libIPSec_MB", "libcrypto")))


def demangled(name: str) -> str:
    shown = subprocess.run(["swift", "demangle", "--compact", name], capture_output=True, text=True)
    return shown.stdout.strip() or name


def report_instructions(build: Path, viewers: int) -> dict[str, Ratio]:
    with tempfile.TemporaryDirectory(prefix="bench-loop-") as folder:
        counted = {
            name: count_instructions(build / name, viewers, Path(folder)) for name in ("packet-loop", "packet-reference")
        }
        uncontrolled = count_instructions(build / "packet-loop", viewers, Path(folder), "--congestion-control", "0")[0]
        watched = [
            count_instructions(
                build / "packet-loop", viewers, Path(folder), "--encodings", "3", "--watched", str(count))[0]
            for count in (1, 3)
        ]
    print(f"Instructions per forwarded packet, {viewers} viewers, without the kernel:")
    for name, (libraries, _) in counted.items():
        parts = ", ".join(f"{library} {each:.0f}" for library, each in sorted(libraries.items(), key=lambda p: -p[1])
                          if each >= 0.5)
        print(f"  {name:17} own {own_instructions(libraries):.0f}; {parts}")
    libraries, functions = counted["packet-loop"]
    spread = [own_instructions(each) for each in watched]
    print(f"  packet-loop without congestion control: own {own_instructions(uncontrolled):.0f}")
    print(f"  packet-loop, 3 encodings sent: viewers on one own {spread[0]:.0f}, spread over all own {spread[1]:.0f}")
    for name, each in sorted(functions.items(), key=lambda p: -p[1])[:12]:
        if not name.startswith("0x"):
            print(f"    {each:7.1f}  {demangled(name)[:110]}")
    return {
        "own instructions": Ratio.exact(own_instructions(libraries)),
        "own instructions, no control": Ratio.exact(own_instructions(uncontrolled)),
        "3 encodings to 1, instructions": Ratio.exact(spread[1] / spread[0]),
        "runtime instructions": Ratio.exact(sum(each for name, each in functions.items() if FORBIDDEN.search(name))),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--packets", type=int, default=1_800_000, help="packets forwarded per run")
    parser.add_argument("--build", type=Path, default=REPOSITORY / ".build-bench/release")
    arguments = parser.parse_args()
    found: dict[str, Ratio] = {}
    if shutil.which("valgrind"):
        # The thresholds are for this many viewers, whatever the rest is measured with.
        found |= report_instructions(arguments.build, 100)
    else:
        print("bench-loop: the package valgrind is not installed; instructions are not counted")
    if os.geteuid() == 0 and shutil.which("ip"):
        found |= measure(arguments.build, arguments)
    else:
        print("bench-loop: needs root and the package iproute2 for a network namespace; no times were measured")
    failed = False
    for name, ratio in sorted(found.items()):
        limit = THRESHOLDS.get(name)
        verdict = ratio.verdict(limit)
        failed |= verdict == "EXCEEDED"
        spread = "" if ratio.least == ratio.most else f" ({ratio.least:.3f}-{ratio.most:.3f})"
        print(f"bench-loop: {name:32} {ratio.value:8.3f}{spread:16}"
              + ("" if limit is None else f"  at most {limit:g}: {verdict}"))
    for name in THRESHOLDS.keys() - found.keys():
        print(f"bench-loop: {name}: not measured")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
