"""A participant on aiortc: an independent WebRTC stack, with nothing but the protocol's page to go by."""

import asyncio
import fractions
import json
import math
import threading
import time
from concurrent.futures import Future
from typing import Any, Coroutine

import av
import websocket
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack

from . import picture
from .page import LOST_SECONDS
from .server import ForestageServer


class PaintedTrack(VideoStreamTrack):
    """30 numbered frames a second."""

    def __init__(self, identifier: int):
        super().__init__()
        self._identifier = identifier
        self._counter = 0

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        self._counter += 1
        frame = picture.paint(self._identifier, self._counter)
        frame.pts, frame.time_base = pts, time_base
        return frame


class ToneTrack(MediaStreamTrack):
    """A tone of 440 Hz."""

    kind = "audio"
    RATE, SAMPLES = 48_000, 960

    def __init__(self) -> None:
        super().__init__()
        self._position = 0
        self._start = time.monotonic()

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(max(0.0, self._start + self._position / self.RATE - time.monotonic()))
        frame = av.AudioFrame(format="s16", layout="mono", samples=self.SAMPLES)
        frame.planes[0].update(b"".join(
            int(9000 * math.sin(2 * math.pi * 440 * (self._position + index) / self.RATE)).to_bytes(2, "little", signed=True)
            for index in range(self.SAMPLES)))
        frame.pts, frame.sample_rate, frame.time_base = self._position, self.RATE, fractions.Fraction(1, self.RATE)
        self._position += self.SAMPLES
        return frame


class AiortcParticipant:
    """Joins over a plain WebSocket; publishes when it has an `identifier`, and watches `seats` seats."""

    def __init__(self, server: ForestageServer, room: str, name: str, *, role: str = "viewer",
                 identifier: int | None = None, seats: int = 1):
        self.name = name
        self.identifier = identifier
        self.frames: dict[str, int] = {}
        self.identifiers: list[int] = []
        self.counters: list[int] = []
        self.loudest = 0.0
        self.events: list[dict[str, Any]] = []
        self._replies: dict[int, Future[dict[str, Any]]] = {}
        self._next_id = 0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._socket = websocket.create_connection(
            server.signaling_url, subprotocols=["forestage.v1"], timeout=LOST_SECONDS, suppress_origin=True)
        threading.Thread(target=self._read_messages, daemon=True).start()
        try:
            self._run(self._join(room, role, seats))
        except BaseException:
            self.close()
            raise

    def request(self, type: str, **fields: Any) -> dict[str, Any]:
        self._next_id += 1
        reply: Future[dict[str, Any]] = Future()
        self._replies[self._next_id] = reply
        self._socket.send(json.dumps({"type": type, "id": self._next_id, **fields}))
        return reply.result(LOST_SECONDS)

    def wait_until(self, condition: Any, seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, (
                f"{self.name}: {what} not within {seconds} s; frames {self.frames}, ids {self.identifiers[-5:]}")
            time.sleep(0.05)

    def close(self) -> None:
        self._socket.close()
        if hasattr(self, "connection"):
            self._run(self.connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _join(self, room: str, role: str, seats: int) -> None:
        self.connection = connection = RTCPeerConnection()
        connection.on("track", lambda track: asyncio.ensure_future(self._watch(track)))
        publishing = {}
        if self.identifier is not None:
            publishing["microphone"] = connection.addTransceiver(ToneTrack(), direction="sendonly")
            publishing["camera"] = connection.addTransceiver(PaintedTrack(self.identifier), direction="sendonly")
        receiving = [
            (seat, connection.addTransceiver(kind, direction="recvonly"))
            for seat in range(seats) for kind in ("video", "audio")]
        await connection.setLocalDescription(await connection.createOffer())
        joined = await asyncio.get_running_loop().run_in_executor(None, lambda: self.request(
            "join", room=room, name=self.name, role=role, offer=connection.localDescription.sdp,
            slots=[{"mid": transceiver.mid, "use": "seat", "seat": seat} for seat, transceiver in receiving],
            publish=[{"mid": transceiver.mid, "source": source} for source, transceiver in publishing.items()]))
        assert joined["type"] == "joined", joined
        self.joined = joined
        await connection.setRemoteDescription(RTCSessionDescription(sdp=joined["answer"], type="answer"))
        for source in publishing:
            reply = await asyncio.get_running_loop().run_in_executor(None, lambda: self.request("publish", source=source))
            assert reply["type"] == "ok", reply

    async def _watch(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except Exception:  # the track ended; aiortc says so by raising
                return
            self.frames[track.kind] = self.frames.get(track.kind, 0) + 1
            if isinstance(frame, av.VideoFrame):
                identifier, counter = picture.read(frame)
                if identifier is not None:
                    self.identifiers.append(identifier)
                if counter is not None:
                    self.counters.append(counter)
            else:
                samples = memoryview(bytes(frame.planes[0])).cast("h")
                self.loudest = max(self.loudest, max(abs(sample) for sample in samples) / 32768)

    def _read_messages(self) -> None:
        while True:
            try:
                text = self._socket.recv()
            except (websocket.WebSocketException, OSError):
                return
            if not text:
                return
            message = json.loads(text)
            if (reply := self._replies.pop(message.get("id", -1), None)) is not None:
                reply.set_result(message)
            else:
                self.events.append(message)

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)
