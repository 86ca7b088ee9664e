"""A TCP relay in front of a server, whose connections a test can reset, or let nothing through without a word."""

import socket
import struct
import threading


class Relay:
    """Passes connections on to `host:port`; a context manager. Its `url` is what pages open in place of the server's."""

    def __init__(self, host: str, port: int):
        self._target = (host, port)
        self._listener = socket.create_server((host, 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._is_open = threading.Event()
        self._is_open.set()
        self.host, self.port = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def reset(self) -> None:
        """Resets every connection there is (RST), to both sides."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    end.shutdown(socket.SHUT_RD)
                    end.close()
                except OSError:
                    pass

    def swallow(self, swallows: bool = True) -> None:
        """From now on nothing comes through, in either direction, and nobody is told: neither of the connections there are, nor of new ones."""
        if swallows:
            self._is_open.clear()
        else:
            self.reset()  # what was swallowed is lost; a client that waits for it waits in vain
            self._is_open.set()

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.reset()
        self._is_open.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                self._is_open.wait()
                server = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while octets := source.recv(65_536):
                self._is_open.wait()
                sink.sendall(octets)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
