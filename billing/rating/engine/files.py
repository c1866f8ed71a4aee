"""Files of decks and calls as lines of text, read as they come: packed or not, with what is wrong said by its line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from billing.rating.engine.faults import Fault
from billing.rating.engine.faults import noop as gettext_noop

LONGEST_LINE = 2**20
_PACKED = b"\x1f\x8b"


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, unpacked where it is gzip, whatever its name. Raises Fault, OSError."""
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == _PACKED
        source = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if packed else raw
        line = 0
        try:
            while data := source.readline(LONGEST_LINE):
                line += 1
                if len(data) == LONGEST_LINE:
                    raise Fault(gettext_noop("this is no CSV: a line of more than a million signs"), line=line)
                yield data.decode("utf-8")
        except UnicodeDecodeError:
            raise Fault(gettext_noop("this is no UTF-8, save the file as “CSV UTF-8”"), line=line) from None
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise Fault(gettext_noop("the packed file is damaged or cut off"), line=line + 1) from None
