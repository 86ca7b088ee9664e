"""A tile that changes its size again and again: what the viewer sees of the switches between encodings (layers: test_svc.py)."""

import itertools
import os

import pytest

from harness.chromium import Chromium
from harness.server import ForestageServer
from harness.tiles import LARGE, MEDIUM, SMALL, leave, publisher, switch, viewer, wait_for_picture

# Down and up by one and by two, from each to each other; FORESTAGE_SWITCHES=30 for figures.
PLAN = [(SMALL, 320), (LARGE, 1280), (MEDIUM, 640), (LARGE, 1280), (SMALL, 320), (MEDIUM, 640)]
SWITCHES = int(os.environ.get("FORESTAGE_SWITCHES", "4"))


@pytest.mark.parametrize("codec, svc", [("VP8", False), pytest.param("VP9", True, marks=pytest.mark.long)])
def test_switches_reach_their_size_and_the_picture_goes_on(
        chromium: Chromium, server: ForestageServer, codec: str, svc: bool) -> None:
    room = f"switches-{codec}"
    codecs = {"video": [codec], "audio": ["opus"]}
    host = publisher(chromium, server, room, codecs=codecs, svc=svc)
    one = viewer(chromium, server, room, LARGE, codecs=codecs)
    wait_for_picture(one, lambda w, h: w == 1280, "the large one")
    switch(one, *itertools.islice(itertools.cycle(PLAN), SWITCHES))
    leave(one, host)
