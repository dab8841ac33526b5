"""The skill's icon, drawn by code: bars of a voice, uneven at first, that come to rest."""

from __future__ import annotations

import struct
import zlib

BACKGROUND = (13, 59, 73)
BARS = (250, 244, 228)

_HEIGHTS = (0.15, 0.30, 0.20, 0.27, 0.15, 0.09, 0.045)
"""Half the height of each bar, from left to right; the icon is 1 wide and 1 high."""
_STEP = 0.095
_RADIUS = 0.03
"""Half the width of a bar, and the rounding of its ends."""


def icon(size: int) -> bytes:
    """The icon as a PNG file, `size` pixels wide and high."""
    rows = [bytearray(bytes(BACKGROUND) * size) for _ in range(size)]
    for n, height in enumerate(_HEIGHTS):
        _bar(rows, size, 0.5 + (n - (len(_HEIGHTS) - 1) / 2) * _STEP, height)
    return _png(size, rows)


def _bar(rows: list[bytearray], size: int, centre: float, height: float) -> None:
    """Draw one upright bar with round ends, its edge blended over one pixel."""
    x, radius = centre * size, _RADIUS * size
    half = (height - _RADIUS) * size
    for row in range(int(size / 2 - half - radius) - 1, int(size / 2 + half + radius) + 2):
        above = max(abs(row + 0.5 - size / 2) - half, 0.0)
        for column in range(int(x - radius) - 1, int(x + radius) + 2):
            distance = ((column + 0.5 - x) ** 2 + above**2) ** 0.5
            covered = min(max(radius - distance + 0.5, 0.0), 1.0)
            if covered:
                rows[row][column * 3 : column * 3 + 3] = bytes(
                    round(b + (f - b) * covered) for b, f in zip(BACKGROUND, BARS, strict=True)
                )


def _png(size: int, rows: list[bytearray]) -> bytes:
    """Rows of 8-bit RGB as a PNG file without transparency."""
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
