"""The forestage binary under test."""

import os
import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path

from .paths import REPOSITORY
from .process import ChildProcess


# For the certificate that a server made itself.
UNVERIFIED = ssl._create_unverified_context()  # noqa: SLF001


def binary() -> Path:
    """FORESTAGE_BINARY, or what `swift build` made, release before debug."""
    if given := os.environ.get("FORESTAGE_BINARY"):
        return Path(given)
    built = [REPOSITORY / ".build" / kind / "forestage" for kind in ("release", "debug")]
    for path in built:
        if path.exists():
            return path
    raise FileNotFoundError(f"no forestage binary: set FORESTAGE_BINARY, or build one of {', '.join(map(str, built))}")


def load_binary() -> Path:
    """The measuring client, which lies beside the server."""
    return binary().with_name("forestage-load")


def free_tcp_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def free_media_ports(host: str, count: int) -> int:
    """The first of `count` neighbouring ports that are free for UDP and TCP, of a range that no other test process looks at."""
    start = 20_000 + 2_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for first in range(start, start + 2_000, count):
        probes = []
        try:
            for port in range(first, first + count):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    probes.append(socket.socket(socket.AF_INET, kind))
                    probes[-1].bind((host, port))
            return first
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
    raise OSError(f"no {count} neighbouring ports are free on {host}")


def browser_files() -> list[str]:
    """FORESTAGE_BROWSER_FILES names a folder with Client and Web to serve in place of those built into the binary."""
    folder = os.environ.get("FORESTAGE_BROWSER_FILES")
    return ["--browser-files", folder] if folder else []


class ForestageServer:
    """
    `forestage serve --dev` on ports of its own; a context manager that checks the clean end.
    No `media_addresses` means the server's default: those of every interface, and the loopback.
    """

    WORKERS = 2
    MODE: tuple[str, ...] = ("--dev",)
    LISTEN = "--http"

    def __init__(
        self, host: str = "127.0.0.1", media_addresses: tuple[str, ...] = ("127.0.0.1",), extra: tuple[str, ...] = (),
        environment: dict[str, str] | None = None, port: int | None = None,
    ):
        self.host = host
        self.port = port or free_tcp_port(host)
        first = free_media_ports(host, self.WORKERS)
        self.media_ports = range(first, first + self.WORKERS)
        addresses = [word for address in media_addresses for word in ("--media-address", address)]
        self.process = ChildProcess([
            str(binary()), "serve", *self.MODE, self.LISTEN, f"{host}:{self.port}", *addresses,
            "--media-ports", f"{first}-{first + self.WORKERS - 1}", *browser_files(), *extra],
            environment)
        try:
            self.process.wait_until(self._is_healthy, 60, "/healthz")
        except BaseException:
            self.process.stop()
            raise

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def signaling_url(self) -> str:
        return f"ws://{self.host}:{self.port}/v1/signal"

    def stop(self) -> None:
        """SIGTERM must end it with exit 0."""
        running = self.process.exit_code is None
        code = self.process.stop()
        assert running, f"the server had ended before its time (exit {code}); its log:\n{self.process.log}"
        assert code == 0, f"SIGTERM: exit {code} instead of 0; the server's log:\n{self.process.log}"

    def __enter__(self) -> "ForestageServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1, context=UNVERIFIED) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False


class HTTPSServer(ForestageServer):
    """The same with HTTPS and a certificate of its own, which lies in `state`."""

    MODE = ("--dev-https",)
    LISTEN = "--https"

    def __init__(self, host: str, state: Path):
        super().__init__(host, media_addresses=(), environment={"XDG_STATE_HOME": str(state)})

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    @property
    def signaling_url(self) -> str:
        return f"wss://{self.host}:{self.port}/v1/signal"


def network_address() -> str:
    """This machine's address on its default route, as a phone beside it reaches it; the loopback without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address that nobody has; nothing is sent
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]
