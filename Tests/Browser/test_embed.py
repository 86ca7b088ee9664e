"""The HTML pages in the READMEs run as they stand there."""

import re

from harness.chromium import Chromium, ChromiumPage
from harness.page import wait_for
from harness.participant import Participant
from harness.paths import CLIENT, REPOSITORY
from harness.server import ForestageServer


def pages() -> list[str]:
    """Every block of HTML in the READMEs that imports the SDK."""
    texts = [path.read_text() for path in (REPOSITORY / "README.md", CLIENT / "README.md") if path.exists()]
    blocks = [block for text in texts for block in re.findall(r"```html\n(.*?)```", text, re.DOTALL)]
    return [block for block in blocks if "/client/forestage.js" in block]


def serve(page: ChromiumPage, name: str, body: str) -> None:
    """Makes a page of the text, at the server's own origin."""
    page.playwright.route(f"**/{name}", lambda route: route.fulfill(body=body, content_type="text/html"))


def test_the_readmes_pages_show_the_stage(chromium: Chromium, server: ForestageServer) -> None:
    host = Participant(chromium, server, "friday-night", "Ada", role="host", publishes=True)
    assert len(pages()) >= 2
    for block in pages():
        page = chromium.open()
        serve(page, "embed.html", block)
        serve(page, "favicon.ico", "")
        page.goto(f"{server.url}/embed.html")
        wait_for(page, "() => document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames > 3")
        if "raiseHand" in block:
            page.playwright.click("button")
            queue = "() => me.session.stage.requests.map(({participant}) => participant)"
            guest = wait_for(host.page, f"() => {{ const all = ({queue})(); return all.length && all; }}")[0]
            host.call("approve", guest)
            wait_for(host.page, "() => me.session.seats.some((seat) => seat.video.state === 'playing')")
        assert page.errors == []
        page.close()
    host.leave()
