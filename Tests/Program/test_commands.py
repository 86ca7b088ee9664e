"""What the program's commands print, take and refuse, and how a server ends."""

import base64
import json
import re
import signal
import socket
import subprocess
import time
import unittest
from pathlib import Path

from program import BINARY, HANGS, KEY, File, Running, problems, run


def claims(token: str) -> dict:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Commands(unittest.TestCase):
    def test_the_version_is_told(self) -> None:
        told = run("--version")
        self.assertEqual(told.returncode, 0)
        self.assertRegex(told.stdout, r"^forestage \d+\.\d+\.\d+(-dev)?\n$")

    def test_keys_are_a_configuration_file_that_signs(self) -> None:
        with File(run("keys").stdout) as made:
            token = run("token", "--config", str(made.path), "--room", "friday", "--identity", "ada", "--role", "host")
        self.assertEqual(token.stderr, "")
        told = claims(token.stdout.strip())
        self.assertEqual((told["room"], told["sub"], told["role"]), ("friday", "ada", "host"))

    def test_a_token_that_the_server_would_refuse_is_not_made(self) -> None:
        with File(json.dumps(KEY)) as given:
            told = problems(
                "token", "--config", str(given.path), "--room", "friday night", "--identity", "", "--role", "king",
                "--name", "x" * 129, "--minutes", "0",
            )
        self.assertEqual(
            told,
            [
                '--room must be 1 to 64 of A-Z a-z 0-9 - _ ., and not . or .., not "friday night"',
                '--role must be one of host, moderator, costreamer, viewer, not "king"',
                "--identity must have 1 to 256 octets of UTF-8, not 0",
                "--name must have 1 to 128 octets of UTF-8, not 129",
                "--minutes must be 1 to 527040, not 0",
            ],
        )

    def test_an_invitation_is_a_link_to_the_room_with_a_role_and_an_end(self) -> None:
        with File(json.dumps(KEY)) as given:
            made = run(
                "invite", "--config", str(given.path), "--room", "friday", "--role", "moderator", "--minutes", "10",
                "--uses", "3", "--url", "https://live.example/stage/",
            )
            plain = [run("invite", "--config", str(given.path), "--room", "friday").stdout for _ in range(2)]
        page, _, token = made.stdout.strip().partition("#invite=")
        self.assertEqual((made.stderr, page), ("", "https://live.example/stage/?room=friday"))
        told = claims(token)
        self.assertEqual(
            {name: told[name] for name in ("iss", "inv", "room", "role", "uses")},
            {"iss": KEY["apiKey"], "inv": True, "room": "friday", "role": "moderator", "uses": 3},
        )
        self.assertAlmostEqual(told["exp"], time.time() + 600, delta=60)
        self.assertNotIn("sub", told)
        self.assertTrue(all(line.startswith("http://localhost:8080/?room=friday#invite=") for line in plain))
        first, second = (claims(line.strip().partition("#invite=")[2]) for line in plain)
        self.assertEqual(first["role"], "viewer")
        self.assertNotIn("uses", first)
        self.assertNotEqual(first["jti"], second["jti"])

    def test_an_impossible_invitation_is_not_made(self) -> None:
        with File(json.dumps(KEY)) as given:
            told = problems(
                "invite", "--config", str(given.path), "--room", "a/b", "--role", "guest", "--minutes", "43201", "--uses",
                "0", "--url", "live.example",
            )
        self.assertEqual(
            told,
            [
                '--room must be 1 to 64 of A-Z a-z 0-9 - _ ., and not . or .., not "a/b"',
                '--role must be one of host, moderator, costreamer, viewer, not "guest"',
                "--minutes must be 1 to 43200, not 43201",
                "--uses must be 1 to 1000000, not 0",
                '--url must look like https://example.org, without user, ? and #, not "live.example"',
            ],
        )

    def test_a_link_names_no_user_and_a_port_that_there_is(self) -> None:
        with File(json.dumps(KEY)) as given:
            words = ["invite", "--config", str(given.path), "--room", "r", "--url"]
            for url in ["https://live.example:99999", "https://live.example:0", "https://ada:secret@live.example", "https://ada@live.example"]:
                with self.subTest(url=url):
                    (told,) = problems(*words, url)
                    self.assertTrue(told.startswith("--url must look like https://example.org, without user"), told)
            self.assertTrue(run(*words, "https://live.example:65535/").stdout.startswith("https://live.example:65535/?room=r#invite="))

    def test_signing_needs_a_key_in_development_mode_as_well(self) -> None:
        (told,) = problems("token", "--room", "r", "--identity", "i", FORESTAGE_DEVELOPMENT="1")
        self.assertTrue(told.startswith("no API key: "), told)


class Servers(unittest.TestCase):
    def test_a_normal_end_logs_no_error(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name), Running("--dev", "--http", "127.0.0.1:0") as server:
                # One connection is idle after an answer, one has said nothing.
                with socket.create_connection(("127.0.0.1", server.ports[0])) as idle, socket.create_connection(
                    ("127.0.0.1", server.ports[0])
                ):
                    idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    self.assertTrue(idle.recv(1_000).startswith(b"HTTP/1.1 200 "))
                    self.assertEqual(server.end(number), 0)
                self.assertIn(number.name, "".join(server.log))
                self.assertFalse([line for line in server.log if re.search(r"error|critical", line, re.I)], server.log)

    def test_a_signal_as_soon_as_the_server_listens_is_not_lost(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT) * 10:
            with Running("--dev", "--http", "127.0.0.1:0") as server:
                self.assertEqual(server.end(number), 0)

    def test_a_demo_that_is_refused_for_good_ends_with_the_reason(self) -> None:
        with File(json.dumps(KEY)) as given, Running("--config", str(given.path), "--http", "127.0.0.1:0") as server:
            url = f"http://127.0.0.1:{server.ports[0]}"
            for more, code in [([], "tokenRequired"), (["--token", "x"], "badToken")]:
                ended = subprocess.run(
                    [str(Path(BINARY).with_name("forestage-load")), "demo", "--url", url, "--people", "2", *more],
                    capture_output=True, text=True, timeout=HANGS)
                self.assertEqual(ended.returncode, 1, ended.stdout + ended.stderr)
                self.assertRegex(ended.stderr, rf"^forestage-load: {code}: [^\n]+\n$")

    def test_a_port_in_use_is_told_and_is_a_failure(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            for arguments, option in [
                (["--http", address], "--http"), (["--http", "127.0.0.1:0"], "metrics.address"),
            ]:
                variables = {"FORESTAGE_METRICS_ADDRESS": address} if option == "metrics.address" else {}
                with self.subTest(option=option):
                    ended = run("serve", "--dev", *arguments, **variables)
                    self.assertEqual(ended.returncode, 1)
                    self.assertIn(
                        f"forestage: {address} is in use by another program; end that one, or choose another port "
                        f"with {option}",
                        ended.stdout + ended.stderr,
                    )


class Metrics(unittest.TestCase):
    TOKEN = "0123456789abcdef"

    def test_they_are_open_where_nothing_is_said(self) -> None:
        with Running("--dev", "--http", "127.0.0.1:0") as server:
            status, text = server.get(server.ports[0], "/metrics")
        self.assertEqual(status, 200)
        self.assertIn("\nforestage_rooms 0\n", text)

    def test_they_need_the_token_where_there_is_one(self) -> None:
        with Running("--dev", "--http", "127.0.0.1:0", FORESTAGE_METRICS_TOKEN=self.TOKEN) as server:
            for token in [None, "", "0123456789abcdeg", self.TOKEN + "0"]:
                status, text = server.get(server.ports[0], "/metrics", token)
                self.assertEqual(status, 401)
                self.assertNotIn("forestage_", text)
            self.assertEqual(server.get(server.ports[0], "/metrics", self.TOKEN)[0], 200)

    def test_they_have_a_port_of_their_own_where_an_address_is_given(self) -> None:
        with Running(
            "--dev", "--http", "127.0.0.1:0", FORESTAGE_METRICS_ADDRESS="127.0.0.1:0", listeners=2
        ) as server:
            # The log does not say which port is which.
            answers = [(server.get(p, "/metrics")[0], server.get(p, "/healthz")[0]) for p in server.ports]
            self.assertEqual(sorted(answers), [(200, 404), (404, 200)])
            self.assertEqual(server.end(signal.SIGTERM), 0)
        self.assertFalse([line for line in server.log if re.search(r"error|critical", line, re.I)], server.log)


if __name__ == "__main__":
    unittest.main()
