"""Cleared routes as GPX 1.1 (track and waypoints) and KML 2.2, straight from the planned geometry."""

from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET

import shapely

from geo.errors import WithheldError
from geo.redaction import Cleared

TRACK_FORMATS = ("gpx", "kml")
_GPX = "http://www.topografix.com/GPX/1/1"
_KML = "http://www.opengis.net/kml/2.2"


def export_tracks(routes: Cleared, *, format_name: str, provenance: Mapping[str, str]) -> bytes:
    """Write each route as one track with a waypoint at either end.

    Raises
    ------
    WithheldError
        When the audience may not see the geometry of routes.
    """
    if "geometry" not in routes.columns:
        raise WithheldError(f"the audience {routes.audience} may not see where routes run; ask for another audience")
    about = "; ".join(f"{key}: {value}" for key, value in {**provenance, "audience": str(routes.audience)}.items())
    return _gpx(routes, about) if format_name == "gpx" else _kml(routes, about)


def _named_lines(routes: Cleared) -> Iterator[tuple[str, str, list[tuple[float, float]]]]:
    for row in routes.frame.to_dict("records"):
        line = row["geometry"]
        points = [(float(lon), float(lat)) for lon, lat in shapely.get_coordinates(line)]
        facts = [f"{row['time_min']:.0f} min", f"{row['length_km']:.1f} km"] if "time_min" in row else []
        yield f"Route {row.get('label', '')}".strip(), ", ".join(facts), points


def _gpx(routes: Cleared, about: str) -> bytes:
    ET.register_namespace("", _GPX)
    root = ET.Element(f"{{{_GPX}}}gpx", version="1.1", creator="Piste")
    metadata = ET.SubElement(root, f"{{{_GPX}}}metadata")
    ET.SubElement(metadata, f"{{{_GPX}}}desc").text = about
    lines = list(_named_lines(routes))
    for name, _, points in lines:
        for end, (lon, lat) in (("start", points[0]), ("end", points[-1])):
            way = ET.SubElement(root, f"{{{_GPX}}}wpt", lat=f"{lat:.6f}", lon=f"{lon:.6f}")
            ET.SubElement(way, f"{{{_GPX}}}name").text = f"{name} {end}"
    for name, facts, points in lines:
        track = ET.SubElement(root, f"{{{_GPX}}}trk")
        ET.SubElement(track, f"{{{_GPX}}}name").text = name
        ET.SubElement(track, f"{{{_GPX}}}desc").text = facts
        segment = ET.SubElement(track, f"{{{_GPX}}}trkseg")
        for lon, lat in points:
            ET.SubElement(segment, f"{{{_GPX}}}trkpt", lat=f"{lat:.6f}", lon=f"{lon:.6f}")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _kml(routes: Cleared, about: str) -> bytes:
    ET.register_namespace("", _KML)
    root = ET.Element(f"{{{_KML}}}kml")
    document = ET.SubElement(root, f"{{{_KML}}}Document")
    ET.SubElement(document, f"{{{_KML}}}description").text = about
    for name, facts, points in _named_lines(routes):
        mark = ET.SubElement(document, f"{{{_KML}}}Placemark")
        ET.SubElement(mark, f"{{{_KML}}}name").text = name
        ET.SubElement(mark, f"{{{_KML}}}description").text = facts
        line = ET.SubElement(mark, f"{{{_KML}}}LineString")
        ET.SubElement(line, f"{{{_KML}}}tessellate").text = "1"
        ET.SubElement(line, f"{{{_KML}}}coordinates").text = " ".join(f"{lon:.6f},{lat:.6f}" for lon, lat in points)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
