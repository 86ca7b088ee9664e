"""The numbered picture of testpage/picture.js for clients outside a browser: paints and reads YUV frames."""

import av

from .luma import CELL_HEIGHT, CELL_WIDTH, COLUMNS, HEIGHT, WIDTH, check, luma_plane


def paint(identifier: int, counter: int) -> av.VideoFrame:
    """A frame that says the id (16 bits) and the counter (12 bits)."""
    luma = luma_plane(identifier, counter)
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, content in zip(frame.planes, (luma, None, None)):
        height, line = plane.height, plane.line_size
        if content is None:
            plane.update(bytes([128]) * (line * height))
        else:
            padding = bytes(line - WIDTH)
            plane.update(b"".join(content[row * WIDTH:(row + 1) * WIDTH] + padding for row in range(height)))
    return frame


def read(frame: av.VideoFrame) -> tuple[int | None, int | None]:
    """(id, counter) of the frame, whatever its size; None where the check fails."""
    plane = frame.reformat(format="yuv420p").planes[0]
    luma, line = bytes(plane), plane.line_size
    cell_width, cell_height = frame.width / COLUMNS, frame.height * CELL_HEIGHT / HEIGHT

    def bit(index: int) -> int:
        left, top = index % COLUMNS * cell_width, index // COLUMNS * cell_height
        samples = [
            luma[int(top + cell_height * down) * line + int(left + cell_width * across)]
            for down in (0.35, 0.5, 0.65) for across in (0.35, 0.5, 0.65)]
        return 1 if sum(samples) / len(samples) > 125 else 0

    def take(start: int, count: int) -> int:
        value = 0
        for index in range(start, start + count):
            value = value << 1 | bit(index)
        return value

    identifier, counter = take(0, 16), take(24, 12)
    return (identifier if take(16, 8) == check(identifier, 16) else None,
            counter if take(36, 4) == check(counter, 12) & 0xF else None)
