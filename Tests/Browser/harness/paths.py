"""Where the things under test lie, seen from this directory."""

import os
from pathlib import Path

BROWSER_TESTS = Path(__file__).resolve().parent.parent
REPOSITORY = BROWSER_TESTS.parent.parent
TEST_PAGE = BROWSER_TESTS / "testpage"
CLIENT = REPOSITORY / "Signaling" / "Client"
WEB = REPOSITORY / "Signaling" / "Web"
GOLDEN = REPOSITORY / "Signaling" / "Golden"


def output_directory() -> Path:
    """Where screenshots and logs go: FORESTAGE_TEST_OUTPUT, or .build-browser in the repository (ignored by git)."""
    directory = Path(os.environ.get("FORESTAGE_TEST_OUTPUT", REPOSITORY / ".build-browser"))
    directory.mkdir(parents=True, exist_ok=True)
    return directory
