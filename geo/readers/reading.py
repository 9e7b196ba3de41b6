"""What every reader hands back: stored rows, every fault, and where it all came from."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from geo.contracts import FAULT_COLUMNS, Checked, Contract, faults, without_lines
from geo.errors import ImportRefusedError, SchemaError
from geo.readers.countries import misplaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a file came from and what read it."""

    format: str
    file_name: str
    sha256: str
    size_bytes: int
    reader_version: str
    encoding: str | None = None  # text encoding found, None for binary files
    notes: tuple[str, ...] = ()  # e.g. "second header row of HXL tags skipped"
    source: str = "own records"  # what maps and exports call where it is from


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One file read under one contract.

    ``frame`` holds the stored rows (a GeoDataFrame in EPSG:4326 where the contract has line or polygon
    geometry, else a plain frame with longitude and latitude); its index is the line, or for feature files
    the 1-based number of the feature. ``rows_read == len(frame) + rows_rejected`` always holds.
    """

    table: str
    frame: pd.DataFrame
    rejects: pd.DataFrame
    rows_read: int
    provenance: Provenance
    flags: pd.DataFrame = field(default_factory=faults)

    def __post_init__(self) -> None:
        for name in ("rejects", "flags"):
            if list(getattr(self, name).columns) != FAULT_COLUMNS:
                raise SchemaError(f"{name} must have columns {FAULT_COLUMNS}, got {list(getattr(self, name).columns)}")
        if self.rows_read != len(self.frame) + self.rows_rejected:
            raise SchemaError(
                f"{self.provenance.file_name}: {self.rows_read} rows read, but {len(self.frame)} stored "
                f"and {self.rows_rejected} rejected"
            )

    @property
    def rows_rejected(self) -> int:
        """Number of rows with at least one rejecting fault."""
        return int(self.rejects["line"].nunique())

    @property
    def rows_flagged(self) -> int:
        """Number of stored rows with at least one doubt."""
        return int(self.flags["line"].nunique())


def provenance_of(
    path: Path, *, format_name: str, reader_version: str, encoding: str | None = None, notes: tuple[str, ...] = ()
) -> Provenance:
    """Describe a file on disk: name, size and SHA-256 of its bytes.

    Raises
    ------
    ImportRefusedError
        When the file is missing, empty or cannot be read.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = path.stat().st_size
    except OSError as error:
        raise ImportRefusedError(f"cannot read {path}: {error.strerror}") from error
    if size_bytes == 0:
        raise ImportRefusedError(f"{path.name} is empty (0 bytes); nothing was imported")
    return Provenance(
        format=format_name,
        file_name=path.name,
        sha256=digest,
        size_bytes=size_bytes,
        reader_version=reader_version,
        encoding=encoding,
        notes=notes,
    )


def settle(
    contract: Contract,
    raw: pd.DataFrame,
    *,
    provenance: Provenance,
    rejects: Iterable[pd.DataFrame] = (),
    flags: Iterable[pd.DataFrame] = (),
    checked: Checked | None = None,
) -> Reading:
    """Hold raw rows against a contract and gather every fault of the file in one reading.

    Parameters
    ----------
    raw
        Every row that could be split into columns, indexed by line, values as found. Not changed.
    rejects
        Faults found before: of rows in ``raw``, which are then not stored, and of rows that never got there.
    flags
        Doubts found before; those of rows that end up rejected are left out.

    checked
        What the contract makes of ``raw``, where that is known and no row of it is among the rejects.

    Raises
    ------
    SchemaError
        When a required column is absent altogether.
    """
    before = pd.concat([faults(), *rejects], ignore_index=True)
    checked = checked or contract.check(without_lines(raw, before["line"]))
    frame = checked.frame
    displaced, doubtful = misplaced(frame) if _has_point(contract) else (faults(), faults())
    frame = without_lines(frame, displaced["line"])
    rejected = pd.concat([before, checked.rejects, displaced], ignore_index=True)
    flagged = pd.concat([*flags, checked.flags, doubtful], ignore_index=True)
    return Reading(
        table=contract.name,
        frame=frame,
        rejects=rejected.sort_values("line", kind="stable", ignore_index=True),
        flags=flagged[flagged["line"].isin(frame.index)].sort_values("line", kind="stable", ignore_index=True),
        rows_read=len(raw) + int((~np.isin(before["line"].unique(), raw.index)).sum()),
        provenance=provenance,
    )


def _has_point(contract: Contract) -> bool:
    return {"longitude", "latitude", "country"} <= set(contract.column_names)
