"""OSM PBF (``.osm.pbf``), read from the published format without GDAL.

The format is a row of blobs, each a zlib-packed block of nodes or ways; numbers are protocol-buffer varints,
ids and positions are differences from the one before. The file is gone through twice: first for the road
ways, then for the nodes they need. Sizes are held to the limits of the format (header 64 KiB, block 32 MiB).
Reference: OpenStreetMap wiki, "PBF Format".
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from geo.errors import ImportRefusedError
from geo.readers.osm_ways import WANTED_TAGS, FloatArray, IntArray, OsmWays, is_road, sorted_nodes

_MAX_HEADER_BYTES = 64 * 1024
_MAX_BLOCK_BYTES = 32 * 1024 * 1024
# Real extracts unpack to 2 to 5 times their size.
_MAX_RATIO, _RATIO_FREE_BYTES = 60, 256 * 1024 * 1024
_KNOWN_FEATURES = frozenset({b"OsmSchema-V0.6", b"DenseNodes"})
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_CONTINUES = 0x80  # a byte of a number from this on says that another follows
# Field numbers of the messages used (osmformat.proto, fileformat.proto).
_BLOB_RAW, _BLOB_SIZE, _BLOB_ZLIB = 1, 2, 3
_BLOCK_STRINGS, _BLOCK_GROUP, _BLOCK_GRANULARITY, _BLOCK_LAT_OFFSET, _BLOCK_LON_OFFSET = 1, 2, 17, 19, 20
_GROUP_NODE, _GROUP_DENSE, _GROUP_WAY = 1, 2, 3
_WAY_ID, _WAY_KEYS, _WAY_VALUES, _WAY_REFS = 1, 2, 3, 8
_NODE_ID, _NODE_LAT, _NODE_LON = 1, 8, 9
_NANO = 1e9
_WANTED = frozenset(tag.encode() for tag in WANTED_TAGS)

Field = tuple[int, int | bytes]


class _BrokenError(ValueError):
    """Bytes that do not follow the format."""


@dataclass(slots=True)
class _Block:
    """One unpacked block: its texts, its groups, and how its positions are scaled."""

    strings: list[bytes] = field(default_factory=list)
    groups: list[bytes] = field(default_factory=list)
    granularity: int = 100
    lat_offset: int = 0
    lon_offset: int = 0


@dataclass(slots=True)
class _Roads:
    """Road ways found so far."""

    way_id: list[int] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    refs: list[IntArray] = field(default_factory=list)  # node ids, block by block
    sizes: list[IntArray] = field(default_factory=list)  # nodes of each way, block by block
    others: int = 0


def read_osm_pbf(path: Path) -> OsmWays:
    """Read the road ways of an OSM PBF file.

    Raises
    ------
    ImportRefusedError
        When the file is damaged, needs a feature not known here, or unpacks beyond the limits.
    """
    try:
        roads = _Roads()
        for block in _blocks(path):
            _collect_ways(block, roads)
        sizes = np.concatenate(roads.sizes) if roads.sizes else np.zeros(0, dtype=np.int64)
        refs = np.concatenate(roads.refs) if roads.refs else np.zeros(0, dtype=np.int64)
        needed = np.unique(refs)
        found = [_nodes(block, needed) for block in _blocks(path)] if len(needed) else []
    except (_BrokenError, zlib.error, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise ImportRefusedError(f"{path.name} is a damaged OSM PBF file: {error}") from error
    node_id, lon, lat = (np.concatenate([part[i] for part in found] or [np.zeros(0)]) for i in range(3))
    node_id, lon, lat = sorted_nodes(node_id.astype(np.int64), lon, lat)
    return OsmWays(
        way_id=np.array(roads.way_id, dtype=np.int64),
        tags=roads.tags,
        refs=refs,
        offsets=np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64),
        node_id=node_id,
        lon=lon,
        lat=lat,
        others=roads.others,
    )


def _blocks(path: Path) -> Iterator[_Block]:
    """Unpacked data blocks, one at a time."""
    room = _MAX_RATIO * path.stat().st_size + _RATIO_FREE_BYTES
    with path.open("rb") as file:
        while length := file.read(4):
            header_size = int.from_bytes(length, "big")
            if len(length) < 4 or header_size > _MAX_HEADER_BYTES:
                raise _BrokenError(f"blob header of {header_size} bytes")
            header = dict(_fields(_exactly(file.read(header_size), header_size)))
            size = header.get(3, 0)
            if not isinstance(size, int) or not 0 < size <= _MAX_BLOCK_BYTES:
                raise _BrokenError(f"blob of {size!r} bytes")
            data = _unpacked(_exactly(file.read(size), size))
            room -= len(data)
            if room < 0:
                raise _BrokenError(f"it unpacks to more than {_MAX_RATIO} times its size")
            if header.get(1) == b"OSMHeader":
                _check_features(data)
            elif header.get(1) == b"OSMData":
                yield _block(data)


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise _BrokenError("it ends in the middle of a block; copy it again")
    return data


def _unpacked(blob: bytes) -> bytes:
    fields = dict(_fields(blob))
    raw, packed = fields.get(_BLOB_RAW), fields.get(_BLOB_ZLIB)
    if isinstance(raw, bytes):
        return raw
    if not isinstance(packed, bytes):
        raise _BrokenError("a block is packed with something other than zlib")
    data = zlib.decompressobj().decompress(packed, _MAX_BLOCK_BYTES + 1)
    if len(data) > _MAX_BLOCK_BYTES:
        raise _BrokenError("a block unpacks to more than 32 MiB")
    return data


def _check_features(data: bytes) -> None:
    unknown = [v for k, v in _fields(data) if k == 4 and isinstance(v, bytes) and v not in _KNOWN_FEATURES]
    if unknown:
        raise _BrokenError(f"it needs {unknown[0].decode('ascii', 'replace')}, which is not read here")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise _BrokenError("a number of more than 64 bits")


def _fields(data: bytes) -> Iterator[Field]:
    """Fields of one message as ``(number, value)``; fixed-width fields are passed over."""
    at, end = 0, len(data)
    while at < end:
        key = data[at]  # most numbers are one byte: a call each would be half the time of reading a country
        key, at = (key, at + 1) if key < _CONTINUES else _varint(data, at)
        kind = key & 7
        if kind == _BYTES:
            if at >= end:
                raise _BrokenError("a text runs past the end of its block")
            size = data[at]
            size, at = (size, at + 1) if size < _CONTINUES else _varint(data, at)
            if at + size > end:
                raise _BrokenError("a text runs past the end of its block")
            yield key >> 3, data[at : at + size]
            at += size
        elif kind == _VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
        elif kind in (_FIXED32, _FIXED64):
            at += 4 if kind == _FIXED32 else 8
        else:
            raise _BrokenError(f"field type {kind}")


def _signed64(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _block(data: bytes) -> _Block:
    block = _Block()
    for number, value in _fields(data):
        if isinstance(value, bytes):
            if number == _BLOCK_STRINGS:
                block.strings = [text for key, text in _fields(value) if key == 1 and isinstance(text, bytes)]
            elif number == _BLOCK_GROUP:
                block.groups.append(value)
        elif number == _BLOCK_GRANULARITY:
            block.granularity = value
        elif number == _BLOCK_LAT_OFFSET:
            block.lat_offset = _signed64(value)
        elif number == _BLOCK_LON_OFFSET:
            block.lon_offset = _signed64(value)
    return block


def _collect_ways(block: _Block, roads: _Roads) -> None:
    """Add the road ways of a block; ways without a wanted key are passed over unread."""
    signs = [_as_varint(i) for i, text in enumerate(block.strings) if text in (b"highway", b"route")]
    lists: list[bytes] = []
    for group in block.groups:
        for number, way in _fields(group):
            if number != _GROUP_WAY or not isinstance(way, bytes):
                continue
            # The sign may stand there by chance; it is only a quick way to pass over buildings.
            if not any(sign in way for sign in signs):
                roads.others += 1
                continue
            parts = dict(_fields(way))
            tags = _tags(parts, block.strings)
            if not is_road(tags):
                roads.others += 1
                continue
            roads.way_id.append(_signed64(_whole(parts.get(_WAY_ID))))
            roads.tags.append(tags)
            refs = parts.get(_WAY_REFS, b"")
            lists.append(refs if isinstance(refs, bytes) else b"")
    _add_refs(lists, roads)


def _add_refs(lists: list[bytes], roads: _Roads) -> None:
    """Undo the differences of many lists of node ids at once; each list starts anew from zero."""
    if any(data and data[-1] >= 0x80 for data in lists):
        raise _BrokenError("a list of numbers breaks off")
    running = np.cumsum(_zigzag(_packed(b"".join(lists))))
    digits = np.frombuffer(b"".join(lists), dtype=np.uint8)
    ended = np.append(0, np.cumsum(digits < 0x80))
    edges = ended[np.append(0, np.cumsum([len(data) for data in lists], dtype=np.int64))]
    before = np.append(0, running)[edges[:-1]]
    sizes = np.diff(edges)
    roads.refs.append(running - np.repeat(before, sizes))
    roads.sizes.append(sizes)


def _tags(parts: dict[int, int | bytes], strings: list[bytes]) -> dict[str, str]:
    keys, values = _few(parts.get(_WAY_KEYS)), _few(parts.get(_WAY_VALUES))
    if len(keys) != len(values):
        raise _BrokenError("a way with more keys than values")
    return {
        strings[k].decode(): strings[v].decode() for k, v in zip(keys, values, strict=True) if strings[k] in _WANTED
    }


def _few(data: int | bytes | None) -> list[int]:
    """Varints of a short packed field."""
    numbers: list[int] = []
    if isinstance(data, bytes):
        if data.isascii():  # every number is one byte
            return list(data)
        at, end = 0, len(data)
        while at < end:
            value, at = _varint(data, at)
            numbers.append(value)
    return numbers


def _whole(value: int | bytes | None) -> int:
    if not isinstance(value, int):
        raise _BrokenError("an object without an id")
    return value


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def _packed(data: int | bytes | None) -> npt.NDArray[np.uint64]:
    """All varints of a packed field at once: seven bits a byte, a number ends where the top bit is clear."""
    if not isinstance(data, bytes) or not data:
        return np.zeros(0, dtype=np.uint64)
    digits = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(digits < 0x80)
    if not len(ends) or ends[-1] != len(digits) - 1:
        raise _BrokenError("a list of numbers breaks off")
    starts = np.append(0, ends[:-1] + 1)
    lengths = ends - starts + 1
    if lengths.max() > 10:
        raise _BrokenError("a number of more than 64 bits")
    place = np.arange(len(digits)) - np.repeat(starts, lengths)
    return np.add.reduceat((digits & 0x7F).astype(np.uint64) << (7 * place).astype(np.uint64), starts)


def _zigzag(values: npt.NDArray[np.uint64]) -> IntArray:
    """Signed numbers, which are written 0, 1, 2, 3 for 0, -1, 1, -2."""
    return (values >> np.uint64(1)).astype(np.int64) ^ -(values & np.uint64(1)).astype(np.int64)


def _nodes(block: _Block, needed: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Id, longitude and latitude (degrees) of the needed nodes of a block."""
    parts: list[IntArray] = []  # each of shape (3, n): id, latitude, longitude
    for group in block.groups:
        single: list[tuple[int, int, int]] = []
        for number, value in _fields(group):
            if number == _GROUP_DENSE and isinstance(value, bytes):
                parts.append(_dense_nodes(value))
            elif number == _GROUP_NODE and isinstance(value, bytes):
                single.append(_single_node(value))
        if single:
            parts.append(np.array(single, dtype=np.int64).T)
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    node_id, lat, lon = np.concatenate(parts, axis=1)
    at = np.minimum(np.searchsorted(needed, node_id), len(needed) - 1)
    keep = needed[at] == node_id
    # Whole nanodegrees divided once give the very number a decimal text would.
    return (
        node_id[keep],
        (block.lon_offset + block.granularity * lon[keep]) / _NANO,
        (block.lat_offset + block.granularity * lat[keep]) / _NANO,
    )


def _dense_nodes(message: bytes) -> IntArray:
    parts = dict(_fields(message))
    columns = [np.cumsum(_zigzag(_packed(parts.get(k)))) for k in (_NODE_ID, _NODE_LAT, _NODE_LON)]
    if len({len(column) for column in columns}) != 1:
        raise _BrokenError("nodes without a position")
    return np.array(columns, dtype=np.int64)


def _single_node(message: bytes) -> tuple[int, int, int]:
    parts = dict(_fields(message))
    values = (_whole(parts.get(k)) for k in (_NODE_ID, _NODE_LAT, _NODE_LON))
    node_id, lat, lon = ((value >> 1) ^ -(value & 1) for value in values)
    return node_id, lat, lon
