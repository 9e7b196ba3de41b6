"""Where the records of a delimited text begin: a line feed ends one when the quotation marks before it are even."""

import numpy as np
import numpy.typing as npt

_BLOCK_BYTES = 1 << 22  # blocks that stay in the processor's cache
_LF, _QUOTE = 10, 34


def record_lines(
    content: bytes, body: int, delimiter: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64], bool]:
    """First byte, end and line (1 = the line of ``body``) of each record, empty lines left out.

    The last value tells whether counting quotation marks is certain: all are closed, and each that opens a cell
    stands at its beginning or doubles the one before it.
    """
    buffer = np.frombuffer(content, dtype=np.uint8, offset=body) if body < len(content) else np.empty(0, np.uint8)
    may_precede = np.zeros(256, dtype=bool)
    may_precede[[_LF, _QUOTE, ord(delimiter)]] = True
    ends: list[npt.NDArray[np.int64]] = []
    lines: list[npt.NDArray[np.int64]] = []
    marks, feeds_before, certain = 0, 0, True
    for at in range(0, len(buffer), _BLOCK_BYTES):
        block = buffer[at : at + _BLOCK_BYTES]
        feeds = np.flatnonzero(block == _LF)
        quotes = np.flatnonzero(block == _QUOTE)
        ending = np.flatnonzero((np.searchsorted(quotes, feeds) + marks) % 2 == 0)
        ends.append(feeds[ending] + at)
        lines.append(ending + (feeds_before + 2))
        opening = quotes[marks % 2 :: 2] + at
        certain &= bool(may_precede[buffer[opening[opening > 0] - 1]].all())
        marks += len(quotes)
        feeds_before += len(feeds)
    end = np.concatenate([*ends, [len(buffer)]])
    start = np.concatenate([[0], end[:-1] + 1])
    line = np.concatenate([[1], *lines])
    holds = end > start
    return start[holds] + body, end[holds] + body, line[holds], marks % 2 == 0 and certain
