"""Stock Firefox over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/): no geckodriver is needed."""

import base64
import json
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

import websocket

from .page import LOST_SECONDS
from .process import ChildProcess

PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "media.gmp-provider.enabled": False,
    "dom.min_background_timeout_value": 4,
    "dom.timeout.enable_budget_timer_throttling": False,
}

COMMAND_SECONDS = 2 * LOST_SECONDS


class FirefoxPage:
    """One window of the browser."""

    def __init__(self, browser: "Firefox", context: str):
        self.errors: list[str] = []
        self._browser = browser
        self._context = context

    def goto(self, url: str) -> None:
        self._browser.command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, function: str, argument: Any = None) -> Any:
        # JSON both ways is all the tests need, and spares the protocol's own value format.
        expression = (
            f"(async () => JSON.stringify((await ({function})({json.dumps(argument)})) ?? null))()")
        result = self._browser.command(
            "script.evaluate", expression=expression, target={"context": self._context}, awaitPromise=True,
            userActivation=True)
        if result["type"] == "exception":
            raise RuntimeError(f"in the page: {result['exceptionDetails']['text']}")
        return json.loads(result["result"]["value"])

    def press(self, key: str) -> None:
        """Presses a key: a character, or one of WebDriver's codes (U+E00C is Escape)."""
        actions = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self._browser.command(
            "input.performActions", context=self._context, actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def screenshot(self, path: Path) -> None:
        result = self._browser.command("browsingContext.captureScreenshot", context=self._context)
        path.write_bytes(base64.b64decode(result["data"]))

    def close(self) -> None:
        self._browser.command("browsingContext.close", context=self._context)


class Firefox:
    """The browser with a fresh profile; a context manager."""

    def __init__(self) -> None:
        self._profile = Path(tempfile.mkdtemp(prefix="forestage-firefox-"))
        (self._profile / "user.js").write_text(
            "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()))
        self._pages: dict[str, FirefoxPage] = {}
        self._next_id = 0
        self._socket: websocket.WebSocket | None = None
        self._process = ChildProcess(
            [os.environ.get("FIREFOX", "firefox-esr"), "--headless", "--no-remote", "--profile", str(self._profile),
             "--remote-debugging-port", "0", "about:blank"],
            environment={"MOZ_HEADLESS_WIDTH": "1280", "MOZ_HEADLESS_HEIGHT": "800", "MOZ_CRASHREPORTER_DISABLE": "1"})
        try:
            url = self._process.wait_for_line(r"WebDriver BiDi listening on (ws://\S+)", 60).group(1)
            # An Origin header would make Firefox refuse the connection.
            self._socket = websocket.create_connection(
                f"{url}/session", timeout=COMMAND_SECONDS, suppress_origin=True)
            # The server's own certificate for the tests of HTTPS.
            self.command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
            self.command("session.subscribe", events=["log.entryAdded"])
        except BaseException:
            self.close()
            raise

    def open(self) -> FirefoxPage:
        """A new window (a tab in the background would fall to 1 fps)."""
        context = self.command("browsingContext.create", type="window")["context"]
        self._pages[context] = FirefoxPage(self, context)
        return self._pages[context]

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and waits for its result; events that come meanwhile are noted."""
        assert self._socket
        self._next_id += 1
        self._socket.send(json.dumps({"id": self._next_id, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._next_id:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['error']}: {message['message']}")
                return message["result"]
            if message.get("method") == "log.entryAdded":
                self._note(message["params"])

    def suspend(self) -> None:
        """Stops all its processes where they are, as a closed laptop does; nothing of it can be asked until `resume`."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        if self._socket:
            self._socket.close()
        self._process.stop()
        shutil.rmtree(self._profile, ignore_errors=True)

    def __enter__(self) -> "Firefox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note(self, entry: dict[str, Any]) -> None:
        page = self._pages.get(entry["source"].get("context", ""))
        if page and entry["level"] == "error":
            page.errors.append(entry.get("text") or "")
