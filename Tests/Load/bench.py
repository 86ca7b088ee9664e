#!/usr/bin/env python3
"""Measures Forestage and Janus with the same client, in turn, on the same machine, and writes Docs/Benchmarks.md.

Every run gets a network namespace of its own, so it needs root. Shapes are MxN: M rooms, each with one publisher and N
viewers. Rounds are interleaved, since a shared machine drifts: compare ratios, not absolute figures.

    make bench                          # 3 rounds, compares with the committed ratios
    make bench BENCH="--rounds 5 --accept"  # and commits new ones
"""

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("FORESTAGE_BINARY", str(REPOSITORY / ".build/release/forestage"))
# The measuring client lies beside the server.
CLIENT = str(Path(BINARY).with_name("forestage-load"))
RATIOS = Path(__file__).with_name("ratios.json")
PAGE = REPOSITORY / "Docs/Benchmarks.md"
PLOT = REPOSITORY / "Docs/Benchmarks.svg"
SHAPES = [(1, 10), (1, 100), (10, 10)]
ADDRESS = "10.9.0.1"
# Forestage lets go of what only its start needed after 2 s: its memory is compared from then on.
SETTLING_SECONDS = 3
DISABLED_PLUGINS = (
    "audiobridge duktape echotest lua nosip recordplay sip streaming textroom videocall voicemail").split()
DISABLED_TRANSPORTS = "http mqtt nanomsg pfunix rabbitmq".split()


class Namespace:
    """A network of its own with one address besides loopback: some servers take no candidates from loopback."""

    def __init__(self) -> None:
        self.name = f"fs-bench-{os.getpid()}"
        self.prefix = ["ip", "netns", "exec", self.name]

    def __enter__(self) -> "Namespace":
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        for command in (
            "link set lo up", "link add bench0 type veth peer name bench1", f"addr add {ADDRESS}/24 dev bench0",
            "link set bench0 up", "link set bench1 up",
        ):
            subprocess.run([*self.prefix, "ip", *command.split()], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["ip", "netns", "delete", self.name], check=False)


class Forestage:
    name = "Forestage"
    port = 18_580
    load_options = ["--door", "ws", "--url", f"http://127.0.0.1:{port}"]

    def command(self, _: Path) -> list[str]:
        return [
            BINARY, "serve", "--dev", "--http", f"127.0.0.1:{self.port}", "--media-address", ADDRESS,
            "--media-ports", "18582-18583",
        ]

    def version(self) -> str:
        described = subprocess.run(
            ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"], capture_output=True, text=True)
        return described.stdout.strip() or "unknown"


class Janus:
    name = "Janus"
    port = 8_188
    load_options = ["--door", "janus", "--url", f"ws://127.0.0.1:{port}"]

    def command(self, folder: Path) -> list[str]:
        library = next(Path("/usr/lib").glob("*/janus"))
        plugins = ",".join(f"libjanus_{name}.so" for name in DISABLED_PLUGINS)
        transports = ",".join(f"libjanus_{name}.so" for name in DISABLED_TRANSPORTS)
        (folder / "janus.jcfg").write_text(f"""
            general: {{
                configs_folder = "{folder}"
                plugins_folder = "{library}/plugins"
                transports_folder = "{library}/transports"
                events_folder = "{library}/events"
                loggers_folder = "{library}/loggers"
                debug_level = 2
                session_timeout = 0
            }}
            media: {{ rtp_port_range = "20000-60000" }}
            nat: {{ ice_lite = true
                ice_enforce_list = "10.9." }}
            plugins: {{ disable = "{plugins}" }}
            transports: {{ disable = "{transports}" }}
            events: {{ broadcast = false }}
        """)
        (folder / "janus.transport.websockets.jcfg").write_text(
            f'general: {{ json = "compact"\n ws = true\n ws_port = {self.port}\n ws_ip = "127.0.0.1"\n }}\n')
        (folder / "janus.plugin.videoroom.jcfg").write_text("general: {}\n")
        return ["janus", "-C", str(folder / "janus.jcfg"), "-F", str(folder)]

    def version(self) -> str:
        shown = subprocess.run(["dpkg-query", "-W", "-f=${Version}", "janus"], capture_output=True, text=True)
        return f"Debian's janus {shown.stdout.strip()}, videoroom"


def measure(server, rooms: int, viewers: int, seconds: int, folder: Path) -> dict | None:
    """One run; `None` where the server could not be measured."""
    with Namespace() as space:
        log = (folder / "server.log").open("w")
        # `ip netns exec` replaces itself by the command: the process is the server.
        process = subprocess.Popen([*space.prefix, *server.command(folder)], stdout=log, stderr=log)
        try:
            for _ in range(100):
                probe = [*space.prefix, "bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{server.port}"]
                if subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0:
                    break
                time.sleep(0.1)
            time.sleep(SETTLING_SECONDS)
            figures = folder / "load.json"
            figures.unlink(missing_ok=True)
            run = subprocess.run(
                [*space.prefix, CLIENT, *server.load_options, *load_options(rooms, viewers, seconds),
                 "--server-pid", str(process.pid), "--quiet", "--json", str(figures)],
                capture_output=True, text=True, timeout=300)
            if run.returncode != 0 or not figures.exists():
                print(f"  {server.name}: {run.stderr.strip()}", file=sys.stderr)
                return None
            return json.loads(figures.read_text())
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def load_options(rooms: int, viewers: int, seconds: int) -> list[str]:
    return ["--rooms", str(rooms), "--viewers", str(viewers), "--duration", str(seconds)]


# What is compared: name, unit, how to read it, digits. Lower is better in all.
METRICS = [
    ("CPU per packet", "us", lambda f: f["server"]["cpuMicrosecondsPerPacket"], 1),
    ("latency p50", "ms", lambda f: f["video"]["latency"]["p50"], 2),
    ("latency p99", "ms", lambda f: f["video"]["latency"]["p99"], 2),
    ("join to first picture p50", "ms", lambda f: f["firstPicture"]["p50"], 0),
    ("memory per viewer", "KB", lambda f: f["server"]["octetsPerViewer"] / 1024, 0),
    ("lost before repair", "%", lambda f: f["video"]["lossBeforeRepair"], 3),
    ("freezes", "", lambda f: f["pictures"]["freezes"], 0),
]
# Ratios that are committed and watched, and how much worse each may be before that is a regression: about what runs
# of the same program spread by. The others are told.
WATCHED = {"CPU per packet": 1.3, "latency p99": 2.0, "memory per viewer": 1.25}


def values(runs: list[dict], read) -> list[float]:
    found = []
    for run in runs:
        try:
            found.append(float(read(run)))
        except (KeyError, TypeError):
            pass
    return found


def shape_name(rooms: int, viewers: int) -> str:
    return f"{rooms}x{viewers}"


def machine() -> list[str]:
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1_048_576
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.splitlines()
    return [
        f"{os.cpu_count()} cores of {model}, {memory} GB, Linux {platform.release()}",
        next((line.strip() for line in swift if "Swift version" in line), "Swift"),
    ]


def page(results: dict, ratios: dict, servers: list, arguments: argparse.Namespace, regressions: list[str]) -> str:
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit. The client is `forestage-load` (Load.md) for every server, on the same",
        "machine as the server. MxN is M rooms, each with one publisher and N viewers; every viewer decrypts and measures",
        f"every packet. Medians of {arguments.rounds} interleaved rounds, in parentheses the smallest and the largest.",
        "The machine is shared, so only the ratios are meaningful.",
        "",
    ]
    for shape in SHAPES:
        name = shape_name(*shape)
        runs = {server.name: results.get((server.name, name), []) for server in servers}
        lines += [f"## {name}", "", "| | " + " | ".join(runs) + " | ratio |", "|---|" + "---|" * (len(runs) + 1)]
        for metric, unit, read, digits in METRICS:
            cells = []
            for found in runs.values():
                numbers = values(found, read)
                cells.append(
                    f"{statistics.median(numbers):.{digits}f} ({min(numbers):.{digits}f}-{max(numbers):.{digits}f})"
                    if numbers else "not measured")
            ratio = ratios.get(name, {}).get(metric)
            cells.append(f"{ratio:.2f}" if ratio is not None else "")
            lines.append(f"| {metric}{', ' + unit if unit else ''} | " + " | ".join(cells) + " |")
        lines.append("")
    profiles = sorted({p for runs in results.values() for run in runs for p in run.get("profiles", {})})
    lines += [
        "![Latency and CPU](Benchmarks.svg)", "",
        "## What was measured, and what was not", "",
        "- CPU per packet: user and system time of the server's process while media flowed, divided by the RTP packets that",
        "  arrived at viewers. It includes the kernel's part of sending over loopback, joined datagrams (UDP_SEGMENT) too.",
        "- Latency: from the publisher's send call to the kernel's receipt for the viewer, all packets.",
        "- Joins: 50 per second. The first picture is the first showable frame, timed from before any signaling.",
        "- Memory per viewer: growth of the resident set from before the first viewer to the end.",
        f"- SRTP profiles in use: {', '.join(profiles) or 'none'}.",
        "- Not measured: lossy paths, simulcast, several machines, a real network card, other servers than these, TLS.",
        "- Janus runs without event handlers, with one plugin and with `ice_lite` (as Forestage), otherwise with its defaults.",
        "", "## Commands", "", "```",
    ]
    for server in servers:
        lines.append(f"# {server.name}: {server.version()}")
        command = " ".join(server.command(Path(tempfile.mkdtemp(prefix="bench-page-"))))
        lines.append(strip(command))
        lines.append(
            strip(f"{CLIENT} {' '.join(server.load_options)} "
                  f"{' '.join(load_options(1, 100, arguments.seconds))} --server-pid PID --json FILE"))
    lines += ["```", "", "## Machine", ""] + [f"- {line}" for line in machine()]
    if regressions:
        lines += ["", "## Regressions against the committed ratios", ""] + [f"- {line}" for line in regressions]
    return "\n".join(lines) + "\n"


def strip(command: str) -> str:
    words = []
    for word in command.replace(CLIENT, "forestage-load").replace(BINARY, "forestage").split():
        words.append("DIR/" + Path(word).name if word.endswith(".jcfg") else "DIR" if "bench-page-" in word else word)
    return " ".join(words)


def plot(results: dict, servers: list) -> str:
    """Left the latency's distribution at 1x100, right the CPU per packet of each shape."""
    import math

    colours = ["steelblue", "darkorange", "seagreen"]
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="360" font-family="sans-serif" font-size="12">',
        '<rect width="900" height="360" fill="white"/>',
        '<text x="60" y="24" font-size="14">One-way latency at 1x100: share of packets below</text>',
        '<rect x="60" y="40" width="370" height="250" fill="none" stroke="gray"/>',
    ]
    low, high = 0.05, 200.0

    def across(value: float) -> float:
        return 60 + 370 * math.log(min(max(value, low), high) / low) / math.log(high / low)

    for tick in (0.1, 1, 10, 100):
        parts.append(f'<text x="{across(tick):.0f}" y="308" text-anchor="middle">{tick:g} ms</text>')
        parts.append(f'<line x1="{across(tick):.0f}" x2="{across(tick):.0f}" y1="40" y2="290" stroke="lightgray"/>')
    for share in (0, 25, 50, 75, 100):
        parts.append(f'<text x="54" y="{294 - 2.5 * share}" text-anchor="end">{share} %</text>')
    for server, colour in zip(servers, colours):
        runs = results.get((server.name, "1x100"), [])
        if not runs:
            continue
        run = sorted(runs, key=lambda figures: figures["video"]["latency"]["p99"] or 0)[len(runs) // 2]
        points = " ".join(
            f"{across(value):.1f},{290 - 250 * share:.1f}" for value, share in run["latencyDistribution"])
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
    parts.append('<text x="520" y="24" font-size="14">CPU microseconds per forwarded packet</text>')
    bars = []
    for index, shape in enumerate(SHAPES):
        for place, server in enumerate(servers):
            numbers = values(results.get((server.name, shape_name(*shape)), []), METRICS[0][2])
            if numbers:
                bars.append((index, place, statistics.median(numbers)))
    top = max((value for _, _, value in bars), default=1)
    for index, shape in enumerate(SHAPES):
        parts.append(f'<text x="{570 + 120 * index}" y="308" text-anchor="middle">{shape_name(*shape)}</text>')
    for index, place, value in bars:
        height = 230 * value / top
        left = 530 + 120 * index + 42 * place
        parts.append(
            f'<rect x="{left}" y="{290 - height:.1f}" width="36" height="{height:.1f}" fill="{colours[place]}"/>')
        parts.append(f'<text x="{left + 18}" y="{284 - height:.1f}" text-anchor="middle">{value:.1f}</text>')
    for place, server in enumerate(servers):
        parts.append(f'<rect x="{60 + 120 * place}" y="328" width="14" height="14" fill="{colours[place]}"/>')
        parts.append(f'<text x="{80 + 120 * place}" y="340">{server.name}</text>')
    return "\n".join(parts + ["</svg>", ""])


def compare(results: dict) -> dict:
    """Forestage's medians by Janus', where both were measured."""
    ratios: dict = {}
    for shape in SHAPES:
        name = shape_name(*shape)
        for metric, _, read, _ in METRICS:
            ours = values(results.get(("Forestage", name), []), read)
            theirs = values(results.get(("Janus", name), []), read)
            if ours and theirs and statistics.median(theirs) > 0:
                ratios.setdefault(name, {})[metric] = statistics.median(ours) / statistics.median(theirs)
    return ratios


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8, help="how long each run measures")
    parser.add_argument("--accept", action="store_true", help="commit to the ratios that come out")
    arguments = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("bench: needs root and the package iproute2 for a network namespace; nothing was measured")
        return 0
    servers: list = [Forestage()]
    if shutil.which("janus"):
        servers.append(Janus())
    else:
        print("bench: Debian's package janus is not installed; only Forestage is measured")
    results: dict = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for turn in range(arguments.rounds):
            for rooms, viewers in SHAPES:
                for server in servers:
                    figures = measure(server, rooms, viewers, arguments.seconds, Path(folder))
                    name = shape_name(rooms, viewers)
                    if figures is None:
                        print(f"round {turn + 1}  {name:6} {server.name:10} not measured")
                        continue
                    results.setdefault((server.name, name), []).append(figures)
                    print(
                        f"round {turn + 1}  {name:6} {server.name:10} "
                        + "  ".join(
                            f"{metric} {values([figures], read)[0]:.{digits}f} {unit}"
                            for metric, unit, read, digits in METRICS[:5] if values([figures], read)), flush=True)
    ratios = compare(results)
    committed = json.loads(RATIOS.read_text()) if RATIOS.exists() else {}
    regressions = []
    for name, watched in committed.items():
        for metric, before in watched.items():
            now = ratios.get(name, {}).get(metric)
            if now is not None and now > before * WATCHED.get(metric, 1.25):
                regressions.append(f"{name}: {metric} was {before:.3f} of Janus', is {now:.3f}")
    if arguments.accept or not committed:
        kept = {
            name: {metric: round(ratio, 4) for metric, ratio in found.items() if metric in WATCHED}
            for name, found in ratios.items()
        }
        if kept:
            RATIOS.write_text(json.dumps(kept, indent=2) + "\n")
    PAGE.write_text(page(results, ratios, servers, arguments, regressions))
    PLOT.write_text(plot(results, servers))
    print(f"bench: wrote {PAGE.relative_to(REPOSITORY)} and {PLOT.relative_to(REPOSITORY)}")
    for line in regressions:
        print(f"bench: REGRESSION {line}")
    return 1 if regressions else 0


if __name__ == "__main__":
    sys.exit(main())
