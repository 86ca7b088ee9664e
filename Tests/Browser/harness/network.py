"""A network of its own for one test module, with datagrams lost on the way where the test says so."""

import ctypes
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

# From linux/sched.h; Python has os.unshare only since 3.12.
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


class NoNetwork(Exception):
    """Why this machine cannot make one."""


def run(*command: str, text: str | None = None) -> str:
    done = subprocess.run(command, input=text, text=True, capture_output=True)
    if done.returncode:
        raise NoNetwork(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _check(result: int, what: str) -> None:
    if result:
        raise NoNetwork(f"{what}: {os.strerror(ctypes.get_errno())}")


class Network:
    """
    A network namespace that this thread, and all that it starts, lives in while the context is open.

    It has no name and ends with the last process in it. Beside the loopback it has one address and a default route,
    since Firefox sends nothing to a server on the loopback alone. All datagrams arrive through the input hook.
    """

    ADDRESS = "10.91.0.1"

    def __enter__(self) -> "Network":
        if os.geteuid() != 0:
            raise NoNetwork("needs root for a network namespace and nft")
        for program, package in (("ip", "iproute2"), ("nft", "nftables")):
            if not shutil.which(program):
                raise NoNetwork(f"needs {program} (package {package})")
        self._former = os.open(Path("/proc") / "self" / "task" / str(threading.get_native_id()) / "ns" / "net", os.O_RDONLY)
        try:
            _check(_libc.unshare(CLONE_NEWNET), "unshare")
            run("ip", "link", "set", "lo", "up")
            run("ip", "link", "add", "test0", "type", "veth", "peer", "name", "test1")
            run("ip", "address", "add", f"{self.ADDRESS}/24", "dev", "test0")
            for end in ("test0", "test1"):
                run("ip", "link", "set", end, "up")
            run("ip", "route", "add", "default", "dev", "test0")
            self.settle()
            self.lose({"udp dport 9": 50})  # a kernel that cannot is found here, not in the middle of a test
            self.lose({})
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        _check(_libc.setns(self._former, CLONE_NEWNET), "setns")
        os.close(self._former)

    def settle(self) -> None:
        """Waits until the addresses are checked for doubles (RFC 4862 section 5.4): Chromium gives up requests when the network changes."""
        deadline = time.monotonic() + 30
        while "tentative" in run("ip", "address", "show", "tentative") and time.monotonic() < deadline:
            time.sleep(0.1)

    def lose(self, percent: dict[str, float]) -> None:
        """
        From now on that share of the datagrams is lost, at random, for each match, such as "udp sport 5000"; no others.

        At the input, since a sender is told of drops at its output and sends again.
        """
        def chance(share: float) -> str:
            return "" if share >= 100 else f"numgen random mod 10000 < {round(share * 100)}"

        rules = "\n".join(
            f"{match} counter\n {match} {chance(share)} counter drop" for match, share in percent.items())
        run("nft", "-f", "-", text=f"""
            table ip test {{ }}
            delete table ip test
            table ip test {{
                chain arrives {{
                    type filter hook input priority 0;
                    {rules}
                }}
            }}
        """)

    def lost(self) -> list[tuple[int, int]]:
        """(arrived, lost) datagrams of each match since `lose`, in its order."""
        words = run("nft", "list", "chain", "ip", "test", "arrives").split()
        counts = [int(words[index + 1]) for index, word in enumerate(words) if word == "packets"]
        return list(zip(counts[::2], counts[1::2]))
