"""Redundant audio (RFC 2198): Chromium sends it, whoever negotiated it gets it, the others get Opus alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.chromium import Chromium
from harness.firefox import Firefox
from harness.page import wait_for
from harness.participant import Browser, Participant
from harness.server import ForestageServer

KEEP = "() => testpage.keepConnections()"
MOST = "([type, kind]) => testpage.mostOf(type, kind)"


@pytest.fixture(scope="module")
def server() -> Iterator[ForestageServer]:
    with ForestageServer(media_addresses=(), environment={"FORESTAGE_ROOMS_REDUNDANT_AUDIO": "true"}) as server:
        yield server


def test_who_negotiated_red_gets_it_and_the_others_opus(
    chromium: Chromium, firefox: Firefox, server: ForestageServer
) -> None:
    def join(browser: Browser, name: str, audio: list[str], **options: Any) -> Participant:
        return Participant(
            browser, server, "red", name, prepare=KEEP, codecs={"video": ["VP8"], "audio": audio}, simulcast=False, **options)

    host = join(chromium, "Ada", ["red", "opus"], role="host", publishes=True)
    viewers = {
        ("chromium", "audio/red"): join(chromium, "Grace", ["red", "opus"]),
        ("chromium", "audio/opus"): join(chromium, "Barbara", ["opus"]),
        ("firefox", "audio/opus"): join(firefox, "Frances", ["red", "opus"]),
    }
    for viewer in viewers.values():
        viewer.wait_to_see(host)
    before = [viewer.page.evaluate(MOST, ["inbound-rtp", "audio"]) for viewer in viewers.values()]
    for viewer, first in zip(viewers.values(), before):
        wait_for(viewer.page, """([packets, energy]) => testpage.mostOf("inbound-rtp", "audio").then(
          ({packetsReceived, totalAudioEnergy}) => packetsReceived > packets + 50 && totalAudioEnergy > energy)""",
                 [first["packetsReceived"], first["totalAudioEnergy"]], what=f"{viewer.name} hears")
    after = [viewer.page.evaluate(MOST, ["inbound-rtp", "audio"]) for viewer in viewers.values()]
    sent = host.page.evaluate(MOST, ["outbound-rtp", "audio"])
    assert sent["negotiated"].lower() == "audio/red", sent
    octets: list[float] = []
    for (name, mime_type), first, last in zip(viewers, before, after):
        grown = {
            key: last[key] - first[key]
            for key in ("totalAudioEnergy", "packetsReceived", "bytesReceived", "totalSamplesReceived", "concealedSamples")}
        octets.append(grown["bytesReceived"] / grown["packetsReceived"])
        print(name, last["negotiated"], last["mimeType"], round(octets[-1]), "octets a packet,", grown)
        assert last["negotiated"].lower() == mime_type
        assert last["mimeType"].lower() == "audio/opus", "what plays is Opus in any case"
    # The frame before is in each packet once more, and taken out for the others.
    assert octets[0] > 1.5 * octets[1] and octets[0] > 1.5 * octets[2], octets
    for participant in (*viewers.values(), host):
        assert participant.errors() == []
        participant.leave()
