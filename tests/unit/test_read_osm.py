"""Silent risks here: shared nodes that no longer meet to the last bit, so the network falls apart; a bridge
joined to the road below; a clipped way dropped, or its gap bridged; XML and PBF of one map that differ; a
damaged block read as an empty one."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.readers.osm import read_osm
from geo.readers.osm_pbf import read_osm_pbf
from geo.readers.osm_xml import read_osm_xml

TESTS = Path(__file__).resolve().parents[1]
CROSSROADS = TESTS / "data" / "crossroads.osm"


# --- a writer of PBF small enough to check by eye (fileformat.proto, osmformat.proto)


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def zigzag(value: int) -> int:
    return 2 * value if value >= 0 else -2 * value - 1


def part(number: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def deltas(values: list[int]) -> bytes:
    return b"".join(varint(zigzag(b - a)) for a, b in zip([0, *values], values, strict=False))


def blob(kind: bytes, data: bytes, *, packed: bool = True) -> bytes:
    body = part(2, len(data)) + part(3, zlib.compress(data)) if packed else part(1, data)
    header = part(1, kind) + part(3, len(body))
    return len(header).to_bytes(4, "big") + header + body


def header(*features: bytes) -> bytes:
    return blob(b"OSMHeader", b"".join(part(4, f) for f in features or (b"OsmSchema-V0.6", b"DenseNodes")))


def block(strings: list[bytes], group: bytes, *extra: bytes) -> bytes:
    return part(1, b"".join(part(1, s) for s in strings)) + part(2, group) + b"".join(extra)


def dense(nodes: dict[int, tuple[float, float]]) -> bytes:
    ids, lat = list(nodes), [round(y * 1e7) for _, y in nodes.values()]
    lon = [round(x * 1e7) for x, _ in nodes.values()]
    return part(2, part(1, deltas(ids)) + part(8, deltas(lat)) + part(9, deltas(lon)))


def way(way_id: int, refs: list[int], *tags: tuple[int, int]) -> bytes:
    keys, values = (b"".join(varint(pair[i]) for pair in tags) for i in range(2))
    return part(3, part(1, way_id) + part(2, keys) + part(3, values) + part(8, deltas(refs)))


NODES = {1: (18.0, 4.0), 2: (18.01, 4.0), 3: (18.02, 4.0), 70_000_000_000: (-0.1083285, -51.5074089)}
STRINGS = [b"", b"highway", b"trunk", b"building", b"yes", b"name", "Ndélé".encode()]


def small_pbf(path: Path, *, packed: bool = True) -> Path:
    ways = way(100, [1, 2, 3], (1, 2), (5, 6)) + way(101, [1, 2], (3, 4)) + way(102, [3, 70_000_000_000], (1, 2))
    content = header() + blob(b"OSMData", block(STRINGS, dense(NODES)), packed=packed)
    path.write_bytes(content + blob(b"OSMData", block(STRINGS, ways), packed=packed))
    return path


# --- XML


def test_the_crossroads_by_hand() -> None:
    reading = read_osm(CROSSROADS)
    frame = reading.frame.set_index("road_id")
    assert reading.provenance.format == "osm"
    assert reading.table == "roads"
    assert list(frame.index) == ["100", "101", "102", "103", "104", "106"]
    assert frame["road_class"].tolist() == ["trunk", "tertiary", "track", "unclassified", "ferry", "unclassified"]
    assert frame["oneway"].fillna(0).tolist() == [0, -1, 0, 1, 0, 0]  # 103 is a roundabout
    assert frame["bridge"].tolist() == [False, False, True, False, False, False]
    assert frame["surface"].fillna("").tolist() == ["paved", "unpaved", "", "", "", ""]
    assert frame["speed_kph"].isna().all()  # maxspeed is a legal limit
    assert frame.loc["100", "name"] == "Route nationale 2"
    assert frame.loc["104", "duration_min"] == 75.0
    assert frame.loc["102", "wet_passable"] == False  # noqa: E712 - seasonal
    assert reading.provenance.notes[0] == "2 other ways (buildings, paths, rivers, …) are no roads and no rows"


def test_clipped_ways_are_cut_and_told_and_the_gap_is_not_bridged() -> None:
    reading = read_osm(CROSSROADS)
    cut = reading.frame.set_index("road_id").loc["106", "geometry"]
    assert shapely.to_wkt(cut) == "MULTILINESTRING ((18 4, 18.01 4), (18.01 4.01, 18.011 4.01))"
    assert [7, "geometry", "nodes of the way have no position in the file; cut there"] in (
        reading.flags[["line", "column", "reason"]].to_numpy().tolist()
    )
    assert reading.rejects[["line", "reason"]].to_numpy().tolist() == [
        [6, "1 of its 2 nodes have no position in the file"]
    ]
    assert (reading.rows_read, len(reading.frame)) == (7, 6)


def test_ways_that_share_a_node_share_the_vertex_to_the_last_bit() -> None:
    lines = read_osm(CROSSROADS).frame.set_index("road_id").geometry
    crossing = set(map(tuple, shapely.get_coordinates(lines["100"]))) & set(
        map(tuple, shapely.get_coordinates(lines["101"]))
    )
    assert crossing == {(18.01, 4.0)}
    over = set(map(tuple, shapely.get_coordinates(lines["102"]))) & set(
        map(tuple, shapely.get_coordinates(lines["101"]))
    )
    assert over == set()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<osm><way id='1'><nd ref='x'/></way></osm>", r"line 1: id, reference or tag missing or unusable"),
        ("<osm><way><nd ref='1'/></way></osm>", r"line 1: id, reference or tag missing or unusable \('id'\)"),
        ("<osm><way id='1'>", r"is broken OSM XML: no element found"),
        ("<osm><way id='1'></way></osm>", r"holds 1 ways but no road or ferry"),
        ("<?xml version='1.0' encoding='klingon'?><osm></osm>", r"unknown encoding"),
        ("<osmChange version='0.6'></osmChange>", r"is no OpenStreetMap file inside"),
        ("<OGRVRTDataSource><!-- <osm --></OGRVRTDataSource>", r"is no OpenStreetMap file inside"),
        ("<osm><node id='99999999999999999999' lat='4' lon='18'/></osm>", r"id, reference or tag missing or unusable"),
    ],
)
def test_bad_xml_is_refused_in_one_sentence(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.osm"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ImportRefusedError, match=message):
        read_osm(path)


def test_declared_entities_are_never_expanded() -> None:
    with pytest.raises(ImportRefusedError, match="is no OpenStreetMap file inside"):
        read_osm(TESTS / "bad" / "features_doctype.osm")
    with pytest.raises(ImportRefusedError, match="declares a document type, which OSM files never do"):
        read_osm_xml(TESTS / "bad" / "features_doctype.osm")


def test_a_node_without_number_rejects_its_roads_only(tmp_path: Path) -> None:
    path = tmp_path / "a.osm"
    nodes = "<node id='1' lat='4' lon='18'/><node id='2' lat='x' lon='18'/><node id='3' lat='4' lon='19'/>"
    roads = "".join(
        f"<way id='{i}'><nd ref='1'/><nd ref='{end}'/><tag k='highway' v='track'/></way>" for i, end in ((7, 2), (8, 3))
    )
    path.write_text(f"<osm>{nodes}{roads}</osm>", encoding="utf-8")
    reading = read_osm(path)
    assert reading.frame["road_id"].tolist() == ["8"]
    assert reading.rejects["reason"].tolist() == ["1 of its 2 nodes have no position in the file"]


# --- PBF


@pytest.mark.parametrize("packed", [True, False])
def test_a_pbf_by_hand(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    reading = read_osm(small_pbf(tmp_path / "a.osm.pbf", packed=packed))
    assert reading.frame["road_id"].tolist() == ["100", "102"]
    assert reading.frame["name"].fillna("").tolist() == ["Ndélé", ""]
    assert shapely.get_coordinates(reading.frame.geometry.iloc[0]).tolist() == [[18.0, 4.0], [18.01, 4.0], [18.02, 4.0]]
    # the very numbers a decimal text gives, so that files in both forms meet
    assert shapely.get_coordinates(reading.frame.geometry.iloc[1])[1].tolist() == [-0.1083285, -51.5074089]
    assert reading.provenance.notes[0].startswith("1 other ways")


def test_the_same_map_reads_alike_in_both_forms_whatever_block_and_order_its_tags_stand_in(tmp_path: Path) -> None:
    others = [b"", b"name", "Ndélé".encode(), b"trunk", b"highway", b"source", b"survey", b"track"]
    first = way(100, [1, 2, 3], (1, 2), (5, 6)) + way(101, [1, 2], (3, 4)) + way(102, [3, 1], (1, 2))
    again = way(103, [2, 3], (1, 2), (5, 6), (4, 3)) + way(104, [3, 2], (4, 3), (1, 2)) + way(105, [1, 3], (4, 7))
    pbf, xml = tmp_path / "a.osm.pbf", tmp_path / "a.osm"
    blocks = (block(STRINGS, dense(NODES)), block(STRINGS, first), block(others, again))
    pbf.write_bytes(header() + b"".join(blob(b"OSMData", one) for one in blocks))
    named = {"highway": "trunk", "name": "Ndélé"}
    ways: dict[int, tuple[list[int], dict[str, str]]] = {
        100: ([1, 2, 3], named),
        101: ([1, 2], {"building": "yes"}),
        102: ([3, 1], {"highway": "trunk"}),
        103: ([2, 3], {"name": "Ndélé", "source": "survey", "highway": "trunk"}),
        104: ([3, 2], named),
        105: ([1, 3], {"highway": "track"}),
    }
    drawn = "".join(f"<node id='{i}' lon='{lon}' lat='{lat}'/>" for i, (lon, lat) in NODES.items())
    for way_id, (refs, tags) in ways.items():
        inner = "".join(f"<nd ref='{ref}'/>" for ref in refs) + "".join(
            f"<tag k='{key}' v='{value}'/>" for key, value in tags.items()
        )
        drawn += f"<way id='{way_id}'>{inner}</way>"
    xml.write_text(f"<osm>{drawn}</osm>", encoding="utf-8")
    assert len(read_osm_pbf(pbf).tags) == len(read_osm_xml(xml).tags) == 3  # distinct
    one, other = read_osm(pbf), read_osm(xml)
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert one.provenance.notes == other.provenance.notes
    assert one.frame["name"].fillna("").tolist() == ["Ndélé", "", "Ndélé", "Ndélé", ""]
    assert one.frame["road_class"].tolist() == ["trunk", "trunk", "trunk", "trunk", "track"]


def test_nodes_written_singly_and_scaled(tmp_path: Path) -> None:
    def node(node_id: int, lon: float, lat: float) -> bytes:
        scaled = (zigzag(node_id), zigzag(round((lat - 1) * 1e6)), zigzag(round((lon - 2) * 1e6)))
        return part(1, part(1, scaled[0]) + part(8, scaled[1]) + part(9, scaled[2]))

    group = node(1, 18.0, 4.0) + node(2, 18.01, 4.0)
    scale = (part(17, 1000), part(19, 10**9), part(20, 2 * 10**9))
    path = tmp_path / "a.pbf"
    path.write_bytes(
        header()
        + blob(b"OSMData", block([b""], group, *scale))
        + blob(b"OSMData", block(STRINGS, way(5, [1, 2], (1, 2))))
    )
    assert shapely.get_coordinates(read_osm(path).frame.geometry.iloc[0]).tolist() == [[18.0, 4.0], [18.01, 4.0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header(b"OsmSchema-V0.6", b"HistoricalInformation"), "it needs HistoricalInformation, which is not read here"),
        (header() + blob(b"OSMData", b"\xff" * 20), "a number of more than 64 bits"),
        (header() + blob(b"OSMData", part(2, part(3, part(1, 5))))[:-3], "ends in the middle of a block"),
        (header() + b"\xff\xff\xff\xff", "blob header of 4294967295 bytes"),
        (
            header() + blob(b"OSMData", block(STRINGS, part(3, part(2, b"\x01") + part(3, b"")))),
            "more keys than values",
        ),
        (header() + blob(b"OSMData", block(STRINGS, part(3, part(2, b"\x01") + part(3, b"\x02")))), "without an id"),
        (header() + blob(b"OSMData", block(STRINGS, way(5, [1, 2], (1, 99)))), "list index out of range"),
    ],
)
def test_damaged_pbf_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(ImportRefusedError, match=rf"bad.osm.pbf is a damaged OSM PBF file: .*{message}"):
        read_osm(path)


def test_a_block_that_swells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.osm.pbf"
    path.write_bytes(header() + blob(b"OSMData", b"\x00" * (33 * 1024 * 1024)))
    with pytest.raises(ImportRefusedError, match="a block unpacks to more than 32 MiB"):
        read_osm_pbf(path)


# --- real files


def test_a_real_pbf(shared_data: Path) -> None:
    reading = read_file("osm", shared_data / "osm_formats" / "osm-read_test.pbf")
    assert (reading.rows_read, reading.rows_rejected) == (1, 0)
    assert reading.frame["road_id"].tolist() == ["27776903"]
    assert reading.frame["name"].tolist() == ["üßé€"]
    assert np.all(np.isfinite(reading.frame.geometry.bounds))


def test_a_real_xml(shared_data: Path) -> None:
    path = shared_data / "osm_formats" / "planet_10.068,48.135_10.071,48.137.osm"
    reading = read_file("osm", path)
    assert (reading.rows_read, reading.rows_rejected) == (19, 5)
    assert reading.frame["road_class"].value_counts().to_dict() == {"unclassified": 12, "track": 2}
    assert set(reading.rejects["reason"]) == {"a way of 1 node is no line"}
    assert reading.frame["speed_kph"].isna().all()
    assert pd.isna(reading.frame["oneway"]).all()
