"""A file server for tests that need a page but no forestage server."""

import http.server
import json
import threading
from functools import partial
from pathlib import Path
from typing import Any


class _Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def __init__(self, *arguments: Any, mounts: dict[str, Path], replies: dict[str, Any], **keywords: Any):
        self._mounts = mounts
        self._replies = replies
        super().__init__(*arguments, **keywords)

    def do_GET(self) -> None:
        if self.path not in self._replies:
            return super().do_GET()
        body = json.dumps(self._replies[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def translate_path(self, path: str) -> str:
        for prefix, directory in self._mounts.items():
            if path.startswith(prefix):
                self.directory = str(directory)
                return super().translate_path("/" + path.removeprefix(prefix))
        raise AssertionError("one mount is /")

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    # A page of many modules comes with as many connections; those that find the queue full are tried again seconds later.
    request_queue_size = 128


class FileServer:
    """
    Serves a directory, others under prefixes like "/client/", and JSON replies to exact paths, on 127.0.0.1 while the
    context is open.
    """

    def __init__(
        self, directory: Path, mounts: dict[str, Path] | None = None, replies: dict[str, Any] | None = None
    ):
        handler = partial(_Handler, mounts={**(mounts or {}), "/": directory}, replies=replies or {})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FileServer":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
