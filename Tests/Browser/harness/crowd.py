"""Many viewers with signaling alone (no offer), in one thread: what half a thousand pages do to a server, without the pages."""

import asyncio
import base64
import json
import os
import random
import struct
import threading
import time
from typing import Any
from urllib.parse import urlsplit

# As Signaling/Client/return.js has them, in seconds.
FIRST_DELAY, GROWING_DELAY, LONGEST_DELAY = 0.3, 0.5, 8.0
PATIENCE = 60.0


def delay(attempt: int, chance: random.Random) -> float:
    if attempt == 1:
        return FIRST_DELAY * chance.random()
    return min(LONGEST_DELAY, GROWING_DELAY * 2 ** (attempt - 2)) * (0.5 + chance.random())


class Socket:
    """A WebSocket as little as the protocol needs: whole text messages, pings answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, url: str) -> "Socket":
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write((
            f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: forestage.v1\r\n\r\n").encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            writer.close()
            raise OSError(head.decode(errors="replace"))
        return cls(reader, writer)

    def send(self, message: dict[str, Any]) -> None:
        self._frame(1, json.dumps(message).encode())

    async def receive(self) -> dict[str, Any]:
        """The next message; raises EOFError or OSError at the end."""
        while True:
            first, second = await self._reader.readexactly(2)
            length = second & 0x7F
            if length == 126:
                length, = struct.unpack(">H", await self._reader.readexactly(2))
            elif length == 127:
                length, = struct.unpack(">Q", await self._reader.readexactly(8))
            data = await self._reader.readexactly(length)
            if first & 15 == 1:
                return json.loads(data)
            if first & 15 == 9:
                self._frame(10, data)
            if first & 15 == 8:
                raise EOFError

    def close(self) -> None:
        self._writer.close()

    def _frame(self, opcode: int, data: bytes) -> None:
        size = struct.pack(">B", 0x80 | len(data)) if len(data) < 126 else struct.pack(">BH", 0xFE, len(data))
        # A mask of zeros is one.
        self._writer.write(bytes([0x80 | opcode]) + size + bytes(4) + data)


class Viewer:
    def __init__(self, url: str, room: str, number: int):
        self._url, self._room, self._number = url, room, number
        self._chance = random.Random(number)
        self._socket: Socket | None = None
        self._token = ""
        self.seq = 0
        self.audience = 0

    async def join(self) -> None:
        self._socket = await Socket.open(self._url)
        joined = await self._ask({"type": "join", "id": 1, "room": self._room, "identity": f"viewer-{self._number}"}, "joined")
        self._token, self.seq, self.audience = joined["resumeToken"], 0, joined["audience"]["count"]

    async def listen(self) -> None:
        """Until the connection ends."""
        try:
            while True:
                self._hear(await self._socket.receive())
        except (EOFError, OSError):
            self._socket.close()

    async def come_back(self) -> float:
        """When it was back: resumes, and where that is refused joins anew."""
        for attempt in range(1, 1000):
            await asyncio.sleep(delay(attempt, self._chance))
            try:
                self._socket = await Socket.open(self._url)
                try:
                    await self._ask({"type": "resume", "id": 1, "resumeToken": self._token, "lastSeq": self.seq}, "resumed")
                except PermissionError:
                    self._socket.close()
                    await asyncio.sleep(delay(1, self._chance))
                    await self.join()
                return time.monotonic()
            except (EOFError, OSError):
                continue
        raise TimeoutError

    def close(self) -> None:
        self._socket.close()

    def _hear(self, message: dict[str, Any]) -> None:
        self.seq = message.get("seq", self.seq)
        if message["type"] == "audience":
            self.audience = message["count"]

    async def _ask(self, request: dict[str, Any], reply: str) -> dict[str, Any]:
        self._socket.send(request)
        while True:
            message = await self._socket.receive()
            if message["type"] == reply:
                return message
            if message["type"] == "error":
                raise PermissionError(message["code"])
            self._hear(message)


class Crowd:
    """`count` viewers of a room. Calls block until all have done it."""

    def __init__(self, url: str, room: str, count: int):
        self._viewers = [Viewer(url, room, number) for number in range(count)]
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._listening: list[asyncio.Task[None]] = []

    def join(self) -> None:
        self._run(self._join())

    def come_back(self) -> list[float]:
        """All have lost their connections, or are about to; when each was back (time.monotonic)."""
        return self._run(self._come_back())

    def audience(self) -> int:
        """What everybody was told of the audience's size at last."""
        deadline = time.monotonic() + PATIENCE
        while len(counts := {viewer.audience for viewer in self._viewers}) > 1 or counts != {len(self._viewers)}:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return max(counts)

    def close(self) -> None:
        async def close() -> None:
            for viewer in self._viewers:
                viewer.close()
        self._run(close())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _join(self) -> None:
        for viewer in self._viewers:
            await viewer.join()
        self._listen()

    def _listen(self) -> None:
        self._listening = [asyncio.create_task(viewer.listen()) for viewer in self._viewers]

    async def _come_back(self) -> list[float]:
        await asyncio.gather(*self._listening)
        times = await asyncio.gather(*(viewer.come_back() for viewer in self._viewers))
        self._listen()
        return times
