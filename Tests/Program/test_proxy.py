"""The running server behind nginx, which ends TLS: WebSockets, the server's own pages, and the client's address."""

import json
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from program import HANGS, Running
from test_origins import OFFER, SDP, UPGRADE, Answer, ask

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
# Addresses of the loopback: the proxy asks from one of its own, so that a client that asks the server itself is none.
PROXY = "127.0.0.2"
CLIENT = "127.0.0.3"
CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; "" close; }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
        {location}
    }}
}}
"""


def documented() -> str:
    """The `location` of Docs/Networks.md."""
    text = (Path(__file__).resolve().parents[2] / "Docs/Networks.md").read_text()
    (block,) = [part for part in text.split("```") if "proxy_pass" in part]
    return block


class Nginx:
    """A proxy in front of a port, as Docs/Networks.md sets it up; a context manager."""

    def __init__(self, backend: int):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._folder = tempfile.TemporaryDirectory()
        folder = self._folder.name
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"],
            check=True, capture_output=True)
        location = documented().replace("127.0.0.1:8080;", f"127.0.0.1:{backend}; proxy_bind {PROXY};")
        self._configuration = Path(folder) / "nginx.conf"
        self._configuration.write_text(CONFIGURATION.format(folder=folder, port=self.port, location=location))

    def __enter__(self) -> "Nginx":
        assert NGINX
        self._process = subprocess.Popen(
            [NGINX, "-c", str(self._configuration), "-p", self._folder.name, "-e", f"{self._folder.name}/error.log"])
        end = time.monotonic() + HANGS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except ConnectionRefusedError:
                assert self._process.poll() is None and time.monotonic() < end, "nginx does not listen"
                time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(HANGS)
        self._folder.cleanup()

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), HANGS, (CLIENT, 0)))

    def ask(self, method: str, path: str, fields: dict[str, str], body: bytes = b"") -> Answer:
        return ask(self.port, method, path, fields, body, f"live.localhost:{self.port}", self.connect())


@contextmanager
def behind_nginx(*proxies: str) -> Iterator[tuple[Running, Nginx]]:
    trusted = {"FORESTAGE_TRUSTED_PROXIES": ",".join(proxies)} if proxies else {}
    with Running("--dev", "--http", "127.0.0.1:0", FORESTAGE_LOG_LEVEL="debug", **trusted) as server:
        with Nginx(server.ports[0]) as nginx:
            yield server, nginx


@unittest.skipUnless(NGINX, "nginx is not installed (nginx-light)")
class BehindNginx(unittest.TestCase):
    def clients(self, server: Running) -> list[str]:
        """The addresses of the WebSockets' clients as the log has them."""
        return [word.removeprefix("client=") for line in server.log for word in line.split() if word.startswith("client=")]

    def test_a_websocket_passes_and_the_page_of_the_proxys_address_is_the_servers_own(self) -> None:
        with behind_nginx(PROXY) as (server, nginx):
            own = f"https://live.localhost:{nginx.port}"
            for origin, status in [
                (own, 101), (own.replace("https", "http"), 403), ("https://live.localhost", 403), ("https://evil.example", 403),
            ]:
                with self.subTest(origin=origin):
                    self.assertEqual(nginx.ask("GET", "/v1/signal", UPGRADE | {"Origin": origin}).status, status)
            with nginx.connect() as connection:
                lines = ["GET /v1/signal HTTP/1.1", f"Host: live.localhost:{nginx.port}", f"Origin: {own}"]
                lines += [f"{name}: {value}" for name, value in UPGRADE.items()]
                connection.sendall("\r\n".join([*lines, "", ""]).encode())
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += connection.recv(1)
                text = json.dumps({"type": "ping", "id": 7}).encode()
                connection.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
                frame = connection.recv(2)
                self.assertEqual(json.loads(connection.recv(frame[1])), {"type": "ok", "id": 7})
            server.end(2)
            self.assertEqual(set(self.clients(server)), {CLIENT})

    def test_whip_works_and_its_location_is_right(self) -> None:
        with behind_nginx(PROXY) as (_, nginx):
            own = {"Origin": f"https://live.localhost:{nginx.port}"}
            created = nginx.ask("POST", "/whip/r", SDP | own, OFFER)
            self.assertEqual((created.status, created["Access-Control-Allow-Origin"]), (201, own["Origin"]))
            location = created["Location"] or ""
            self.assertTrue(location.startswith("/whip/r/"), location)
            self.assertEqual(nginx.ask("DELETE", location, own).status, 200)
            refused = nginx.ask("POST", "/whip/r", SDP | {"Origin": "http://evil.example"}, OFFER)
            self.assertEqual((refused.status, refused["Access-Control-Allow-Origin"]), (403, None))

    def test_a_proxy_that_is_not_trusted_tells_nothing(self) -> None:
        with behind_nginx() as (server, nginx):
            # The host is passed on, and whether TLS was ended is not known: both schemes are the server's own.
            for scheme in ["http", "https"]:
                origin = f"{scheme}://live.localhost:{nginx.port}"
                self.assertEqual(nginx.ask("GET", "/v1/signal", UPGRADE | {"Origin": origin}).status, 101)
            server.end(2)
            self.assertEqual(set(self.clients(server)), {PROXY})

    def test_a_client_of_the_server_itself_states_no_address_and_no_host(self) -> None:
        forged = {
            "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "shop.localhost", "X-Forwarded-Proto": "https",
            "Forwarded": "for=203.0.113.9;host=shop.localhost;proto=https",
        }
        with behind_nginx(PROXY) as (server, nginx):
            origin = {"Origin": "https://shop.localhost"}
            self.assertEqual(ask(server.ports[0], "GET", "/v1/signal", UPGRADE | forged | origin).status, 403)
            self.assertEqual(ask(server.ports[0], "GET", "/v1/signal", UPGRADE | forged).status, 101)
            # Through the proxy: nginx sets all of these anew.
            self.assertEqual(nginx.ask("GET", "/v1/signal", UPGRADE | forged | origin).status, 403)
            self.assertEqual(nginx.ask("GET", "/v1/signal", UPGRADE | forged).status, 101)
            server.end(2)
            self.assertEqual(set(self.clients(server)), {"127.0.0.1", CLIENT})


if __name__ == "__main__":
    unittest.main()
