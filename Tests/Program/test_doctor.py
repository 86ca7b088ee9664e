"""What `forestage doctor` says of a server on this machine, and of none."""

import socket
import unittest

from program import KEY, Running, run


class Doctor(unittest.TestCase):
    def test_all_that_a_server_on_this_machine_offers_works(self) -> None:
        with Running("--dev", "--http", "127.0.0.1:0") as server:
            ended = run("doctor", "--url", f"http://127.0.0.1:{server.ports[0]}")
        lines = ended.stdout.splitlines()
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        found = [line.split()[:2] for line in lines]
        for subject in ("HTTP", "WebSocket", "UDP", "Media"):
            self.assertIn(["ok", subject], found, lines)
        self.assertIn(["-", "TURN"], found, lines)
        self.assertTrue(any("DTLS is established with 127.0.0.1:" in line for line in lines), lines)

    def test_a_server_that_is_not_there_is_told_in_a_sentence(self) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            ended = run("doctor", "--url", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        self.assertEqual(ended.returncode, 1)
        (line,) = ended.stdout.splitlines()
        self.assertRegex(line, "^FAILS +HTTP .*[Cc]onnection refused.*Is the server running")

    def test_a_server_with_keys_needs_a_token(self) -> None:
        variables = {"FORESTAGE_API_KEY": KEY["apiKey"], "FORESTAGE_API_SECRET": KEY["apiSecret"]}
        with Running("--http", "127.0.0.1:0", **variables) as server:
            url = f"http://127.0.0.1:{server.ports[0]}"
            without = run("doctor", "--url", url)
            token = run("token", "--room", "friday", "--identity", "doctor", "--role", "host", **variables).stdout.strip()
            given = run("doctor", "--url", url, "--token", token)
        self.assertEqual(without.returncode, 1)
        self.assertIn("forestage token --room doctor", without.stdout)
        self.assertEqual(given.returncode, 0, given.stdout + given.stderr)

    def test_mistakes_are_told(self) -> None:
        self.assertEqual(run("doctor", "--room", "a b").returncode, 1)
        ended = run("doctor", "--url", "example.org")
        self.assertRegex(ended.stdout, "FAILS +HTTP .*must begin with http://")


if __name__ == "__main__":
    unittest.main()
