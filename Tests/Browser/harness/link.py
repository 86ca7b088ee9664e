"""A narrow link in user space: a relay for datagrams with a rate, a queue and a delay in each direction."""

import collections
import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Iterable
from typing import Any

# IPv4 and UDP, which a link carries as well.
HEADERS = 28
DATAGRAM = 65_536
# For what the server sends in one turn to one client.
RECEIVE_BUFFER = 4_000_000
# The relay looks so often whether it shall end.
LOOK_SECONDS = 0.05


class Direction:
    """
    One way through the link: datagrams leave the queue at the rate, and arrive the delay later. Times are seconds, given by the
    caller: what is looked at late has left in time all the same.
    """

    def __init__(self, rate: float | None = None, delay: float = 0, queue_seconds: float = 0.3):
        """`rate` in bits per second (None: no limit); the queue holds what the rate carries in `queue_seconds`."""
        self.rate = rate
        self.delay = delay
        self.queue_seconds = queue_seconds
        self.passed_octets = 0
        self.dropped = 0
        # How long each datagram was in the queue, its own transmission included.
        self.waits: list[float] = []
        self._queue: collections.deque[tuple[float, int, Any]] = collections.deque()
        self._queued_octets = 0
        self._head_leaves = 0.0
        self._travelling: collections.deque[tuple[float, Any]] = collections.deque()

    def push(self, now: float, octets: int, item: Any) -> bool:
        """Takes a datagram of so many octets, headers included; False if the queue is full."""
        self._settle(now)
        if self.rate is None:
            self._leave(now, now, octets, item)
            return True
        if self._queue and (self._queued_octets + octets) * 8 > self.rate * self.queue_seconds:
            self.dropped += 1
            return False
        if not self._queue:
            self._head_leaves = now + octets * 8 / self.rate
        self._queue.append((now, octets, item))
        self._queued_octets += octets
        return True

    def pop(self, now: float) -> list[Any]:
        """What has arrived at the other end."""
        self._settle(now)
        arrived = []
        while self._travelling and self._travelling[0][0] <= now:
            arrived.append(self._travelling.popleft()[1])
        return arrived

    def set_rate(self, now: float, rate: float | None) -> None:
        """From now on; what is left of the datagram that is being sent goes at the new rate."""
        self._settle(now)
        if self._queue and self.rate:
            self._head_leaves = now + (self._head_leaves - now) * self.rate / rate if rate else now
        self.rate = rate
        self._settle(now)

    @property
    def next_time(self) -> float | None:
        """When something leaves or arrives next."""
        times = [self._head_leaves] if self._queue else []
        if self._travelling:
            times.append(self._travelling[0][0])
        return min(times, default=None)

    def take_waits(self) -> list[float]:
        """The waits since the last call."""
        waits, self.waits = self.waits, []
        return waits

    def _settle(self, now: float) -> None:
        while self._queue and self._head_leaves <= now:
            arrival, octets, item = self._queue.popleft()
            self._queued_octets -= octets
            self._leave(self._head_leaves, arrival, octets, item)
            if self._queue and self.rate:
                self._head_leaves += self._queue[0][1] * 8 / self.rate

    def _leave(self, at: float, arrival: float, octets: int, item: Any) -> None:
        self.passed_octets += octets
        self.waits.append(at - arrival)
        self._travelling.append((at + self.delay, item))


class Link:
    """
    Passes datagrams on between clients and the server's media ports; a context manager. All that goes through it shares its
    rate. `ports` says which of its ports stands for which of the server's: for `testpage.reroute` in the page.
    """

    def __init__(self, server_ports: Iterable[int], down: Direction, up: Direction, host: str = "127.0.0.1"):
        self.down, self.up = down, up
        self._server = host
        self._selector = selectors.DefaultSelector()
        self._upstream: dict[tuple[socket.socket, Any], socket.socket] = {}
        self._lock = threading.Lock()
        self._ends = False
        self.ports: dict[int, int] = {}
        for port in server_ports:
            front = self._open("0.0.0.0")
            self.ports[port] = front.getsockname()[1]
            self._selector.register(front, selectors.EVENT_READ, (port, None))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def set_rate(self, rate: float | None) -> None:
        """Towards the client."""
        with self._lock:
            self.down.set_rate(time.monotonic(), rate)

    def take_waits(self) -> list[float]:
        """How long what went to the client was in the queue, since the last call."""
        with self._lock:
            return self.down.take_waits()

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        self._ends = True
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    @staticmethod
    def _open(host: str) -> socket.socket:
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        end.bind((host, 0))
        end.setblocking(False)
        return end

    def _run(self) -> None:
        while not self._ends:
            times = [at for way in (self.down, self.up) if (at := way.next_time) is not None]
            wait = min(max(min(times) - time.monotonic(), 0), LOOK_SECONDS) if times else LOOK_SECONDS
            ready = self._selector.select(wait)
            with self._lock:
                for key, _ in ready:
                    self._receive(key.fileobj, *key.data)  # type: ignore[arg-type]
                now = time.monotonic()
                for way in (self.down, self.up):
                    for end, octets, address in way.pop(now):
                        with contextlib.suppress(OSError):  # a page that has gone
                            end.sendto(octets, address)

    def _receive(self, end: socket.socket, port: int, client: tuple[socket.socket, Any] | None) -> None:
        while True:
            try:
                octets, address = end.recvfrom(DATAGRAM)
            except OSError:  # nothing more; or a port that is closed at the other end
                return
            now, size = time.monotonic(), len(octets) + HEADERS
            if client:
                front, its_address = client
                self.down.push(now, size, (front, octets, its_address))
                continue
            key = (end, address)
            if key not in self._upstream:
                self._upstream[key] = self._open(self._server)
                self._selector.register(self._upstream[key], selectors.EVENT_READ, (port, key))
            self.up.push(now, size, (self._upstream[key], octets, (self._server, port)))
