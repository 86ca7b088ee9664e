"""ffmpeg's WHIP muxer, as PyAV brings it: it offers `a=setup:passive`, and its certificate lies on whatever curve it likes."""

import fractions
import math
import threading
import time

import av
import av.error

from . import picture


class FFmpegEncoder:
    """Publishes a painted picture (H264) and a tone (Opus) by WHIP until it is closed."""

    FRAMES_PER_SECOND = 30
    RATE, SAMPLES = 48_000, 960

    def __init__(self, url: str, identifier: int, **options: str):
        self.identifier = identifier
        self.failure: Exception | None = None
        self._url = url
        self._options = options
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @staticmethod
    def is_available() -> bool:
        """Whether this PyAV's ffmpeg has the muxer, which needs ffmpeg 8 and a TLS library."""
        return "whip" in av.formats_available

    def close(self) -> None:
        self._ends.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the muxer does not end"
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        try:
            with av.open(self._url, "w", format="whip", options=self._options) as container:
                self._publish(container)
        except Exception as failure:  # told by close()
            self.failure = failure

    def _publish(self, container: av.container.OutputContainer) -> None:
        video = container.add_stream("libx264", rate=self.FRAMES_PER_SECOND, options={
            "preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "bf": "0", "g": "30"})
        first = picture.paint(self.identifier, 0)
        video.width, video.height, video.pix_fmt = first.width, first.height, "yuv420p"
        video.time_base = fractions.Fraction(1, self.FRAMES_PER_SECOND)
        audio = container.add_stream("libopus", rate=self.RATE, layout="stereo")
        begin = time.monotonic()
        frames = samples = 0
        while not self._ends.is_set():
            elapsed = time.monotonic() - begin
            if frames <= elapsed * self.FRAMES_PER_SECOND:
                frame = picture.paint(self.identifier, frames)
                frame.pts, frame.time_base = frames, fractions.Fraction(1, self.FRAMES_PER_SECOND)
                container.mux(video.encode(frame))
                frames += 1
            elif samples <= elapsed * self.RATE:
                container.mux(audio.encode(self._tone(samples)))
                samples += self.SAMPLES
            else:
                time.sleep(0.002)

    def _tone(self, position: int) -> av.AudioFrame:
        frame = av.AudioFrame(format="s16", layout="stereo", samples=self.SAMPLES)
        values = (int(9000 * math.sin(2 * math.pi * 440 * (position + index) / self.RATE)) for index in range(self.SAMPLES))
        frame.planes[0].update(b"".join(value.to_bytes(2, "little", signed=True) * 2 for value in values))
        frame.pts, frame.sample_rate = position, self.RATE
        frame.time_base = fractions.Fraction(1, self.RATE)
        return frame
