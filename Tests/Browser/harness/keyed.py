"""A server as it is run for others: with an API key, and without development mode."""

import subprocess
from pathlib import Path
from typing import Any

from .page import LOST_SECONDS
from .server import ForestageServer, binary


class KeyedServer(ForestageServer):
    """`forestage serve --config FILE`, the file as the README makes it."""

    MODE = ()

    def __init__(self, directory: Path, **options: Any):
        self.configuration = directory / "forestage.json"
        self.configuration.write_text(self._run("keys"))
        super().__init__(extra=("--config", str(self.configuration)), **options)

    def token(self, room: str, identity: str, role: str = "viewer", *extra: str) -> str:
        """An access token, as `forestage token` makes it."""
        return self._run(
            "token", "--config", str(self.configuration), "--room", room, "--identity", identity, "--role", role, *extra)

    def invitation(self, room: str, role: str = "viewer", *extra: str) -> str:
        """An invitation link, as `forestage invite` makes it."""
        return self._run(
            "invite", "--config", str(self.configuration), "--room", room, "--role", role, "--url", self.url, *extra)

    def _run(self, *arguments: str) -> str:
        return subprocess.run(
            [str(binary()), *arguments], check=True, capture_output=True, text=True, timeout=LOST_SECONDS).stdout.strip()
