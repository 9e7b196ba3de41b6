"""The scripts a map needs, served by Piste itself: a map must draw without the internet.

Leaflet comes out of the package ``xstatic-leaflet``, the typeface out of the installed Streamlit;
both land in ``static/vendor``, which is never committed. Nothing else is taken from anywhere.

Leaflet and the parts of the map script (``static/map``) are joined into one bundle beside them, because
streamlit-folium fetches scripts one after the other: one request paints the first map sooner than twelve.
The bundle begins with the hash of what it was joined from, so an old one is noticed and joined again.
"""

import hashlib
import os
import shutil
import sys
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path

from geo.errors import StoreError

# Relative to /component/streamlit_folium.st_folium/index.html, so that a base path of the server is kept.
STATIC_URL = "../../app/static/"
STATIC_FOLDER = Path(__file__).resolve().parents[2] / "static"
# Parts of the map script in the order they are joined; they share one scope, and ``state`` comes first.
MAP_PARTS = (
    "state.js",
    "decode.js",
    "sheet.js",
    "lines.js",
    "routes.js",
    "cells.js",
    "names.js",
    "pointing.js",
    "view.js",
    "swipe.js",
    "months.js",
    "strip.js",
    "start.js",
)
BUNDLE_FILE = "piste-bundle.js"
LEAFLET_FILES = ("leaflet.js", "leaflet.css", "images")
FONT_FILE = "SourceSansVF-Upright.woff2"  # Streamlit's file carries a changing hash in its name
_FONT_PATTERN = "SourceSansVF-Upright*.woff2"


def copy_assets(target: Path = STATIC_FOLDER / "vendor") -> list[Path]:
    """Copy Leaflet and the typeface into a folder and join the map's script there; files already there are replaced.

    Returns
    -------
    The files and folders written.

    Raises
    ------
    StoreError
        When a package or a file in it is missing; names it and the remedy.
    """
    leaflet = _package_folder("xstatic.pkg.leaflet", "xstatic-leaflet") / "data"
    written = [_copy(leaflet / name, target / "leaflet" / name, package="xstatic-leaflet") for name in LEAFLET_FILES]
    media = _package_folder("streamlit", "streamlit") / "static" / "static" / "media"
    fonts = sorted(media.glob(_FONT_PATTERN))
    if not fonts:
        raise StoreError(f"package streamlit has no {_FONT_PATTERN} in {media}; install the pinned version again")
    written.append(_copy(fonts[0], target / "fonts" / FONT_FILE, package="streamlit"))
    current_bundle(target)
    return [*written, target / BUNDLE_FILE]


def missing_assets(target: Path = STATIC_FOLDER / "vendor") -> list[str]:
    """Names of files a map needs that are not in place; empty when ready."""
    wanted = [*(f"leaflet/{name}" for name in LEAFLET_FILES), f"fonts/{FONT_FILE}"]
    return [name for name in wanted if not (target / name).exists()]


def script_url() -> str:
    """Address of the map's one script; changes with its content, so no browser keeps an old one.

    A bundle that is missing or was joined from other sources is joined again first.

    Raises
    ------
    StoreError
        When a part is missing or the bundle cannot be written.
    """
    vendor = STATIC_FOLDER / "vendor"
    if not (vendor / "leaflet" / "leaflet.js").exists():
        copy_assets(vendor)
    return f"{STATIC_URL}vendor/{BUNDLE_FILE}?v={current_bundle(vendor)[:12]}"


def current_bundle(vendor: Path, *, parts: Path | None = None) -> str:
    """Make sure the bundle in a folder is the one its sources give, and return its hash (SHA-256, hex).

    Parameters
    ----------
    vendor
        Holds ``leaflet/leaflet.js`` and the bundle.
    parts
        Folder of :data:`MAP_PARTS`; default ``static/map``.

    Raises
    ------
    StoreError
        When a part is missing or the bundle cannot be written.
    """
    folder = STATIC_FOLDER / "map" if parts is None else parts
    sources = (vendor / "leaflet" / "leaflet.js", *(folder / name for name in MAP_PARTS))
    bundle = vendor / BUNDLE_FILE
    if not bundle.is_file():
        _joined.cache_clear()  # it was there when this was remembered
    return _joined(bundle, sources, tuple(_mark(path) for path in (bundle, *sources)))


@lru_cache(maxsize=4)
def _joined(bundle: Path, sources: Sequence[Path], marks: tuple[tuple[int, int], ...]) -> str:
    """Hash of the sources; the bundle is written where it differs. Remembered while no file changes."""
    del marks  # size and time of each file: part of the key only
    script = map_script(sources)
    digest = hashlib.sha256(script).hexdigest()
    content = f"/* {digest} */\n".encode("ascii") + script
    if not bundle.is_file() or bundle.read_bytes() != content:
        _replace(bundle, content)
    return digest


def map_script(sources: Sequence[Path]) -> bytes:
    """Leaflet and the parts as one script; the parts stand in one strict function.

    Raises
    ------
    StoreError
        When a file is missing.
    """
    missing = [path for path in sources if not path.is_file()]
    if missing:
        raise StoreError(f"the map's script lacks {missing[0].name} in {missing[0].parent}; check Piste out again")
    leaflet, *parts = (path.read_text(encoding="utf-8").rstrip() for path in sources)
    body = leaflet.partition("\n//# sourceMappingURL=")[0]  # its map knows nothing of the lines that follow
    inner = "\n\n".join(parts)
    return f'{body}\n;(function () {{\n"use strict";\n{inner}\n}})();\n'.encode()


def _mark(path: Path) -> tuple[int, int]:
    """Size and time of last change; zeros for no file."""
    if not path.is_file():
        return (0, 0)
    found = path.stat()
    return (found.st_size, found.st_mtime_ns)


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a server may be reading it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise StoreError(f"cannot write {path}: {error.strerror}; make its folder writable") from error


def _package_folder(module: str, package: str) -> Path:
    try:
        return Path(str(resources.files(module)))
    except ModuleNotFoundError as error:
        raise StoreError(f"package {package} is not installed; run `make setup`") from error


def _copy(source: Path, destination: Path, *, package: str) -> Path:
    if not source.exists():
        raise StoreError(f"package {package} has no {source.name}; install the pinned version again")
    destination.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, destination, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, destination)
    return destination


def main() -> int:
    """Copy the assets and say where they went."""
    for path in copy_assets():
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
