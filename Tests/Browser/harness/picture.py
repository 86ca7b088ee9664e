"""The numbered picture of testpage/picture.js for clients outside a browser: paints and reads YUV frames."""

import av

WIDTH, HEIGHT = 640, 360
COLUMNS = 8
CELL_WIDTH, CELL_HEIGHT = 80, 60


def check(value: int, bits: int) -> int:
    """CRC-8 (polynomial 0x07) over the bits, the most significant first."""
    crc = 0xFF
    for index in range(bits - 1, -1, -1):
        carry = ((crc >> 7) ^ (value >> index)) & 1
        crc = (crc << 1) & 0xFF ^ (0x07 if carry else 0)
    return crc


def _bits(value: int, count: int) -> list[int]:
    return [value >> index & 1 for index in range(count - 1, -1, -1)]


def paint(identifier: int, counter: int) -> av.VideoFrame:
    """A frame that says the id (16 bits) and the counter (12 bits)."""
    counter &= 0xFFF
    cells = (_bits(identifier, 16) + _bits(check(identifier, 16), 8) + _bits(counter, 12)
             + _bits(check(counter, 12) & 0xF, 4))
    luma = bytearray()
    for start in range(0, len(cells), COLUMNS):
        row = b"".join(bytes([235 if bit else 16]) * CELL_WIDTH for bit in cells[start:start + COLUMNS])
        luma += row * CELL_HEIGHT
    strip = bytearray(bytes([90]) * WIDTH)
    left = counter * 8 % WIDTH
    strip[left:left + 48] = bytes([220]) * len(strip[left:left + 48])
    luma += bytes(strip) * (HEIGHT - len(luma) // WIDTH)
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, content in zip(frame.planes, (bytes(luma), None, None)):
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
