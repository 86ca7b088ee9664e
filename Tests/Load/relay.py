"""A relay between clients and a server that delays and drops media on its way to the clients.

Signaling goes through a TCP proxy that swaps the media port in the answer's candidates for the relay's: both have five
digits, so the messages keep their lengths.
"""

import asyncio
import threading

# From the server's port to the relay's in front of it.
PORTS_APART = 1_000


class Relay:
    """Runs in a thread of its own; a context manager."""

    def __init__(self, http: int, media: int, delay: float = 0.0, drop_every: int = 0):
        self.http_port = http + PORTS_APART
        self.media_port = media + PORTS_APART
        self.media_seen = 0
        self.media_dropped = 0
        self._http, self._media = http, media
        self._delay, self._drop_every = delay, drop_every
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Relay":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(60)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.http_port)
        _, self._front = await self._loop.create_datagram_endpoint(
            lambda: _Front(self), local_addr=("127.0.0.1", self.media_port))

    async def _stop(self) -> None:
        self._server.close()
        self._front.close()


    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self._http)
        old, new = f" {self._media} typ host".encode(), f" {self.media_port} typ host".encode()

        async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, swaps: bool) -> None:
            try:
                # One read may end inside a candidate; answers are short, and come in one piece over loopback.
                while data := await source.read(1 << 20):
                    sink.write(data.replace(old, new) if swaps else data)
                    await sink.drain()
            except ConnectionError:
                pass
            finally:
                sink.close()

        await asyncio.gather(carry(reader, upstream_writer, False), carry(upstream_reader, writer, True))

    def takes(self, datagram: bytes) -> bool:
        """Whether a datagram for a client goes on; only media is dropped."""
        is_media = len(datagram) > 12 and 128 <= datagram[0] <= 191 and not 192 <= datagram[1] <= 223
        if not is_media:
            return True
        self.media_seen += 1
        if self._drop_every and self.media_seen % self._drop_every == 0:
            self.media_dropped += 1
            return False
        return True

    def later(self, call, *arguments) -> None:
        if self._delay:
            self._loop.call_later(self._delay, call, *arguments)
        else:
            call(*arguments)


class _Front(asyncio.DatagramProtocol):
    """Faces the clients: each gets a socket of its own towards the server."""

    def __init__(self, relay: Relay):
        self._relay = relay
        self._backs: dict[tuple, asyncio.DatagramTransport | list[bytes]] = {}

    def connection_made(self, transport) -> None:
        self.transport = transport

    def close(self) -> None:
        self.transport.close()
        for back in self._backs.values():
            if not isinstance(back, list):
                back.close()

    def datagram_received(self, data: bytes, address: tuple) -> None:
        back = self._backs.get(address)
        if back is None:
            self._backs[address] = [data]
            asyncio.ensure_future(self._open(address))
        elif isinstance(back, list):
            back.append(data)
        else:
            back.sendto(data)

    def send(self, data: bytes, address: tuple) -> None:
        if not self.transport.is_closing():
            self.transport.sendto(data, address)

    async def _open(self, address: tuple) -> None:
        back, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Back(self._relay, self, address), remote_addr=("127.0.0.1", self._relay._media))
        for data in self._backs[address]:
            back.sendto(data)
        self._backs[address] = back


class _Back(asyncio.DatagramProtocol):
    """Faces the server for one client."""

    def __init__(self, relay: Relay, front: _Front, address: tuple):
        self._relay, self._front, self._address = relay, front, address

    def datagram_received(self, data: bytes, _: tuple) -> None:
        if self._relay.takes(data):
            self._relay.later(self._front.send, data, self._address)
