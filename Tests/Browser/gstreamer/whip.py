"""
Publishes the numbered picture and a tone by WHIP with GStreamer's webrtcbin, until its standard input closes or it is
told to end. Run by the system's Python, which has the bindings (python3-gi).

    whip.py URL IDENTIFIER [--profile constrained-baseline|main|high] [--single-nal]
"""

import argparse
import signal
import sys
import threading
import urllib.request
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from luma import HEIGHT, WIDTH, luma_plane  # noqa: E402

PICTURES_PER_SECOND = 15

PIPELINE = """
webrtcbin name=webrtc bundle-policy=max-bundle
appsrc name=pictures is-live=true do-timestamp=true format=time max-buffers=4 leaky-type=downstream
    caps=video/x-raw,format=I420,width={width},height={height},framerate={rate}/1
  ! x264enc tune=zerolatency speed-preset=superfast bitrate=800 key-int-max=15 {slices}
  ! video/x-h264,profile={profile} ! h264parse ! rtph264pay config-interval=-1 aggregate-mode={aggregate}
  ! application/x-rtp,media=video,encoding-name=H264,payload=96 ! webrtc.
audiotestsrc is-live=true freq=440 volume=0.5 ! audioconvert ! audioresample ! opusenc ! rtpopuspay
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! webrtc.
"""


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("url")
    arguments.add_argument("identifier", type=lambda text: int(text, 0))
    arguments.add_argument("--profile", default="constrained-baseline")
    arguments.add_argument("--single-nal", action="store_true", help="packetization-mode 0")
    options = arguments.parse_args()

    Gst.init(None)
    # In mode 0 each slice has to fit a packet, for nothing may cut it.
    pipeline = Gst.parse_launch(PIPELINE.format(
        width=WIDTH, height=HEIGHT, rate=PICTURES_PER_SECOND, profile=options.profile,
        slices='option-string="slice-max-size=1100"' if options.single_nal else "",
        aggregate="none" if options.single_nal else "zero-latency"))
    webrtc = pipeline.get_by_name("webrtc")
    gathered = threading.Event()
    needed = threading.Event()

    def state_changed(*_: object) -> None:
        if webrtc.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            gathered.set()

    webrtc.connect("on-negotiation-needed", lambda _: needed.set())
    webrtc.connect("notify::ice-gathering-state", state_changed)
    pipeline.set_state(Gst.State.PLAYING)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    # What is sent is known only once there is a picture.
    painter = threading.Thread(
        target=paint, args=(pipeline.get_by_name("pictures"), options.identifier, ended), daemon=True)
    painter.start()
    wait(needed, "the pipeline negotiates")

    promise = Gst.Promise.new()
    webrtc.emit("create-offer", None, promise)
    promise.wait()
    reply = promise.get_reply()  # owns the offer
    offer = reply.get_value("offer")
    webrtc.emit("set-local-description", offer, Gst.Promise.new())
    wait(gathered, "candidates are gathered")
    text = webrtc.get_property("local-description").sdp.as_text()
    if options.single_nal:
        # rtph264pay says packetization-mode 1 whatever it sends.
        text = text.replace("packetization-mode=1", "packetization-mode=0")
    print(*(line for line in text.splitlines() if "fmtp" in line), sep="\n", flush=True)
    request = urllib.request.Request(
        options.url, method="POST", headers={"Content-Type": "application/sdp"}, data=text.encode())
    with urllib.request.urlopen(request, timeout=10) as response:
        print("answered", response.status, response.headers["Location"], flush=True)
        answer = response.read().decode()
    if options.single_nal:
        answer = answer.replace("packetization-mode=0", "packetization-mode=1")
    _, message = GstSdp.SDPMessage.new_from_text(answer)
    description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
    webrtc.emit("set-remote-description", description, Gst.Promise.new())

    print("publishing", flush=True)
    bus = pipeline.get_bus()
    while not ended.wait(0.2):
        if failure := bus.pop_filtered(Gst.MessageType.ERROR):
            print("failed:", *failure.parse_error(), flush=True)
            break
    ended.set()
    painter.join()
    pipeline.set_state(Gst.State.NULL)


def paint(pictures: Gst.Element, identifier: int, ended: threading.Event) -> None:
    chroma = bytes([128]) * (WIDTH * HEIGHT // 2)
    counter = 0
    while not ended.wait(1 / PICTURES_PER_SECOND):
        counter += 1
        pictures.emit("push-buffer", Gst.Buffer.new_wrapped(luma_plane(identifier, counter) + chroma))


def wait(event: threading.Event, what: str, seconds: float = 15) -> None:
    if not event.wait(seconds):
        sys.exit(f"{what}: not within {seconds} s")


if __name__ == "__main__":
    main()
