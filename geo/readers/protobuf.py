"""Protocol-buffer messages: fields one by one, and numbers or fields of many at once.

A message is a row of fields, each a key (number and kind) and a number, a text with its size before it, or some fixed
bytes. Numbers are varints: seven bits a byte, the last byte below 128. Reference: protobuf.dev, "Encoding".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
NumberArray = npt.NDArray[np.uint64]
Field = tuple[int, int | bytes]
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_CONTINUES = 0x80  # a byte of a number from this on says that another follows
_MOST_BYTES = 10  # of a number of 64 bits
_PAST_THE_END = "a text runs past the end of its block"
_TOO_LONG = "a number of more than 64 bits"


class BrokenError(ValueError):
    """Bytes that do not follow the format."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Number that begins at a place, and the place after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < _CONTINUES:
            return value, at
        shift += 7
        if shift > 63:
            raise BrokenError(_TOO_LONG)


def as_varint(value: int) -> bytes:
    """Write a number."""
    out = bytearray()
    while value >= _CONTINUES:
        out.append(value & 0x7F | _CONTINUES)
        value >>= 7
    return bytes((*out, value))


def signed64(value: int) -> int:
    """A number of 64 bits with its sign."""
    return value - (1 << 64) if value >= 1 << 63 else value


def fields(data: bytes) -> Iterator[Field]:
    """Fields of one message as ``(number, value)``; fixed-width fields are passed over."""
    at, end = 0, len(data)
    while at < end:
        key = data[at]  # most numbers are one byte: a call each would be half the time of reading a country
        key, at = (key, at + 1) if key < _CONTINUES else varint(data, at)
        kind = key & 7
        if kind == _BYTES:
            if at >= end:
                raise BrokenError(_PAST_THE_END)
            size = data[at]
            size, at = (size, at + 1) if size < _CONTINUES else varint(data, at)
            if at + size > end:
                raise BrokenError(_PAST_THE_END)
            yield key >> 3, data[at : at + size]
            at += size
        elif kind == _VARINT:
            value, at = varint(data, at)
            yield key >> 3, value
        elif kind in (_FIXED32, _FIXED64):
            at += 4 if kind == _FIXED32 else 8
        else:
            raise BrokenError(f"field type {kind}")


def few(data: bytes) -> list[int]:
    """Numbers of a short packed field."""
    if data.isascii():  # every number is one byte
        return list(data)
    numbers: list[int] = []
    at, end = 0, len(data)
    while at < end:
        value, at = varint(data, at)
        numbers.append(value)
    return numbers


def packed(data: bytes) -> NumberArray:
    """All numbers of a packed field at once."""
    digits = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(digits < _CONTINUES)
    if not len(digits):
        return np.zeros(0, dtype=np.uint64)
    if not len(ends) or ends[-1] != len(digits) - 1:
        raise BrokenError("a list of numbers breaks off")
    starts = np.append(0, ends[:-1] + 1)
    lengths = ends - starts + 1
    if lengths.max() > _MOST_BYTES:
        raise BrokenError(_TOO_LONG)
    values: NumberArray = (digits[starts] & 0x7F).astype(np.uint64)
    for place in range(1, int(lengths.max())):
        longer = np.flatnonzero(lengths > place)
        values[longer] |= (digits[starts[longer] + place] & 0x7F).astype(np.uint64) << np.uint64(7 * place)
    return values


def zigzag(values: NumberArray) -> IntArray:
    """Signed numbers, which are written 0, 1, 2, 3 for 0, -1, 1, -2."""
    signed: IntArray = (values >> np.uint64(1)).astype(np.int64) ^ -(values & np.uint64(1)).astype(np.int64)
    return signed


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One field of many messages, the last of its number in each; shape ``(messages,)`` each."""

    value: NumberArray  # where it is a number
    is_number: npt.NDArray[np.bool_]
    begin: IntArray  # where it is a text: its place in the data; else empty
    end: IntArray

    def texts(self, data: bytes) -> list[bytes]:
        """Text of each message."""
        return [data[begin:end] for begin, end in zip(self.begin.tolist(), self.end.tolist(), strict=True)]


def columns(data: bytes, begin: IntArray, end: IntArray, numbers: Iterable[int]) -> dict[int, Column]:
    """Find some fields of many messages; all messages advance together, a field a step.

    Parameters
    ----------
    begin, end
        Where in the data each message lies.
    numbers
        Numbers of the fields wanted.
    """
    found = {number: _empty(len(begin)) for number in numbers}
    digits = np.frombuffer(data + bytes(_MOST_BYTES), dtype=np.uint8)
    message = np.flatnonzero(begin < end)
    at, stop = begin[message], end[message]
    while len(message):
        key, at = _numbers_at(digits, at)
        kind, number = key & np.uint64(7), key >> np.uint64(3)
        is_number, is_text = kind == _VARINT, kind == _BYTES
        fixed = np.where(kind == _FIXED32, 4, np.where(kind == _FIXED64, 8, 0))
        if not (is_number | is_text | (fixed > 0)).all():
            raise BrokenError(f"field type {kind[~(is_number | is_text | (fixed > 0))][0]}")
        value = np.zeros(len(at), dtype=np.uint64)
        told = fixed == 0
        value[told], at[told] = _numbers_at(digits, at[told])
        # A size beyond the data is wrong whatever it is.
        after = at + fixed + np.where(is_text, np.minimum(value, np.uint64(len(data) + 1)), 0).astype(np.int64)
        if (after > stop).any():
            raise BrokenError(_PAST_THE_END)
        for wanted, column in found.items():
            hit = np.flatnonzero((number == wanted) & told)
            row = message[hit]
            column.value[row], column.is_number[row] = value[hit], is_number[hit]
            column.begin[row], column.end[row] = at[hit], after[hit]
        going = after < stop
        message, at, stop = message[going], after[going], stop[going]
    return found


def _empty(messages: int) -> Column:
    """A field that no message has."""
    return Column(
        value=np.zeros(messages, dtype=np.uint64),
        is_number=np.zeros(messages, dtype=bool),
        begin=np.zeros(messages, dtype=np.int64),
        end=np.zeros(messages, dtype=np.int64),
    )


def _numbers_at(digits: npt.NDArray[np.uint8], at: IntArray) -> tuple[NumberArray, IntArray]:
    """Number that begins at each place, and the places after them."""
    byte = digits[at]
    value, after = (byte & 0x7F).astype(np.uint64), at + 1
    going = np.flatnonzero(byte >= _CONTINUES)
    for place in range(1, _MOST_BYTES):
        if not len(going):
            break
        byte = digits[at[going] + place]
        value[going] |= (byte & 0x7F).astype(np.uint64) << np.uint64(7 * place)
        after[going] += 1
        going = going[byte >= _CONTINUES]
    if len(going):
        raise BrokenError(_TOO_LONG)
    return value, after
