"""The real program, run as an operator runs it."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("FORESTAGE_BINARY", str(REPOSITORY / ".build/debug/forestage"))
KEY = {"apiKey": "FStest", "apiSecret": "0123456789abcdef0123456789abcdef"}
# Nothing here takes longer than a second; a minute means that something hangs.
HANGS = 60


def clean_environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORESTAGE_")}
    return {**kept, **variables}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a command that ends by itself."""
    return subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, timeout=HANGS, env=clean_environment(**variables)
    )


def problems(*arguments: str, **variables: str) -> list[str]:
    """What a start with mistakes says, without the program's name; the start must fail with status 1."""
    ended = run(*arguments, **variables)
    assert ended.returncode == 1, f"status {ended.returncode}: {ended.stdout}{ended.stderr}"
    assert ended.stdout == "", ended.stdout
    lines = ended.stderr.splitlines()
    assert all(line.startswith("forestage: ") for line in lines), ended.stderr
    return [line.removeprefix("forestage: ") for line in lines]


class File:
    """A configuration file; problems name it by the path, which `name` is."""

    def __init__(self, text: str | bytes):
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "forestage.json"
        self.path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def __enter__(self) -> "File":
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def problems(self, *arguments: str, **variables: str) -> list[str]:
        """Those of `serve` with this file, without the file's folder."""
        told = problems("serve", "--config", str(self.path), *arguments, **variables)
        return [line.replace(f"{self.path.parent}/", "") for line in told]


def free_media_port() -> int:
    """A port that is free for UDP and TCP."""
    while True:
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return tcp.getsockname()[1]


class Running:
    """A server on free ports, its log, and its end."""

    def __init__(self, *arguments: str, listeners: int = 1, **variables: str):
        media = self.media_port = free_media_port()
        self._command = [BINARY, "serve", "--media-address", "127.0.0.1", "--media-ports", str(media), *arguments]
        self._environment = clean_environment(**variables)
        self._listeners = listeners
        self.log: list[str] = []
        self.ports: list[int] = []

    def __enter__(self) -> "Running":
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self._environment
        )
        assert self._process.stdout
        while len(self.ports) < self._listeners:
            line = self._process.stdout.readline()
            assert line, "the server ended: " + "".join(self.log)
            self.log.append(line)
            if listening := re.search(r"listening on \S*:(\d+)$", line):
                self.ports.append(int(listening[1]))
        return self

    def send(self, with_signal: signal.Signals) -> None:
        self._process.send_signal(with_signal)

    def wait_for_line(self, pattern: str) -> str:
        """The next line of the log that the pattern is in; the test's own time limit ends the wait."""
        assert self._process.stdout
        while line := self._process.stdout.readline():
            self.log.append(line)
            if re.search(pattern, line):
                return line
        raise AssertionError(f"the server ended without {pattern!r}: " + "".join(self.log))

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self, with_signal: signal.Signals) -> int:
        """Ends the server and gives its status; the log is whole then."""
        self._process.send_signal(with_signal)
        assert self._process.stdout
        hangs = threading.Timer(HANGS, self._process.kill)
        hangs.start()
        # Not `communicate`, which forgets the lines that were buffered behind the last one that was read.
        self.log += self._process.stdout.readlines()
        hangs.cancel()
        return self._process.wait(HANGS)

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    @staticmethod
    def get(port: int, path: str, token: str | None = None) -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=HANGS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
