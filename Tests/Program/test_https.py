"""HTTPS of the real program: certificates that change under it, what plain HTTP gets, and mistakes."""

import base64
import os
import shutil
import signal
import socket
import ssl
import tempfile
import time
import unittest
import warnings
from pathlib import Path

from program import HANGS, KEY, REPOSITORY, Running, problems

FIXTURES = REPOSITORY / "Tests/Fixtures/tls"


def connect(port: int, name: str) -> ssl.SSLSocket:
    """A connection that trusts the one certificate of that name and no other."""
    context = ssl.create_default_context(cafile=str(FIXTURES / f"{name}.pem"))
    plain = socket.create_connection(("127.0.0.1", port), timeout=HANGS)
    try:
        return context.wrap_socket(plain, server_hostname="localhost")
    except BaseException:
        plain.close()
        raise


def presents(port: int, name: str) -> bool:
    """Whether a new connection gets the certificate of that name."""
    try:
        with connect(port, name):
            return True
    except ssl.SSLCertVerificationError:
        return False


def wait_until_presents(port: int, name: str) -> None:
    end = time.monotonic() + HANGS
    while not presents(port, name):
        assert time.monotonic() < end, f"the certificate of {name} is not served"
        time.sleep(0.1)


def ask(connection: socket.socket, head: str) -> str:
    """Sends a request and reads the head of the answer."""
    connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(65536)
        assert part, answer
        answer += part
    return answer.decode()


class WebSocket:
    """One that is open within TLS and answers pings."""

    def __init__(self, connection: socket.socket):
        self._connection = connection
        key = base64.b64encode(os.urandom(16)).decode()
        answer = ask(connection, (
            "GET /v1/signal HTTP/1.1\nHost: localhost\nUpgrade: websocket\nConnection: Upgrade\n"
            f"Sec-WebSocket-Key: {key}\nSec-WebSocket-Version: 13\nSec-WebSocket-Protocol: forestage.v1"))
        assert answer.startswith("HTTP/1.1 101 "), answer

    def ping(self, data: bytes) -> bytes:
        """The pong's data; the mask is zeros."""
        self._connection.sendall(bytes([0x89, 0x80 | len(data), 0, 0, 0, 0]) + data)
        head = self._read(2)
        assert head[0] == 0x8A, head
        return self._read(head[1])

    def _read(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            part = self._connection.recv(count - len(got))
            assert part, "the connection was closed"
            got += part
        return got


class Certificates(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def put(self, name: str) -> None:
        """Renames new files over the old ones."""
        for kind in ("pem", "key"):
            shutil.copy(FIXTURES / f"{name}.{kind}", self.folder / "new")
            os.replace(self.folder / "new", self.folder / f"live.{kind}")

    def serve(self, *arguments: str, listeners: int = 1) -> Running:
        return Running(
            "--dev", "--https", "127.0.0.1:0", "--tls-certificate", str(self.folder / "live.pem"), "--tls-key",
            str(self.folder / "live.key"), *arguments, listeners=listeners)

    def test_new_files_are_served_and_open_connections_stay(self) -> None:
        self.put("first")
        with self.serve() as server:
            port = server.ports[0]
            self.assertFalse(presents(port, "second"))
            with connect(port, "first") as open_before:
                self.assertEqual(open_before.selected_alpn_protocol(), None)
                web_socket = WebSocket(open_before)
                # Found by itself.
                self.put("second")
                wait_until_presents(port, "second")
                self.assertFalse(presents(port, "first"))
                self.assertEqual(web_socket.ping(b"still here"), b"still here")
                # A certificate without its key changes nothing, and SIGHUP says why; the server does not end by it.
                shutil.copy(FIXTURES / "first.pem", self.folder / "live.pem")
                server.send(signal.SIGHUP)
                server.wait_for_line("the certificate stays as it was: the key in .*live.key does not match")
                self.assertTrue(presents(port, "second"))
                shutil.copy(FIXTURES / "first.key", self.folder / "live.key")
                server.send(signal.SIGHUP)
                wait_until_presents(port, "first")
                self.assertEqual(web_socket.ping(b"and still"), b"and still")
            # An idle connection does not keep the server from ending.
            with connect(port, "first") as idle:
                self.assertIn("200 OK", ask(idle, "GET /healthz HTTP/1.1\nHost: localhost"))
                self.assertEqual(server.end(signal.SIGTERM), 0)
        self.assertIn("new connections get the certificate of", "".join(server.log))
        self.assertIn("/CN=second.example", "".join(server.log))

    def test_plain_http_leads_to_https_and_serves_nothing(self) -> None:
        self.put("first")
        with self.serve("--http", "127.0.0.1:0", listeners=2) as server:
            secure, plain = server.ports
            for method, target in (("GET", "/"), ("GET", "/room?x=1"), ("POST", "/whip/friday"), ("GET", "/metrics")):
                with socket.create_connection(("127.0.0.1", plain), timeout=HANGS) as connection:
                    answer = ask(connection, f"{method} {target} HTTP/1.1\nHost: localhost:{plain}\nContent-Length: 0")
                self.assertTrue(answer.startswith("HTTP/1.1 308 "), answer)
                self.assertIn(f"\r\nLocation: https://localhost:{secure}{target}\r\n", answer)
                self.assertNotIn("Strict-Transport-Security", answer)
            with socket.create_connection(("127.0.0.1", plain), timeout=HANGS) as connection:
                self.assertIn("HTTP/1.1 400 ", ask(connection, "GET / HTTP/1.1"))
            for target, status in (("/healthz", "200 OK"), ("/nothing", "404 Not Found")):
                with connect(secure, "first") as connection:
                    answer = ask(connection, f"GET {target} HTTP/1.1\nHost: localhost")
                self.assertIn(status, answer)
                self.assertIn("\r\nStrict-Transport-Security: max-age=15552000\r\n", answer)

    def test_old_versions_of_tls_are_refused(self) -> None:
        self.put("first")
        with self.serve() as server:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.set_ciphers("ALL:@SECLEVEL=0")
            warnings.simplefilter("ignore", DeprecationWarning)
            for version, is_taken in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
                context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, version
                with socket.create_connection(("127.0.0.1", server.ports[0]), timeout=HANGS) as plain:
                    try:
                        context.wrap_socket(plain).close()
                        taken = True
                    except (ssl.SSLError, ConnectionError):
                        taken = False
                self.assertEqual(taken, is_taken, version)

    def test_what_is_no_tls_is_closed_and_not_logged(self) -> None:
        self.put("first")
        with self.serve() as server:
            for octets in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 100, b"\0" * 1000):
                with socket.create_connection(("127.0.0.1", server.ports[0]), timeout=HANGS) as plain:
                    plain.sendall(octets)
                    plain.shutdown(socket.SHUT_WR)
                    try:
                        while plain.recv(65536):
                            pass
                    except ConnectionError:
                        pass
            self.assertTrue(presents(server.ports[0], "first"))
            self.assertEqual(server.end(signal.SIGTERM), 0)
        self.assertFalse([line for line in server.log if " error " in line or " warning " in line][1:], server.log)


class Development(unittest.TestCase):
    def test_the_servers_own_certificate_survives_a_restart(self) -> None:
        with tempfile.TemporaryDirectory() as state:
            made = []
            for _ in range(2):
                with Running("--dev-https", "--https", "127.0.0.1:0", XDG_STATE_HOME=state) as server:
                    certificate = ssl.get_server_certificate(("127.0.0.1", server.ports[0]))
                    made.append(certificate)
                    trusting = ssl.create_default_context(cadata=certificate)
                    for name in ("localhost", "127.0.0.1"):
                        with socket.create_connection(("127.0.0.1", server.ports[0]), timeout=HANGS) as plain, \
                                trusting.wrap_socket(plain, server_hostname=name) as secure:
                            answer = ask(secure, "GET /healthz HTTP/1.1\nHost: localhost")
                    self.assertIn("200 OK", answer)
                    self.assertNotIn("Strict-Transport-Security", answer)
                    self.assertEqual(server.end(signal.SIGTERM), 0)
                told = "".join(server.log)
                self.assertIn(f"On a phone in the same network:   https://127.0.0.1:{server.ports[0]}/\n", told)
                # No terminal, no symbol.
                self.assertNotIn("\x1b", told)
            self.assertEqual(made[0], made[1])
            self.assertEqual(os.listdir(state), ["forestage"])


class Mistakes(unittest.TestCase):
    FIRST = ("--tls-certificate", str(FIXTURES / "first.pem"), "--tls-key", str(FIXTURES / "first.key"))

    def told(self, *arguments: str) -> list[str]:
        return problems("serve", "--dev", *arguments)

    def test_each_is_told_with_what_to_do(self) -> None:
        https = ("--https", "127.0.0.1:0")
        first, second = (str(FIXTURES / name) for name in ("first.pem", "second.key"))
        for arguments, line in (
            ((*https, "--tls-certificate", first), "tls.certificate is there without tls.key: give both"),
            ((*https, "--tls-key", second), "tls.key is there without tls.certificate: give both"),
            (self.FIRST, "tls.certificate is there without https: say where to serve it (--https 0.0.0.0:443)"),
            (https, "https is there without a certificate: give tls.certificate and tls.key, or try it out with "
                    "--dev-https"),
            ((*https, "--dev-https", *self.FIRST),
             "tls.development makes a certificate of its own: leave it out, or tls.certificate and tls.key"),
            ((*https, "--tls-certificate", "/nowhere.pem", "--tls-key", second), "there is no file /nowhere.pem"),
            ((*https, "--tls-certificate", first, "--tls-key", "/"), "/ is a folder; name a PEM file"),
            ((*https, "--tls-certificate", first, "--tls-key", second),
             f"the key in {second} does not match the certificate in {first}; give the key that the certificate was "
             "requested with"),
            (("--https", "127.0.0.1:1", "--http", "127.0.0.1:1", *self.FIRST),
             "https must be another than http, not 127.0.0.1:1 as well"),
        ):
            with self.subTest(line):
                self.assertEqual(self.told(*arguments), [line])

    def test_a_certificate_of_its_own_is_for_development(self) -> None:
        told = problems(
            "serve", "--https", "127.0.0.1:0", FORESTAGE_TLS_DEVELOPMENT="true", FORESTAGE_API_KEY=KEY["apiKey"],
            FORESTAGE_API_SECRET=KEY["apiSecret"])
        self.assertEqual(told, ["tls.development is for trying it out: set development as well (--dev)"])

    def test_a_file_that_nobody_may_read_is_named(self) -> None:
        if os.geteuid() == 0:
            self.skipTest("root reads every file")
        with tempfile.TemporaryDirectory() as folder:
            key = shutil.copy(FIXTURES / "first.key", folder)
            os.chmod(key, 0)
            told = self.told("--https", "127.0.0.1:0", "--tls-certificate", str(FIXTURES / "first.pem"), "--tls-key", key)
        self.assertEqual(told, [f"{key} cannot be read; see its permissions and those of its folders"])


if __name__ == "__main__":
    unittest.main()
