"""A child process that never outlives its test."""

import os
import queue
import re
import signal
import subprocess
import threading
import time
from typing import Callable


class ChildProcess:
    """A program in a process group of its own, its output collected line by line."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None):
        self.lines: list[str] = []
        self._fresh: queue.Queue[str | None] = queue.Queue()
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", env={**os.environ, **(environment or {})}, start_new_session=True)
        threading.Thread(target=self._collect, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    def wait_for_line(self, pattern: str, seconds: float) -> re.Match[str]:
        """The first line from now on that matches; raises with the log when none comes."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._fresh.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"no line like {pattern!r} within {seconds} s; the log:\n{self.log}") from None
            if line is None:
                raise RuntimeError(f"the program ended (exit {self._process.wait()}); its log:\n{self.log}")
            if match := re.search(pattern, line):
                return match

    def wait_until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Polls the condition; raises with the log when time is up or the program has ended."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self.exit_code is not None:
                raise RuntimeError(f"the program ended (exit {self.exit_code}); its log:\n{self.log}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {seconds} s; the log:\n{self.log}")
            time.sleep(0.05)

    def send_signal(self, number: signal.Signals) -> None:
        """Sends the signal to it and to all that it started."""
        os.killpg(self.pid, number)

    def stop(self, seconds: float = 60) -> int:
        """SIGTERM, then SIGKILL to its group; returns the exit code (negative: ended by that signal)."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        try:
            os.killpg(self.pid, signal.SIGKILL)  # children that a browser left behind
        except ProcessLookupError:
            pass
        self._process.wait(5)
        return code

    def _collect(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._fresh.put(line.rstrip("\n"))
        self._fresh.put(None)
