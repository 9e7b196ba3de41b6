"""A network as plain arrays and back: what building it takes time to find, without what follows from that at once."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from geo.access.network import Network, NetworkReport, network_of

# Raise it when build_network makes another network of the same roads: what was stored is then built anew.
NETWORK_VERSION = 1
Arrays = Mapping[str, npt.NDArray[Any]]


def network_arrays(network: Network) -> Arrays:
    """Return a network as named arrays of numbers; text is Arrow's in bytes."""
    lines = network.segments.geometry.to_numpy()
    facts = pa.Table.from_pandas(pd.DataFrame(network.segments.drop(columns="geometry")), preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, facts.schema) as stream:
        stream.write_table(facts)
    return {
        "segments": np.frombuffer(sink.getvalue(), dtype=np.uint8),
        "lonlat": shapely.get_coordinates(lines),
        "vertices": shapely.get_num_coordinates(lines).astype(np.int64),
        "nodes": np.column_stack([network.longitude, network.latitude]),
        "component": network.component,
        "report": np.frombuffer(json.dumps(asdict(network.report)).encode("utf-8"), dtype=np.uint8),
    }


def network_from(arrays: Arrays) -> Network:
    """Return the network that :func:`network_arrays` took apart.

    Raises
    ------
    KeyError, TypeError, ValueError
        When the arrays are not those of a network.
    """
    with pa.ipc.open_stream(arrays["segments"].tobytes()) as stream:
        segments = stream.read_all().to_pandas()
    report = NetworkReport(**json.loads(arrays["report"].tobytes()))
    lonlat, vertices, nodes = arrays["lonlat"], arrays["vertices"], arrays["nodes"]
    ends = segments[["from_node", "to_node"]].to_numpy(dtype=np.int64)
    sizes = (len(segments), len(nodes), len(arrays["component"]), int(vertices.sum()))
    if sizes != (len(vertices), report.nodes, report.nodes, len(lonlat)) or report.segments != len(segments):
        raise ValueError("arrays of different networks")
    if len(ends) and not (ends.min() >= 0 and ends.max() < len(nodes) and vertices.min() >= 2):
        raise ValueError("segments that end at no node")
    offsets = np.concatenate([[0], np.cumsum(vertices)])
    return network_of(segments, lonlat, offsets, nodes=nodes, component=arrays["component"], report=report)
