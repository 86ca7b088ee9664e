"""Debian's coturn, set up as Docs/Networks.md says."""

import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .paths import REPOSITORY
from .process import ChildProcess
from .server import free_tcp_port, free_media_ports

LOOPBACK = "127.0.0.1"
RELAYED_PORTS = 32
# In a namespace of its own every port is free.
PORTS = (3478, 5349, 49_152)


class Turn:
    """
    A TURN server; a context manager. `url("udp")`, `url("tcp")` and `url("tls")` name it.

    On the loopback it has ports of its own. With a `prefix` it runs in another network namespace, where `host` is its address;
    it relays to the address `peer` alone.
    """

    SECRET = "a-secret-of-the-turn-server-and-forestage"

    def __init__(self, host: str = LOOPBACK, prefix: Sequence[str] = (), peer: str = LOOPBACK) -> None:
        self.host = host
        self._folder = Path(tempfile.mkdtemp(prefix="forestage-turn-"))
        self.port, self.tls_port, first = PORTS
        if not prefix:
            self.port, self.tls_port = free_tcp_port(host), free_tcp_port(host)
            first = free_media_ports(host, RELAYED_PORTS)
        self.relayed_ports = range(first, first + RELAYED_PORTS)
        certificate, key = self._folder / "cert.pem", self._folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{host}", "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True)
        page = (REPOSITORY / "Docs/Networks.md").read_text()
        (settings,) = re.findall(r"^```turnserver\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        for name, value in {
            "static-auth-secret": self.SECRET, "listening-port": self.port, "tls-listening-port": self.tls_port, "cert": certificate,
            "pkey": key, "min-port": first, "max-port": first + RELAYED_PORTS - 1, "allowed-peer-ip": peer,
        }.items():
            settings, count = re.subn(rf"^{name}=.*$", f"{name}={value}", settings, flags=re.MULTILINE)
            assert count == 1, f"Docs/Networks.md sets {name} {count} times"
        # What a machine's own TURN server does by itself, or must not do.
        settings += (f"listening-ip={host}\nrelay-ip={host}\nallow-loopback-peers\nlog-file=stdout\nsimple-log\n"
                     f"pidfile={self._folder}/pid\nuserdb={self._folder}/users\n")
        (self._folder / "turnserver.conf").write_text(settings)
        self.process = ChildProcess([*prefix, "turnserver", "-c", str(self._folder / "turnserver.conf")])
        try:
            self.process.wait_until(self._listens, 30, "turnserver listens")
        except BaseException:
            self.close()
            raise

    def url(self, way: str) -> str:
        scheme, port, transport = {
            "udp": ("turn", self.port, "udp"), "tcp": ("turn", self.port, "tcp"), "tls": ("turns", self.tls_port, "tcp")}[way]
        return f"{scheme}:{self.host}:{port}?transport={transport}"

    def environment(self, *ways: str) -> dict[str, str]:
        """Settings of a server whose people may come by it."""
        return {"FORESTAGE_ICE_SERVERS": ",".join(map(self.url, ways)), "FORESTAGE_ICE_SECRET": self.SECRET}

    def close(self) -> None:
        self.process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "Turn":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listens(self) -> bool:
        for port in (self.port, self.tls_port):
            try:
                socket.create_connection((self.host, port), 1).close()
            except OSError:
                return False
        return True
