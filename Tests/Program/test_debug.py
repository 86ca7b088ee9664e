"""`GET /v1/rooms/{room}/debug` of the real program, while the measuring client publishes and views in the room."""

import json
import subprocess
import time
import unittest
from pathlib import Path

from program import BINARY, Running


def live_slots(participants: list[dict]) -> list[dict]:
    """Slots that have sent a camera's packets and go on with it."""
    return [
        slot for participant in participants for slot in participant["slots"]
        if slot.get("activity") == "live" and slot.get("source") == "camera" and slot["packetsSent"] > 0
    ]


class Debug(unittest.TestCase):
    def test_live_pictures_are_told_from_publisher_to_slot(self) -> None:
        client = str(Path(BINARY).with_name("forestage-load"))
        with Running("--dev", "--http", "127.0.0.1:0") as server:
            port = server.ports[0]
            load = subprocess.Popen(
                [client, "--url", f"http://127.0.0.1:{port}", "--room", "friday", "--duration", "600", "--quiet"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                # Only what hangs takes so long.
                end = time.monotonic() + 120
                told: list[dict] = []
                while time.monotonic() < end and not live_slots(told):
                    time.sleep(0.1)
                    status, text = server.get(port, "/v1/rooms/friday/debug")
                    told = json.loads(text)["participants"] if status == 200 else []
            finally:
                load.terminate()
                load.wait(60)
        self.assertEqual(len(told), 2, told)
        publisher, viewer = told
        self.assertEqual((publisher["standing"], viewer["standing"]), ("onStage", "audience"))
        for one in told:
            self.assertTrue(one["connected"] and one["transport"]["established"], one)
            self.assertIn("remote", one["transport"])
            self.assertEqual(one["transport"]["protocol"], "udp")
        camera = next(track for track in publisher["tracks"] if track["source"] == "camera")
        self.assertTrue(camera["announced"] and camera["permitted"] and camera["gateOpen"] and camera["started"], camera)
        encoding = camera["encodings"][0]
        self.assertGreater(encoding["packetsReceived"], 0)
        self.assertIn("lastKeyframeSecondsAgo", encoding)
        self.assertEqual(camera["subscriptions"], 1)
        slot = live_slots([viewer])[0]
        self.assertEqual((slot["participant"], slot["status"]), (publisher["id"], "playing"))
        self.assertEqual((slot["currentEncoding"], slot["targetEncoding"], slot["maximumEncoding"]), (0, 0, 0))
        self.assertTrue(all(encoding["wanted"] for encoding in camera["encodings"]))
        self.assertNotIn("waiting", slot)


if __name__ == "__main__":
    unittest.main()
