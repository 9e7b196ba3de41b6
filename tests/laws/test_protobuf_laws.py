"""Silent risks here: fields of many messages read together that differ from those of each read by itself; broken bytes
read as something; a number cut to fewer bits."""

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.readers.protobuf import BrokenError, as_varint, columns, few, fields, packed, signed64, zigzag

laws = hypothesis_settings(max_examples=200, deadline=None)
numbers = st.one_of(st.integers(0, 300), st.integers(0, 2**64 - 1))
WANTED = (1, 2, 8)


def field_of(number: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return as_varint(number << 3) + as_varint(content)
    return as_varint(number << 3 | 2) + as_varint(len(content)) + content


fixed = st.builds(
    lambda number, eight: as_varint(number << 3 | (1 if eight else 5)) + bytes([255] * (8 if eight else 4)),
    st.integers(1, 20),
    st.booleans(),
)
told = st.builds(field_of, st.sampled_from([1, 2, 3, 8, 19, 2000]), st.one_of(numbers, st.binary(max_size=200)))
messages = st.lists(st.lists(st.one_of(told, fixed), max_size=6).map(b"".join), max_size=8)


def read_together(parts: list[bytes]) -> list[dict[int, int | bytes]]:
    """The wanted fields of each message, as ``dict(fields(message))`` would have them."""
    data, edges = b"".join(parts), np.cumsum([0, *map(len, parts)])
    found = columns(data, edges[:-1], edges[1:], WANTED)
    read: list[dict[int, int | bytes]] = []
    for row in range(len(parts)):
        each: dict[int, int | bytes] = {}
        for number, column in found.items():
            if column.is_number[row]:
                each[number] = int(column.value[row])
            elif column.end[row] > column.begin[row]:
                each[number] = column.texts(data)[row]
        read.append(each)
    return read


@laws
@given(messages)
def test_messages_read_together_are_those_read_one_by_one(parts: list[bytes]) -> None:
    alone = [{n: v for n, v in dict(fields(part)).items() if n in WANTED and v != b""} for part in parts]
    assert read_together(parts) == alone


@laws
@given(messages, st.data())
def test_broken_bytes_are_refused_or_read_alike(parts: list[bytes], data: st.DataObject) -> None:
    broken = [data.draw(st.sampled_from([part, part[:-1], part[1:], part + b"\xff", part + b"\x0b"])) for part in parts]
    try:
        alone = [{n: v for n, v in dict(fields(part)).items() if n in WANTED and v != b""} for part in broken]
    except (BrokenError, IndexError):
        alone = []
    try:
        together = read_together(broken)
    except BrokenError:
        return
    # A fixed field that runs past the end of its message is passed over by the one and refused by the other.
    assert together == alone


@laws
@given(st.lists(numbers, max_size=20))
def test_packed_numbers_come_back(values: list[int]) -> None:
    data = b"".join(map(as_varint, values))
    assert packed(data).tolist() == few(data) == values


@laws
@given(st.integers(-(2**63), 2**63 - 1))
def test_signs_come_back(value: int) -> None:
    assert signed64(value % 2**64) == value
    assert zigzag(np.array([(value << 1) ^ (value >> 63)], dtype=object).astype(np.uint64)).tolist() == [value]
