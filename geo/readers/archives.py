"""What kind of file this is, by its first bytes and never by its name, and how a zip is opened.

A name proves nothing: an OGR VRT or GDALG text called ``roads.geojson`` makes GDAL read any file on
the disk or call any host. So every format is told by magic bytes here, before a library sees it.
"""

import lzma
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Literal

from geo.errors import ImportRefusedError

FileKind = Literal["json", "sqlite", "shapefile", "zip", "osm_xml", "osm_pbf", "gpx", "kml", "other_xml", "other"]

MAX_ENTRIES = 200
MAX_UNPACKED_BYTES = 500 * 1024 * 1024
MAX_RATIO = 100
# Below this size a high ratio harms nobody (a file of blanks compresses 1000:1).
RATIO_FREE_BYTES = 1024 * 1024
_HEAD_BYTES = 4096
_COPY_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
# The first element of an XML text, after declaration and comments.
_XML_ROOT = re.compile(rb"\A\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<([A-Za-z_][\w.:-]*)[\s/>]", re.DOTALL)
_XML_KINDS: dict[bytes, FileKind] = {b"osm": "osm_xml", b"gpx": "gpx", b"kml": "kml"}
# Companions of a shapefile that GDAL may see. The .prj is read here instead: it is untrusted text.
_SHAPEFILE_PARTS = frozenset({".shp", ".shx", ".dbf", ".cpg", ".prj"})
_IGNORED_ENTRIES = re.compile(r"(^|/)(__MACOSX/|\.|Thumbs\.db$)")

# All that Python's zip reader was seen to raise on damaged archives.
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
)


def file_kind(path: Path) -> FileKind:
    """Tell the kind of a file from its first bytes.

    Raises
    ------
    ImportRefusedError
        When the file cannot be read or is empty.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise ImportRefusedError(f"cannot read {path}: {error.strerror}") from error
    if not head:
        raise ImportRefusedError(f"{path.name} is empty (0 bytes); nothing was imported")
    return _kind_of_bytes(head)


def _kind_of_bytes(head: bytes) -> FileKind:
    fixed: tuple[tuple[bytes, FileKind], ...] = (
        (b"SQLite format 3\x00", "sqlite"),
        (b"PK\x03\x04", "zip"),
        (b"\x00\x00\x27\x0a", "shapefile"),
    )
    for magic, kind in fixed:
        if head.startswith(magic):
            return kind
    # A PBF opens with the length of its first header, then a message whose type is OSMHeader.
    if head[:2] == b"\x00\x00" and head[4:15] == b"\x0a\x09OSMHeader":
        return "osm_pbf"
    text = head.removeprefix(_BOM).lstrip()
    if text.startswith((b"{", b"[")):
        return "json"
    if text.startswith(b"<"):
        root = _XML_ROOT.match(text)
        return _XML_KINDS.get(root.group(1).rpartition(b":")[2], "other_xml") if root else "other_xml"
    return "other"


@contextmanager
def opened(path: Path, *, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Give the file itself, or for a zip its one data file, unpacked into a private folder.

    A shapefile is unpacked with its companions. The folder is gone when the block ends.

    Parameters
    ----------
    suffixes
        Lower-case endings of the data files looked for inside a zip; outside one they mean nothing.

    Raises
    ------
    ImportRefusedError
        When the zip is damaged, too large, nested, encrypted, names a path outside itself, or holds
        no data file or several.
    """
    if file_kind(path) != "zip":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="piste-") as folder:
        yield _unpack(path, Path(folder), suffixes)


def _unpack(path: Path, folder: Path, suffixes: tuple[str, ...]) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked_entries(archive, path.name)
            main = _main_entry(entries, path.name, suffixes)
            stem = str(PurePosixPath(main.filename).with_suffix(""))
            wanted = [main]
            if main.filename.lower().endswith(".shp"):
                wanted = [e for e in entries if _is_part(e.filename, stem)]
            room = MAX_UNPACKED_BYTES
            for entry in wanted:
                room -= _copy(archive, entry, folder / f"data{PurePosixPath(entry.filename).suffix.lower()}", room)
    except ImportRefusedError:
        raise
    except _ZIP_FAULTS as error:
        raise ImportRefusedError(f"{path.name} is a damaged or encrypted zip: {error}") from error
    return folder / f"data{PurePosixPath(main.filename).suffix.lower()}"


def unpacked_blocks(path: Path) -> Iterator[tuple[str, bytes]]:
    """Unpack a zip bit by bit under the limits of :func:`opened`: the name of each entry beside some of its bytes.

    Raises
    ------
    ImportRefusedError
        When the zip is damaged, too large, nested, encrypted, or names a path outside itself.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            room = MAX_UNPACKED_BYTES
            _checked_entries(archive, path.name)
            for entry in archive.infolist():  # those with names that mean nothing too
                for block in _blocks(archive, entry, room):
                    room -= len(block)
                    yield entry.filename, block
    except ImportRefusedError:
        raise
    except _ZIP_FAULTS as error:
        raise ImportRefusedError(f"{path.name} is a damaged or encrypted zip: {error}") from error


def entry_names(path: Path) -> frozenset[str]:
    """Names of everything a zip holds.

    Raises
    ------
    ImportRefusedError
        When the zip is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return frozenset(archive.namelist())
    except _ZIP_FAULTS as error:
        raise ImportRefusedError(f"{path.name} is a damaged zip or Excel workbook: {error}") from error


def _is_part(name: str, stem: str) -> bool:
    part = PurePosixPath(name)
    return str(part.with_suffix("")) == stem and part.suffix.lower() in _SHAPEFILE_PARTS


def _checked_entries(archive: zipfile.ZipFile, file_name: str) -> list[zipfile.ZipInfo]:
    """Entries that may hold data; an archive with any dangerous entry is refused whole."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ImportRefusedError(f"{file_name} holds {len(entries)} files; at most {MAX_ENTRIES} are opened")
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/"))
        if not name.name or name.is_absolute() or ".." in name.parts or ":" in entry.filename:
            raise ImportRefusedError(
                f"{file_name} holds {entry.filename!r}, no name or a path outside itself; zip it anew"
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ImportRefusedError(f"{file_name} holds the link {entry.filename!r}; zip the file itself")
        if name.suffix.lower() in {".zip", ".gz", ".7z", ".rar", ".tar"}:
            raise ImportRefusedError(f"{file_name} holds the archive {entry.filename!r}; unpack that one first")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_UNPACKED_BYTES:
        raise ImportRefusedError(
            f"{file_name} unpacks to {total / 2**20:.0f} MB; at most {MAX_UNPACKED_BYTES // 2**20} MB are taken"
        )
    return [e for e in entries if not e.filename.endswith("/") and not _IGNORED_ENTRIES.search(e.filename)]


def _main_entry(entries: list[zipfile.ZipInfo], file_name: str, suffixes: tuple[str, ...]) -> zipfile.ZipInfo:
    found = [e for e in entries if e.filename.lower().endswith(suffixes)]
    if not found and any(e.filename == "xl/workbook.xml" for e in entries):
        raise ImportRefusedError(f"{file_name} is an Excel workbook; save the sheet as CSV")
    if not found:
        raise ImportRefusedError(f"{file_name} holds no file ending in {', '.join(suffixes)}")
    if len(found) > 1:
        names = ", ".join(sorted(e.filename for e in found)[:8])
        raise ImportRefusedError(f"{file_name} holds {len(found)} data files ({names}); zip one alone")
    return found[0]


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, room: int) -> int:
    """Unpack one entry into a file and return its size in bytes."""
    with target.open("wb") as sink:
        return sum(sink.write(block) for block in _blocks(archive, entry, room))


def _blocks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> Iterator[bytes]:
    """Unpack one entry while counting real bytes, because the sizes in a zip's headers may lie."""
    written = 0
    with archive.open(entry) as source:
        while block := source.read(_COPY_BYTES):
            written += len(block)
            packed = max(entry.compress_size, 1)
            if written > room or (written > RATIO_FREE_BYTES and written > MAX_RATIO * packed):
                raise ImportRefusedError(
                    f"{entry.filename} in the zip unpacks to more than {MAX_RATIO} times its size "
                    f"or {MAX_UNPACKED_BYTES // 2**20} MB; it looks like a zip bomb"
                )
            yield block
