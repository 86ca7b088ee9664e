"""Debian's Janus with its videoroom plugin, measured behind the same links in the same browser."""

import json
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any

from .chromium import Chromium
from .link import Direction, Link
from .narrow import FPS, QUEUE_SECONDS, ROUND_TRIP, Viewer
from .page import LOST_SECONDS, Page, add_test_page, wait_for
from .paths import TEST_PAGE
from .process import ChildProcess
from .server import free_tcp_port, free_media_ports

ROOM = 1234
# A port for each connection: three publishers and, one after the other, the viewers.
PORTS = 40
# As the SDK sends them.
ENCODINGS = [
    {"rid": rid, "scaleResolutionDownBy": scale, "maxBitrate": bitrate} for rid, scale, bitrate in (("q", 4, 94_000), ("h", 2, 375_000), ("f", 1, 1_500_000))]


def is_installed() -> bool:
    return shutil.which("janus") is not None


def own_address() -> str:
    """The machine's address besides loopback, from which Janus takes no candidates."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing
        return probe.getsockname()[0]


class Janus:
    """
    The server; a context manager. Its defaults, but for one plugin, one way to talk to it, few ports, and `ice_lite`, as Forestage is:
    else it would find ways around the link.
    """

    def __init__(self) -> None:
        self.address = own_address()
        first = free_media_ports(self.address, PORTS)
        self.media_ports = range(first, first + PORTS)
        self.port = free_tcp_port("127.0.0.1")
        self._folder = tempfile.TemporaryDirectory(prefix="janus-")
        folder, library = Path(self._folder.name), next(Path("/usr/lib").glob("*/janus"))
        others = {
            kind: ",".join(path.name for path in (library / kind).glob("*.so") if kept not in path.name)
            for kind, kept in (("plugins", "videoroom"), ("transports", "websockets"))}
        (folder / "janus.jcfg").write_text(f"""
            general: {{
                configs_folder = "{folder}"
                plugins_folder = "{library}/plugins"
                transports_folder = "{library}/transports"
                events_folder = "{library}/events"
                loggers_folder = "{library}/loggers"
                session_timeout = 0
            }}
            media: {{ rtp_port_range = "{first}-{first + PORTS - 1}" }}
            nat: {{ ice_lite = true
                ice_enforce_list = "{self.address}" }}
            plugins: {{ disable = "{others['plugins']}" }}
            transports: {{ disable = "{others['transports']}" }}
            events: {{ broadcast = false }}
        """)
        (folder / "janus.transport.websockets.jcfg").write_text(f'general: {{ ws = true\n ws_port = {self.port}\n ws_ip = "127.0.0.1"\n }}\n')
        (folder / "janus.plugin.videoroom.jcfg").write_text("general: {}\n")
        self.process = ChildProcess(["janus", "-C", str(folder / "janus.jcfg"), "-F", str(folder)])
        try:
            self.process.wait_until(self._listens, LOST_SECONDS, "Janus listens")
        except BaseException:
            self.process.stop()
            raise

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> "Janus":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()
        self._folder.cleanup()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False


def open_page(browser: Chromium, site: str) -> Page:
    page = browser.open()
    page.goto(f"{site}/testpage/empty.html")
    add_test_page(page)
    page.evaluate("(source) => { (0, eval)(source); }", (TEST_PAGE / "janus.js").read_text())
    return page


class JanusStage:
    """Three publishers as those of `narrow.publishers`, of whom one is heard."""

    def __init__(self, browser: Chromium, janus: Janus, site: str):
        self.janus, self.site = janus, site
        self.pages = []
        self.feeds: list[int] = []
        for number in range(3):
            page = open_page(browser, site)
            self.pages.append(page)
            self.feeds.append(page.evaluate("(options) => testpage.janus.publish(options)", {
                "url": janus.url, "room": ROOM, "isFirst": number == 0, "id": 0x1A2B + number, "sound": number == 0, "encodings": ENCODINGS, "fps": FPS}))
        for page in self.pages:
            wait_for(page, """async () => {
                const sent = [...(await published.getStats()).values()].filter(({type, kind}) => type === "outbound-rtp" && kind === "video");
                return sent.length === 3 && sent.every(({framesSent}) => framesSent > 0);
            }""", what="three encodings are sent")

    def leave(self) -> None:
        for page in self.pages:
            page.close()


class JanusViewer(Viewer):
    """A viewer of all three, behind a link of its own."""

    def __init__(self, browser: Chromium, stage: JanusStage, rate: float):
        self.name = "chromium"
        delay = ROUND_TRIP / 2
        janus = stage.janus
        self.link = Link(janus.media_ports, Direction(rate, delay, QUEUE_SECONDS), Direction(None, delay), host=janus.address)
        self.page = open_page(browser, stage.site)
        self.page.evaluate(f"() => {{ testpage.keepConnections(); testpage.reroute({json.dumps(self.link.ports)}); }}")
        self.page.evaluate("(options) => testpage.janus.view(options)", {"url": janus.url, "room": ROOM, "feeds": stage.feeds})
        wait_for(self.page, "() => me.session.seats.length === 3", what="three pictures are offered")
        self.begin()

    def leave(self) -> None:
        errors: list[Any] = self.page.errors
        assert errors == []
        self.page.close()
        assert self.link
        self.link.__exit__()
