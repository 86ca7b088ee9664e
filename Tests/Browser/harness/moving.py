"""A browser in a network namespace with two ways to the server, as a phone has Wi-Fi and a mobile network."""

import subprocess
import tempfile
from pathlib import Path

from .network import NoNetwork, run

# The server's address, reached by either way.
SERVER = "10.93.0.1"
WAYS = ("wifi", "mobile")


class MovingClient:
    """
    A network namespace beside that of the calling thread (harness.network.Network); a context manager. `browser` is an executable that starts
    Chromium in it. The client's default route leads over Wi-Fi at first.
    """

    def __enter__(self) -> "MovingClient":
        self._holder = subprocess.Popen(["unshare", "-n", "sleep", "600"])
        self._namespace = f"/proc/{self._holder.pid}/ns/net"
        try:
            run("ip", "address", "add", f"{SERVER}/32", "dev", "lo")
            self._wait()
            self._inside("ip", "link", "set", "lo", "up")
            for number, way in enumerate(WAYS, 1):
                run("ip", "link", "add", f"{way}0", "type", "veth", "peer", "name", f"{way}1", "netns", str(self._holder.pid))
                run("ip", "address", "add", f"10.93.{number}.1/24", "dev", f"{way}0")
                run("ip", "link", "set", f"{way}0", "up")
            self.come(0)
        except BaseException:
            self.__exit__()
            raise
        script = Path(tempfile.mkdtemp()) / "chromium"
        script.write_text(f'#!/bin/sh\nexec nsenter --net={self._namespace} "${{CHROMIUM_INSIDE:-/usr/bin/chromium}}" "$@"\n')
        script.chmod(0o755)
        self.browser = str(script)
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.kill()
        self._holder.wait()

    def come(self, way: int, host: int = 2) -> None:
        """The client gets an address and its default route on this way."""
        name = f"{WAYS[way]}1"
        self._inside("ip", "link", "set", name, "up")
        self._inside("ip", "address", "replace", f"10.93.{way + 1}.{host}/24", "dev", name)
        self._inside("ip", "route", "replace", "default", "via", f"10.93.{way + 1}.1", "dev", name)

    def go(self, way: int) -> None:
        """The way ends: its address goes with it."""
        self._inside("ip", "address", "flush", "dev", f"{WAYS[way]}1")
        self._inside("ip", "link", "set", f"{WAYS[way]}1", "down")

    def _inside(self, *command: str) -> None:
        run("nsenter", f"--net={self._namespace}", *command)

    def _wait(self) -> None:
        """Until the namespace is there."""
        own = Path("/proc/thread-self/ns/net").readlink()
        while Path(self._namespace).readlink() == own:
            if self._holder.poll() is not None:
                raise NoNetwork("unshare -n ended")
