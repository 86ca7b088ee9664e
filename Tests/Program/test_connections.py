"""Media over TCP as an operator sees it: the port, the setting, and a process that has run out of open files."""

import os
import resource
import signal
import socket
import time
import unittest
from pathlib import Path

from program import Running

DEVELOPMENT = ("--dev", "--http", "127.0.0.1:0")


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_connections(server: Running) -> int:
    _, text = server.get(server.ports[0], "/metrics")
    return int(sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("forestage_tcp_connections")))


def wait_for_connections(server: Running, count: int) -> None:
    # Only what hangs takes so long.
    end = time.monotonic() + 60
    while (found := open_connections(server)) != count:
        assert time.monotonic() < end, f"{found} connections in place of {count}"
        time.sleep(0.1)


class Connections(unittest.TestCase):
    def test_the_media_port_takes_tcp(self) -> None:
        with Running(*DEVELOPMENT, FORESTAGE_MEDIA_WORKERS="1") as server:
            with socket.create_connection(("127.0.0.1", server.media_port), 10):
                wait_for_connections(server, 1)
            wait_for_connections(server, 0)

    def test_a_setting_turns_it_off(self) -> None:
        with Running(*DEVELOPMENT, FORESTAGE_MEDIA_TCP="false") as server:
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", server.media_port), 10)

    def test_a_process_without_free_descriptors_neither_ends_nor_spins(self) -> None:
        with Running(*DEVELOPMENT, FORESTAGE_MEDIA_WORKERS="1") as server:
            before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
            self.assertGreater(before[0], 0)
            taken = {int(name) for name in os.listdir(f"/proc/{server.pid}/fd")}
            free = min(set(range(len(taken) + 1)) - taken)
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (free, before[1]))
            used = processor_seconds(server.pid)
            with socket.create_connection(("127.0.0.1", server.media_port), 10):
                time.sleep(2.5)
                # It would be more than two seconds where the listener stayed ready and accepting failed.
                self.assertLess(processor_seconds(server.pid) - used, 1.0)
                resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
                wait_for_connections(server, 1)
            self.assertEqual(server.end(with_signal=signal.SIGTERM), 0)


if __name__ == "__main__":
    unittest.main()
