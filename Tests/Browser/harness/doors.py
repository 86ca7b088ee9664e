"""Clients of the standard doors: pages with plain fetch and RTCPeerConnection, and aiortc. None knows the SDK."""

import asyncio
import threading
import time
import urllib.error
import urllib.request
from typing import Any, Coroutine

import av
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from . import picture
from .aiortc_participant import PaintedTrack, ToneTrack
from .page import LOST_SECONDS, Page, add_test_page
from .paths import TEST_PAGE
from .server import UNVERIFIED


def request(method: str, url: str, body: str | None = None, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, fields (lower case) and body of a plain HTTP request."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    message = urllib.request.Request(url, method=method, headers=fields, data=body.encode() if body else None)
    try:
        with urllib.request.urlopen(message, timeout=LOST_SECONDS, context=UNVERIFIED) as response:
            return response.status, {k.lower(): v for k, v in response.headers.items()}, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read().decode()


class DoorPage:
    """A page that publishes or plays; `identifier` is what its picture says."""

    def __init__(self, browser: Any, url: str, name: str = ""):
        self.name = name
        self.identifier: int | None = None
        self.page: Page = browser.open()
        self.page.goto(url)
        # Firefox reaches a server on the loopback only with a granted device.
        self.page.evaluate("() => navigator.mediaDevices.getUserMedia({audio: true}).then(() => null)")
        add_test_page(self.page)
        self.page.evaluate("(source) => { (0, eval)(source); }", (TEST_PAGE / "doors.js").read_text())

    def publish(self, url: str, identifier: int, **options: Any) -> dict[str, Any]:
        """Publishes by WHIP; what is known of the session."""
        self.identifier = identifier
        return self.page.evaluate(
            "(options) => testpage.doors.publish(options).then(({location, etag, patched}) => ({location, etag, patched}))",
            {"url": url, "id": identifier, **options})

    def play(self, url: str, **options: Any) -> dict[str, Any]:
        """Plays by WHEP; what is known of the session."""
        return self.page.evaluate(
            "(options) => testpage.doors.play(options).then(({location, etag, patched}) => ({location, etag, patched}))",
            {"url": url, **options})

    def playing(self) -> dict[str, Any]:
        return self.page.evaluate("() => testpage.doors.playing()")

    def end(self, what: str) -> int:
        """DELETEs the session of `published` or `played`; the status."""
        return self.page.evaluate(f"() => {what}.end()")

    def wait_to_play(self, identifier: int, seconds: float = LOST_SECONDS) -> dict[str, Any]:
        """Until the picture of this id moves and, where the browser plays sound, is heard."""
        counters: set[int] = set()
        deadline = time.monotonic() + seconds
        while True:
            shown = self.playing()
            if shown["id"] == identifier and shown["counter"] is not None:
                counters.add(shown["counter"])
            if len(counters) > 3 and shown["energy"] > 0:
                return shown
            assert time.monotonic() < deadline, (
                f"should play {identifier}, but plays {shown} ({len(counters)} pictures); {self.page.errors}")
            time.sleep(0.05)

    def close(self) -> None:
        self.page.close()


class AiortcDoor:
    """An aiortc client of a door: decodes what it plays, encodes what it publishes."""

    def __init__(self, url: str, identifier: int | None = None):
        self.identifiers: list[int] = []
        self.counters: set[int] = set()
        self.loudest = 0.0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        try:
            self._run(self._open(url, identifier))
        except BaseException:
            self.close()
            raise

    def wait_to_play(self, identifier: int, seconds: float = LOST_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while self.identifiers[-1:] != [identifier] or len(self.counters) < 5 or self.loudest < 0.05:
            assert time.monotonic() < deadline, (
                f"should play {identifier}, but played {self.identifiers[-3:]}, {len(self.counters)} pictures, "
                f"loudest {self.loudest}")
            time.sleep(0.05)

    def close(self) -> None:
        if hasattr(self, "_connection"):
            self._run(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _open(self, url: str, identifier: int | None) -> None:
        self._connection = connection = RTCPeerConnection()
        if identifier is None:
            connection.on("track", lambda track: asyncio.ensure_future(self._watch(track)))
            for kind in ("audio", "video"):
                connection.addTransceiver(kind, direction="recvonly")
        else:
            connection.addTransceiver(ToneTrack(), direction="sendonly")
            connection.addTransceiver(PaintedTrack(identifier), direction="sendonly")
        await connection.setLocalDescription(await connection.createOffer())
        status, fields, body = await asyncio.get_running_loop().run_in_executor(None, lambda: request(
            "POST", url, connection.localDescription.sdp, content_type="application/sdp"))
        assert status == 201, body
        self.location = fields["location"]
        await connection.setRemoteDescription(RTCSessionDescription(sdp=body, type="answer"))

    async def _watch(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except Exception:  # the track ended; aiortc says so by raising
                return
            if isinstance(frame, av.VideoFrame):
                identifier, counter = picture.read(frame)
                if identifier is not None and counter is not None:
                    self.identifiers.append(identifier)
                    self.counters.add(counter)
            else:
                samples = memoryview(bytes(frame.planes[0])).cast("h")
                self.loudest = max(self.loudest, max(abs(sample) for sample in samples) / 32768)

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)
