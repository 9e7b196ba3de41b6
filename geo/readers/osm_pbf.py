"""OSM PBF (``.osm.pbf``), read from the published format without GDAL.

The format is a row of blobs, each a zlib-packed block of nodes or ways; numbers are protocol-buffer varints,
ids and positions are differences from the one before. The file is gone through twice: first for the road
ways, then for the nodes they need. Sizes are held to the limits of the format (header 64 KiB, block 32 MiB).
Reference: OpenStreetMap wiki, "PBF Format".
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path

import numpy as np

from geo.errors import ImportRefusedError
from geo.readers.osm_ways import WANTED_TAGS, FloatArray, IntArray, OsmWays, TagTable, is_road, sorted_nodes
from geo.readers.protobuf import BrokenError, as_varint, columns, few, fields, packed, signed64, zigzag

_MAX_HEADER_BYTES = 64 * 1024
_MAX_BLOCK_BYTES = 32 * 1024 * 1024
# Real extracts unpack to 2 to 5 times their size.
_MAX_RATIO, _RATIO_FREE_BYTES = 60, 256 * 1024 * 1024
_KNOWN_FEATURES = frozenset({b"OsmSchema-V0.6", b"DenseNodes"})
# Field numbers of the messages used (osmformat.proto, fileformat.proto).
_BLOB_RAW, _BLOB_SIZE, _BLOB_ZLIB = 1, 2, 3
_BLOCK_STRINGS, _BLOCK_GROUP, _BLOCK_GRANULARITY, _BLOCK_LAT_OFFSET, _BLOCK_LON_OFFSET = 1, 2, 17, 19, 20
_GROUP_NODE, _GROUP_DENSE, _GROUP_WAY = 1, 2, 3
_WAY_ID, _WAY_KEYS, _WAY_VALUES, _WAY_REFS = 1, 2, 3, 8
_NODE_ID, _NODE_LAT, _NODE_LON = 1, 8, 9
_NANO = 1e9
_WANTED = frozenset(tag.encode() for tag in WANTED_TAGS)
_NO_ROAD = -1
_NO_ID = "an object without an id"


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

    tags: TagTable = field(default_factory=TagTable)
    # Block by block:
    way_id: list[IntArray] = field(default_factory=list)
    tags_of: list[IntArray] = field(default_factory=list)
    refs: list[IntArray] = field(default_factory=list)  # node ids
    sizes: list[IntArray] = field(default_factory=list)  # nodes of each way
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
        way_id, tags_of, sizes, refs = (
            np.concatenate([*parts, np.zeros(0, dtype=np.int64)])
            for parts in (roads.way_id, roads.tags_of, roads.sizes, roads.refs)
        )
        needed = _distinct(refs)
        found = [_nodes(block, needed) for block in _blocks(path)] if len(needed) else []
    except (BrokenError, zlib.error, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise ImportRefusedError(f"{path.name} is a damaged OSM PBF file: {error}") from error
    node_id, lon, lat = (np.concatenate([part[i] for part in found] or [np.zeros(0)]) for i in range(3))
    node_id, lon, lat = sorted_nodes(node_id.astype(np.int64), lon, lat)
    return OsmWays(
        way_id=way_id,
        tags=roads.tags.combinations,
        tags_of=tags_of,
        refs=refs,
        offsets=np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64),
        node_id=node_id,
        lon=lon,
        lat=lat,
        others=roads.others,
    )


def _distinct(values: IntArray) -> IntArray:
    """Sorted values, each once; np.unique hashes them first, which takes five times as long."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def _blocks(path: Path) -> Iterator[_Block]:
    """Unpacked data blocks, one at a time."""
    room = _MAX_RATIO * path.stat().st_size + _RATIO_FREE_BYTES
    with path.open("rb") as file:
        while length := file.read(4):
            header_size = int.from_bytes(length, "big")
            if len(length) < 4 or header_size > _MAX_HEADER_BYTES:
                raise BrokenError(f"blob header of {header_size} bytes")
            header = dict(fields(_exactly(file.read(header_size), header_size)))
            size = header.get(3, 0)
            if not isinstance(size, int) or not 0 < size <= _MAX_BLOCK_BYTES:
                raise BrokenError(f"blob of {size!r} bytes")
            data = _unpacked(_exactly(file.read(size), size))
            room -= len(data)
            if room < 0:
                raise BrokenError(f"it unpacks to more than {_MAX_RATIO} times its size")
            if header.get(1) == b"OSMHeader":
                _check_features(data)
            elif header.get(1) == b"OSMData":
                yield _block(data)


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise BrokenError("it ends in the middle of a block; copy it again")
    return data


def _unpacked(blob: bytes) -> bytes:
    parts = dict(fields(blob))
    raw, deflated = parts.get(_BLOB_RAW), parts.get(_BLOB_ZLIB)
    if isinstance(raw, bytes):
        return raw
    if not isinstance(deflated, bytes):
        raise BrokenError("a block is packed with something other than zlib")
    data = zlib.decompressobj().decompress(deflated, _MAX_BLOCK_BYTES + 1)
    if len(data) > _MAX_BLOCK_BYTES:
        raise BrokenError("a block unpacks to more than 32 MiB")
    return data


def _check_features(data: bytes) -> None:
    unknown = [v for k, v in fields(data) if k == 4 and isinstance(v, bytes) and v not in _KNOWN_FEATURES]
    if unknown:
        raise BrokenError(f"it needs {unknown[0].decode('ascii', 'replace')}, which is not read here")


def _block(data: bytes) -> _Block:
    block = _Block()
    for number, value in fields(data):
        if isinstance(value, bytes):
            if number == _BLOCK_STRINGS:
                block.strings = [text for key, text in fields(value) if key == 1 and isinstance(text, bytes)]
            elif number == _BLOCK_GROUP:
                block.groups.append(value)
        elif number == _BLOCK_GRANULARITY:
            block.granularity = value
        elif number == _BLOCK_LAT_OFFSET:
            block.lat_offset = signed64(value)
        elif number == _BLOCK_LON_OFFSET:
            block.lon_offset = signed64(value)
    return block


def _collect_ways(block: _Block, roads: _Roads) -> None:
    """Add the road ways of a block; ways without a wanted key are passed over unread."""
    # The sign may stand there by chance; it is only a quick way to pass over buildings.
    keys = [as_varint(i) for i, text in enumerate(block.strings) if text in (b"highway", b"route")]
    has_sign = re.compile(b"|".join(map(re.escape, keys)) or b"(?!)", re.DOTALL).search
    number_of: dict[tuple[bytes, bytes], int] = {}  # of a combination, by keys and values as the block writes them
    for group in block.groups:
        ways = [way for number, way in fields(group) if number == _GROUP_WAY and isinstance(way, bytes)]
        signed = [way for way in ways if has_sign(way)]
        data, edges = b"".join(signed), np.cumsum([0, *map(len, signed)], dtype=np.int64)
        found = columns(data, edges[:-1], edges[1:], (_WAY_ID, _WAY_KEYS, _WAY_VALUES, _WAY_REFS))
        written = list(zip(found[_WAY_KEYS].texts(data), found[_WAY_VALUES].texts(data), strict=True))
        for pair in written:
            if pair not in number_of:
                number_of[pair] = _number(_tags(*pair, block.strings), roads.tags)
        numbers = np.array([number_of[pair] for pair in written], dtype=np.int64)
        chosen = numbers != _NO_ROAD
        if not found[_WAY_ID].is_number[chosen].all():
            raise BrokenError(_NO_ID)
        roads.others += len(ways) - int(chosen.sum())
        roads.way_id.append(found[_WAY_ID].value[chosen].astype(np.int64))
        roads.tags_of.append(numbers[chosen])
        _add_refs(list(compress(found[_WAY_REFS].texts(data), chosen)), roads)


def _number(tags: dict[str, str], table: TagTable) -> int:
    return table.number_of(tags) if is_road(tags) else _NO_ROAD


def _add_refs(lists: list[bytes], roads: _Roads) -> None:
    """Undo the differences of many lists of node ids at once; each list starts anew from zero."""
    if any(data and data[-1] >= 0x80 for data in lists):
        raise BrokenError("a list of numbers breaks off")
    joined = b"".join(lists)
    running = np.cumsum(zigzag(packed(joined)))
    ended = np.append(0, np.cumsum(np.frombuffer(joined, dtype=np.uint8) < 0x80))
    edges = ended[np.append(0, np.cumsum([len(data) for data in lists], dtype=np.int64))]
    before = np.append(0, running)[edges[:-1]]
    sizes = np.diff(edges)
    roads.refs.append(running - np.repeat(before, sizes))
    roads.sizes.append(sizes)


def _tags(keys: bytes, values: bytes, strings: list[bytes]) -> dict[str, str]:
    pairs = few(keys), few(values)
    if len(pairs[0]) != len(pairs[1]):
        raise BrokenError("a way with more keys than values")
    return {strings[k].decode(): strings[v].decode() for k, v in zip(*pairs, strict=True) if strings[k] in _WANTED}


def _whole(value: int | bytes | None) -> int:
    if not isinstance(value, int):
        raise BrokenError(_NO_ID)
    return value


def _nodes(block: _Block, needed: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Id, longitude and latitude (degrees) of the needed nodes of a block."""
    parts: list[IntArray] = []  # each of shape (3, n): id, latitude, longitude
    for group in block.groups:
        single: list[tuple[int, int, int]] = []
        for number, value in fields(group):
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
    parts = dict(fields(message))
    told = (parts.get(k) for k in (_NODE_ID, _NODE_LAT, _NODE_LON))
    numbers = [np.cumsum(zigzag(packed(data if isinstance(data, bytes) else b""))) for data in told]
    if len({len(each) for each in numbers}) != 1:
        raise BrokenError("nodes without a position")
    return np.array(numbers, dtype=np.int64)


def _single_node(message: bytes) -> tuple[int, int, int]:
    parts = dict(fields(message))
    values = (_whole(parts.get(k)) for k in (_NODE_ID, _NODE_LAT, _NODE_LON))
    node_id, lat, lon = ((value >> 1) ^ -(value & 1) for value in values)
    return node_id, lat, lon
