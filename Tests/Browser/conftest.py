"""Fixtures shared by the browser tests."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.chromium import Chromium  # noqa: E402
from harness.files import FileServer  # noqa: E402
from harness.firefox import Firefox  # noqa: E402
from harness.network import Network, NoNetwork  # noqa: E402
from harness.paths import CLIENT, TEST_PAGE, WEB  # noqa: E402
from harness.server import ForestageServer  # noqa: E402


LONGEST_TEST_SECONDS = 400
# Some tests play and publish from pages of other origins, whose ports are not known beforehand.
ANY_PAGE = {"FORESTAGE_ALLOWED_ORIGINS": "*"}

# Files whose tests leave the processors time: two of them run at once. The others encode several large pictures, or measure.
TOGETHER = [
    "accessibility", "aiortc", "appearance", "chromium_to_chromium", "coming_back", "controls", "demo", "embed", "encryption", "ffmpeg", "firefox",
    "formats", "front_page", "harness", "later_sections", "link", "moving", "network_words", "networks", "page", "promotion", "resume", "return",
    "sdk_encodings", "sdk_golden", "sdk_races", "sdk_sizes", "silence", "stage_view", "starting", "tcp", "toasts", "types", "ways_in", "whip_whep",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    names = {f"test_{name}.py" for name in TOGETHER}
    for item in items:
        if item.path.name in names:
            item.add_marker(pytest.mark.together)

# A run that is told to stop ends the browsers and servers that it started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@pytest.fixture(autouse=True)
def bounded_time() -> Iterator[None]:
    """No test hangs: a page that never answers is given up."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"the test took longer than {LONGEST_TEST_SECONDS} s")

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST_TEST_SECONDS)
    yield
    signal.alarm(0)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with Chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    with Firefox() as browser:
        yield browser


@pytest.fixture(scope="module")
def server() -> Iterator[ForestageServer]:
    with ForestageServer(environment=ANY_PAGE) as server:
        yield server


@pytest.fixture(scope="module")
def open_server() -> Iterator[ForestageServer]:
    """Announces every interface: Firefox and aiortc send nothing to a server that announces only the loopback."""
    with ForestageServer(media_addresses=(), environment=ANY_PAGE) as server:
        yield server


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """What this module's tests start from then on lives in a network namespace; skipped where there is none to be had."""
    try:
        network = Network().__enter__()
    except NoNetwork as reason:
        pytest.skip(str(reason))
    yield network
    network.__exit__()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The app's files without a server: for rehearsals (testpage/rehearsal.js) and the lobby's looks."""
    mounts = {"/client/": CLIENT, "/testpage/": TEST_PAGE}
    with FileServer(WEB, mounts, {"/v1/configuration": {"development": True}}) as files:
        yield files.url
