"""Which web pages may use the running server: every path, method and error, asked by pages of every kind."""

import json
import socket
import unittest
from dataclasses import dataclass, field

from program import File, KEY, REPOSITORY, Running, run

PAGE = "https://page.example"
WILDCARD = "https://a.b.site.example:8443"
EVIL = "https://evil.example"
ALLOWED = [PAGE, "https://*.site.example:8443", "null"]
OFFER = (REPOSITORY / "Tests/Fixtures/use/no-host.http").read_bytes().partition(b"\r\n\r\n")[2]
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
EXPOSED = ["Location", "ETag", "Link", "Accept-Patch", "Accept-Post", "Allow", "Retry-After", "WWW-Authenticate"]
UPGRADE = {
    "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "forestage.v1",
}


@dataclass
class Answer:
    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for given, value in self.fields if given.lower() == name.lower()]

    def __getitem__(self, name: str) -> str | None:
        values = self.all(name)
        return values[0] if values else None


def ask(
    port: int, method: str, path: str, fields: dict[str, str] | None = None, body: bytes = b"", host: str | None = "localhost",
    connect: socket.socket | None = None,
) -> Answer:
    """One request on a connection of its own."""
    lines = [f"{method} {path} HTTP/1.1", f"Content-Length: {len(body)}"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [f"{name}: {value}" for name, value in ({"Connection": "close"} | (fields or {})).items()]
    with connect or socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        head = b""
        while b"\r\n\r\n" not in head:
            octets = connection.recv(65_536)
            assert octets, f"{method} {path}: no answer, but {head!r}"
            head += octets
        head, _, rest = head.partition(b"\r\n\r\n")
        first, *given = head.decode().split("\r\n")
        pairs = [tuple(line.split(": ", 1)) for line in given]
        length = next((int(value) for name, value in pairs if name.lower() == "content-length"), 0)
        while len(rest) < length and method != "HEAD" and (octets := connection.recv(65_536)):
            rest += octets
    return Answer(int(first.split()[1]), pairs, rest)


@dataclass
class Row:
    """A request and its status when a page of an allowed origin sends it."""

    method: str
    path: str
    status: int
    fields: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # For pages of the server alone.
    own: bool = False
    host: str | None = "localhost"


LARGE = b"{" + b" " * 20_000
ROWS = [
    # Files.
    Row("GET", "/client/forestage.js", 200), Row("HEAD", "/client/forestage.js", 200), Row("GET", "/client/none.js", 404),
    Row("POST", "/client/forestage.js", 405), Row("OPTIONS", "/client/forestage.js", 204),
    Row("GET", "/", 200, own=True), Row("GET", "/app.js", 200, own=True), Row("POST", "/", 405, own=True),
    # The API.
    Row("GET", "/v1/configuration", 200), Row("HEAD", "/v1/configuration", 200), Row("DELETE", "/v1/configuration", 405),
    Row("OPTIONS", "/v1/configuration", 204), Row("GET", "/healthz", 200),
    Row("POST", "/v1/tokens", 404, body=b'{"room":"r"}'), Row("POST", "/v1/tokens", 400, body=b'{"invitation":"x"}'),
    Row("POST", "/v1/tokens", 400, body=b"x"), Row("POST", "/v1/tokens", 413, body=LARGE),
    Row("POST", "/v1/tokens", 415, {"Content-Encoding": "gzip"}), Row("GET", "/v1/tokens", 405),
    Row("OPTIONS", "/v1/tokens", 204), Row("GET", "/v1/nothing", 404), Row("POST", "/nothing", 404), Row("OPTIONS", "/nothing", 404),
    # What HTTP asks of a server whatever the path.
    Row("POST", "/v1/tokens", 417, {"Expect": "tea"}), Row("GET", "/v1/configuration", 400, host="a/b"),
    Row("GET", "/v1/configuration", 400, host=None),
    # WebSockets that are refused.
    Row("GET", "/v1/signal", 400), Row("POST", "/v1/signal", 405), Row("GET", "/v1/signal", 401, {"Authorization": "Bearer x"}),
    Row("GET", "/v1/signal", 426, UPGRADE | {"Sec-WebSocket-Version": "8"}),
    Row("GET", "/v1/signal", 400, UPGRADE | {"Sec-WebSocket-Protocol": "other"}), Row("GET", "/v1/other", 404, UPGRADE),
    # WHIP and WHEP.
    *(row for door in ["whip", "whep"] for row in [
        Row("GET", f"/{door}/r", 204), Row("HEAD", f"/{door}/r", 204), Row("OPTIONS", f"/{door}/r", 200),
        Row("POST", f"/{door}/r", 401, SDP, OFFER), Row("POST", f"/{door}/r", 401, SDP | {"Authorization": "Bearer x"}, OFFER),
        Row("PUT", f"/{door}/r", 405), Row("GET", f"/{door}", 404), Row("POST", f"/{door}/a%20b", 404),
        Row("OPTIONS", f"/{door}", 404), Row("GET", f"/{door}/r/none", 404), Row("DELETE", f"/{door}/r/none", 404),
        Row("PATCH", f"/{door}/r/none", 404), Row("OPTIONS", f"/{door}/r/none", 200), Row("POST", f"/{door}/r/none", 405),
        Row("POST", f"/{door}/r", 417, {"Expect": "tea"}),
    ]),
    # For operators.
    Row("GET", "/metrics", 200, own=True), Row("GET", "/v1/rooms/r/debug", 403, own=True),
]


class Origins(unittest.TestCase):
    """A server with keys, and pages of an allowed origin, of a subdomain, of none, and of another site."""

    server: Running

    @classmethod
    def setUpClass(cls) -> None:
        cls.file = cls.enterClassContext(File(json.dumps(KEY | {"allowedOrigins": ALLOWED})))
        cls.server = cls.enterClassContext(Running("--config", str(cls.file.path), "--http", "127.0.0.1:0"))
        cls.port = cls.server.ports[0]

    def ask(self, *arguments, **keywords) -> Answer:
        return ask(self.port, *arguments, **keywords)

    def token(self, room: str, role: str) -> dict[str, str]:
        told = run("token", "--config", str(self.file.path), "--room", room, "--identity", "ada", "--role", role)
        return {"Authorization": f"Bearer {told.stdout.strip()}"}

    def check(self, answer: Answer, origin: str | None, row: Row) -> None:
        """The fields of CORS of one answer; `origin` is `None` for a page or client that may not read it."""
        told = {name: answer.all(name) for name, _ in answer.fields if name.lower().startswith("access-control-")}
        if not row.own:
            self.assertEqual(answer.all("Vary"), ["Origin"])
        if origin is None or row.own:
            self.assertEqual(told, {}, answer)
            self.assertFalse([value for _, value in answer.fields if EVIL in value], answer.fields)
            return
        self.assertEqual(answer.all("Access-Control-Allow-Origin"), [origin])
        self.assertEqual(answer["Access-Control-Allow-Credentials"], None)
        self.assertTrue(set(EXPOSED) <= set((answer["Access-Control-Expose-Headers"] or "").split(", ")), answer.fields)

    def test_every_answer_is_read_by_pages_of_allowed_origins_and_by_no_others(self) -> None:
        for row in ROWS:
            for origin in [PAGE, WILDCARD, "null", None, EVIL, "https://site.example:8443", f"{PAGE}, {PAGE}"]:
                with self.subTest(row=row, origin=origin):
                    answer = self.ask(
                        row.method, row.path, row.fields | ({"Origin": origin} if origin else {}), row.body, host=row.host)
                    may_read = origin in [PAGE, WILDCARD, "null"]
                    # Others are kept out where something could change; a WebSocket is refused before all else.
                    kept_out = origin is not None and not may_read and (
                        row.method not in ["GET", "HEAD", "OPTIONS"] or row.path == "/v1/signal" and row.status != 405)
                    if kept_out and row.host == "localhost":
                        self.assertEqual(answer.status, 403, answer)
                        self.assertEqual(json.loads(answer.body)["code"], "wrongOrigin")
                    else:
                        self.assertEqual(answer.status, row.status, answer)
                    self.check(answer, origin if may_read else None, row)

    def test_preflights_are_answered_for_allowed_pages_alone(self) -> None:
        asked = {
            "Access-Control-Request-Method": "POST", "Access-Control-Request-Private-Network": "true",
            "Access-Control-Request-Headers": "authorization,content-type,if-match",
        }
        for path, methods in [
            ("/client/forestage.js", "GET, HEAD"), ("/v1/configuration", "GET, HEAD"), ("/v1/signal", "GET, HEAD"),
            ("/v1/tokens", "POST"), ("/whip/r", "POST"), ("/whep/r", "POST"), ("/whip/r/none", "PATCH, DELETE"),
            ("/whip", "POST"), ("/v1/nothing", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ]:
            with self.subTest(path=path):
                answer = self.ask("OPTIONS", path, asked | {"Origin": PAGE})
                self.assertIn(answer.status, [200, 204])
                self.assertEqual(answer.all("Access-Control-Allow-Origin"), [PAGE])
                self.assertEqual(answer.all("Access-Control-Allow-Private-Network"), ["true"])
                self.assertTrue((answer["Access-Control-Allow-Methods"] or "").startswith(methods), answer)
                self.assertEqual(
                    answer["Access-Control-Allow-Headers"], "Authorization, Content-Type, If-Match, If-None-Match")
                self.assertEqual(answer["Access-Control-Max-Age"], "7200")
                self.assertEqual(answer.all("Vary"), ["Origin"])
                plain = self.ask("OPTIONS", path, {"Origin": PAGE, "Access-Control-Request-Method": "POST"})
                self.assertEqual(plain["Access-Control-Allow-Private-Network"], None)
                for origin in [EVIL, None]:
                    other = self.ask("OPTIONS", path, asked | ({"Origin": origin} if origin else {}))
                    self.check(other, None, Row("OPTIONS", path, 0))
        own = self.ask("OPTIONS", "/metrics", asked | {"Origin": PAGE})
        self.check(own, None, Row("OPTIONS", "/metrics", 0, own=True))

    def test_a_session_is_a_pages_from_the_offer_to_the_end(self) -> None:
        page = {"Origin": PAGE}
        owner = self.token("r", "costreamer") | page
        created = self.ask("POST", "/whip/r", SDP | owner, OFFER)
        self.assertEqual(created.status, 201, created)
        self.check(created, PAGE, Row("POST", "/whip/r", 201))
        location, tag = created["Location"], {"If-Match": created["ETag"]}
        assert location
        rows = [
            Row("GET", location, 204), Row("PATCH", location, 415, owner), Row("PATCH", location, 428, owner | FRAGMENT),
            Row("PATCH", location, 412, owner | FRAGMENT | {"If-Match": '"other"'}),
            Row("PATCH", location, 400, owner | FRAGMENT | tag, b"x"),
            Row("PATCH", location, 413, owner | FRAGMENT | tag, b"x" * 66_000), Row("PATCH", location, 401, FRAGMENT | page),
            Row("PATCH", location, 204, owner | FRAGMENT | tag, b"m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\n"),
            Row("DELETE", location, 401, page), Row("DELETE", location, 200, owner), Row("DELETE", location, 404, owner),
            Row("POST", "/whip/r", 415, owner, OFFER), Row("POST", "/whip/r", 400, owner | SDP, b"x"),
            Row("POST", "/whip/r", 413, owner | SDP, b"x" * 200_000),
            Row("POST", "/whep/r", 422, owner | SDP, OFFER),
            Row("POST", "/whip/other", 403, owner | SDP, OFFER),
            Row("POST", "/whip/r", 403, self.token("r", "viewer") | SDP | page, OFFER),
        ]
        for row in rows:
            with self.subTest(row=row):
                refused = self.ask(row.method, row.path, row.fields | {"Origin": EVIL}, row.body)
                self.assertEqual(refused.status, 204 if row.method == "GET" else 403)
                self.check(refused, None, row)
                answer = self.ask(row.method, row.path, page | row.fields, row.body)
                self.assertEqual(answer.status, row.status, answer)
                self.check(answer, PAGE, row)

    def test_too_many_requests_are_told_to_the_page(self) -> None:
        owner = self.token("many", "costreamer") | {"Origin": PAGE}
        location = self.ask("POST", "/whip/many", SDP | owner, OFFER)["Location"]
        assert location
        for _ in range(10_000):
            answer = self.ask("PATCH", location, owner)
            self.check(answer, PAGE, Row("PATCH", location, 0))
            if answer.status == 429:
                break
        self.assertEqual((answer.status, answer["Retry-After"]), (429, "5"))

    def test_websockets_are_for_pages_of_allowed_origins(self) -> None:
        for origin, status in [
            (None, 101), (PAGE, 101), (PAGE.upper(), 101), (f"{PAGE}:443", 101), (WILDCARD, 101), ("null", 101),
            ("http://localhost", 101), ("https://localhost", 101), (EVIL, 403), (f"{PAGE}.evil.example", 403), ("garbage", 403),
            ("https://site.example:8443", 403), (f"{PAGE}, {EVIL}", 403),
        ]:
            with self.subTest(origin=origin):
                answer = self.ask("GET", "/v1/signal", UPGRADE | ({"Origin": origin} if origin else {}))
                self.assertEqual(answer.status, status, answer)

    def test_the_sdk_loads_into_isolated_pages(self) -> None:
        for path, policy in [("/client/forestage.js", "cross-origin"), ("/app.js", None)]:
            for fields in [{}, {"If-None-Match": self.ask("GET", path)["ETag"] or ""}]:
                answer = self.ask("GET", path, fields)
                self.assertEqual(answer.status, 304 if fields else 200)
                self.assertEqual(answer["Cross-Origin-Resource-Policy"], policy)


class Settings(unittest.TestCase):
    def test_each_mistake_says_what_to_write_instead(self) -> None:
        with File(json.dumps(KEY | {
            "allowedOrigins": ["https://a.example/", "a.example", "https://*"], "trustedProxies": ["10.0.0.1/8", "proxy", 7],
        })) as bad:
            told = [line.partition(" must be ")[2] for line in bad.problems()]
        origins = "a list [...] of origins, for example https://example.org, https://*.example.org, null or *, not the text "
        proxies = "a list [...] of addresses or networks, for example 127.0.0.1, 10.0.0.0/8 or fd00::/8, not the "
        self.assertEqual(told, [
            origins + '"https://a.example/": leave out "/": an origin ends with its host or port',
            origins + '"a.example": begin with the scheme, as in https://a.example',
            origins + '"https://*": a * may stand for the first labels of a name, as in https://*.example.org, or alone for every site',
            proxies + 'text "10.0.0.1/8": the network is 10.0.0.0/8',
            proxies + 'text "proxy": names are not looked up; write the proxy\'s address',
            proxies + "number 7",
        ])

    def test_a_star_is_warned_of_where_the_server_is_not_one_for_trying_out(self) -> None:
        warned = "allowedOrigins holds *"
        with File(json.dumps(KEY | {"allowedOrigins": ["*"]})) as file:
            with Running("--config", str(file.path), "--http", "127.0.0.1:0") as server:
                answer = ask(server.ports[0], "GET", "/v1/configuration", {"Origin": EVIL})
                self.assertEqual(answer.all("Access-Control-Allow-Origin"), [EVIL])
                self.assertEqual(ask(server.ports[0], "GET", "/v1/signal", UPGRADE | {"Origin": "null"}).status, 403)
                self.assertIn(warned, "".join(server.log))
            with Running("--config", str(file.path), "--dev", "--http", "127.0.0.1:0") as server:
                self.assertNotIn(warned, "".join(server.log))


class Rebinding(unittest.TestCase):
    """A page whose own name points to this machine (DNS rebinding) finds no development server."""

    def test_a_development_server_answers_under_names_that_strangers_cannot_register(self) -> None:
        with Running("--dev", "--http", "127.0.0.1:0", FORESTAGE_ALLOWED_ORIGINS="https://dev.example.org") as server:
            port = server.ports[0]
            for host in [f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", f"desk.local:{port}", "dev.example.org"]:
                with self.subTest(host=host):
                    self.assertEqual(ask(port, "GET", "/v1/configuration", host=host).status, 200)
                    own = UPGRADE | {"Origin": f"http://{host}"}
                    self.assertEqual(ask(port, "GET", "/v1/signal", own, host=host).status, 101)
            evil = f"evil.example:{port}"
            rebound = {"Origin": f"http://{evil}"}
            for answer in [
                ask(port, "GET", "/", host=evil), ask(port, "GET", "/metrics", host=evil),
                ask(port, "GET", "/v1/rooms/r/debug", host=evil), ask(port, "GET", "/v1/signal", UPGRADE | rebound, host=evil),
                ask(port, "POST", "/v1/tokens", rebound, b'{"room":"r"}', host=evil),
                ask(port, "POST", "/whip/r", SDP | rebound, OFFER, host=evil), ask(port, "OPTIONS", "/whip/r", rebound, host=evil),
            ]:
                self.assertEqual((answer.status, json.loads(answer.body)["code"]), (403, "wrongHost"))
                self.assertEqual(answer["Access-Control-Allow-Origin"], None)


if __name__ == "__main__":
    unittest.main()
