"""What the server records of a real viewer's path can be run again, and gives the same."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from harness.chromium import Chromium
from harness.narrow import Viewer, publishers
from harness.server import ForestageServer, binary

SECONDS = 4


def test_the_trace_of_a_viewer_behind_a_narrow_link_is_decided_again(chromium: Chromium, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    environment = {"FORESTAGE_MEDIA_CONGESTION_CONTROL": "true"}
    with ForestageServer(media_addresses=(), environment=environment, extra=("--trace", str(folder))) as server:
        hosts = publishers(chromium, server, "trace")
        viewer = Viewer(chromium, server, "trace", "narrow", 1_500_000)
        time.sleep(SECONDS)
        assert viewer.link
        viewer.link.set_rate(600_000)
        time.sleep(SECONDS)
        viewer.leave()
        for host in hosts:
            host.leave()
    # Those on stage have a slot for a shared screen, which is empty.
    trace = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    if kept := os.environ.get("KEEP_TRACE"):
        shutil.copy(trace, kept)
    told = subprocess.run(
        [binary().with_name("congestion-cases"), "--replay", trace, tmp_path / "trace.svg"], capture_output=True, text=True, check=True).stdout
    print(trace.stat().st_size, told)
    assert "all decisions are those of the trace" in told, told
    assert (tmp_path / "trace.svg").read_text().startswith("<svg")
