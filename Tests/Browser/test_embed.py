"""The HTML pages in the READMEs run as they stand there."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.chromium import Chromium
from harness.files import FileServer
from harness.firefox import Firefox
from harness.page import wait_for
from harness.participant import Participant
from harness.paths import CLIENT, REPOSITORY, WEB
from harness.server import ForestageServer


def pages() -> list[str]:
    """Every block of HTML in the READMEs that imports the SDK."""
    texts = [path.read_text() for path in (REPOSITORY / "README.md", CLIENT / "README.md") if path.exists()]
    blocks = [block for text in texts for block in re.findall(r"```html\n(.*?)```", text, re.DOTALL)]
    return [block for block in blocks if "/client/forestage.js" in block]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ForestageServer]:
    """A server that has the pages beside the app: a page that was put into the browser is not of the server's network."""
    shutil.copytree(CLIENT, tmp_path / "Client")
    shutil.copytree(WEB, tmp_path / "Web")
    for number, block in enumerate(pages()):
        (tmp_path / "Web" / f"embed{number}.html").write_text(block)
    with ForestageServer(extra=("--browser-files", str(tmp_path))) as server:
        yield server


def test_the_readmes_pages_show_the_stage(chromium: Chromium, server: ForestageServer) -> None:
    host = Participant(chromium, server, "friday-night", "Ada", role="host", publishes=True)
    assert len(pages()) >= 2
    for number, block in enumerate(pages()):
        page = chromium.open()
        page.playwright.route("**/favicon.ico", lambda route: route.fulfill(body=""))
        page.goto(f"{server.url}/embed{number}.html")
        wait_for(page, "() => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames > 3")
        if "raiseHand" in block:
            page.playwright.click("button")
            queue = "() => me.session.stage.requests.map(({participant}) => participant)"
            guest = wait_for(host.page, f"() => {{ const all = ({queue})(); return all.length && all; }}")[0]
            host.call("approve", guest)
            wait_for(host.page, "() => me.session.seats.some((seat) => seat.video.state === 'playing')")
        assert page.errors == []
        page.close()
    host.leave()


def test_the_readmes_pages_show_the_stage_on_another_site(chromium: Chromium, tmp_path: Path) -> None:
    """As the README says: the SDK by the server's full address, and the site among the allowed origins."""
    with FileServer(tmp_path) as site, ForestageServer(environment={"FORESTAGE_ALLOWED_ORIGINS": site.url}) as server:
        block = next(block for block in pages() if "raiseHand" in block)
        (tmp_path / "embed.html").write_text(block.replace('"/client/', f'"{server.url}/client/'))
        host = Participant(chromium, server, "friday-night", "Ada", role="host", publishes=True)
        page = chromium.open()
        page.playwright.route("**/favicon.ico", lambda route: route.fulfill(body=""))
        page.goto(f"{site.url}/embed.html")
        wait_for(page, "() => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames > 3")
        told = page.evaluate("""async (url) => {
          const configuration = await (await fetch(`${url}/v1/configuration`)).json();
          const answer = await fetch(`${url}/v1/tokens`, {
            method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({room: "r"})});
          const refusal = await (await fetch(`${url}/v1/tokens`, {method: "POST", body: "{}"})).json();
          return {development: configuration.development, room: (await answer.json()).room, code: refusal.code};
        }""", server.url)
        assert told == {"development": True, "room": "r", "code": "badRequest"}
        page.errors = [error for error in page.errors if "400" not in error]  # the refusal above
        assert page.errors == []
        page.close()
        with FileServer(tmp_path) as stranger:
            page = chromium.open()
            page.playwright.route("**/favicon.ico", lambda route: route.fulfill(body=""))
            page.goto(f"{stranger.url}/embed.html")
            wait_for(page, "() => true")
            assert page.evaluate("(url) => import(`${url}/client/forestage.js`).then(() => false, () => true)", server.url)
            told = page.evaluate("(url) => fetch(`${url}/whep/r`, {method: 'POST'}).then(() => 'read', () => 'kept')", server.url)
            assert told == "kept"
            page.close()
        host.leave()


def test_a_page_of_another_site_does_the_whole_in_firefox(firefox: Firefox, chromium: Chromium, tmp_path: Path) -> None:
    """The SDK, a token, the WebSocket, a promotion with a camera, and WHEP with its `Location`."""
    with FileServer(tmp_path) as site:
        allowed = {"FORESTAGE_ALLOWED_ORIGINS": site.url}
        with ForestageServer(media_addresses=(), environment=allowed) as server:
            block = next(block for block in pages() if "raiseHand" in block)
            # Firefox reaches a server on the loopback only with a granted device.
            block = block.replace("const session", "await navigator.mediaDevices.getUserMedia({ audio: true });\n  const session")
            (tmp_path / "embed.html").write_text(block.replace('"/client/', f'"{server.url}/client/'))
            host = Participant(chromium, server, "friday-night", "Host", role="host", publishes=True)
            page = firefox.open()
            page.goto(f"{site.url}/embed.html")
            # Firefox counts no frames of streams.
            wait_for(page, "() => { const video = document.querySelector('video'); return video?.videoWidth > 0 && video.currentTime > 0.5; }")
            page.evaluate("() => document.querySelector('button').click()")
            queue = "() => me.session.stage.requests.map(({participant}) => participant)"
            guest = wait_for(host.page, f"() => {{ const all = ({queue})(); return all.length && all; }}")[0]
            host.call("approve", guest)
            wait_for(host.page, "() => me.session.seats.some((seat) => seat.video.state === 'playing')")
            told = page.evaluate("""async (url) => {
              const connection = new RTCPeerConnection();
              connection.addTransceiver("audio", {direction: "recvonly"});
              await connection.setLocalDescription();
              const answer = await fetch(`${url}/whep/friday-night`, {
                method: "POST", headers: {"Content-Type": "application/sdp"}, body: connection.localDescription.sdp});
              const session = new URL(answer.headers.get("Location"), answer.url);
              const patched = await fetch(session, {
                method: "PATCH", headers: {"Content-Type": "text/plain", "If-Match": answer.headers.get("ETag")}, body: "x"});
              const ended = await fetch(session, {method: "DELETE"});
              const gone = await fetch(session);
              connection.close();
              return [answer.status, patched.status, patched.headers.get("Accept-Patch"), ended.status, gone.status];
            }""", server.url)
            assert told == [201, 415, "application/trickle-ice-sdpfrag", 200, 404]
            page.close()
            host.leave()
