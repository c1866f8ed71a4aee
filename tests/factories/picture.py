"""Pictures for tests of uploads."""

import struct
import zlib


def bomb() -> bytes:
    """A PNG of a hundred bytes that says of itself that it is 50,000 pixels wide and high."""
    parts = (b"IHDR" + struct.pack(">II5B", 50_000, 50_000, 8, 2, 0, 0, 0), b"IDAT" + zlib.compress(bytes(99)), b"IEND")
    chunks = (struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
