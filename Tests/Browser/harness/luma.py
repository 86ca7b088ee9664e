"""The numbered picture of testpage/picture.js as octets, with nothing but Python."""

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


def luma_plane(identifier: int, counter: int) -> bytes:
    """The luma of a picture that says the id (16 bits) and the counter (12 bits), WIDTH octets a row."""
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
    return bytes(luma)
