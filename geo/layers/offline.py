"""The scripts a map needs, served by Piste itself: a map must draw without the internet.

Leaflet comes out of the package ``xstatic-leaflet``, the typeface out of the installed Streamlit;
both land in ``static/vendor``, which is never committed. Nothing else is taken from anywhere.
"""

import hashlib
import shutil
import sys
from functools import cache
from importlib import resources
from pathlib import Path

from geo.errors import StoreError

# Relative to /component/streamlit_folium.st_folium/index.html, so that a base path of the server is kept.
STATIC_URL = "../../app/static/"
STATIC_FOLDER = Path(__file__).resolve().parents[2] / "static"
MAP_SCRIPT = "piste-map.js"
LEAFLET_FILES = ("leaflet.js", "leaflet.css", "images")
FONT_FILE = "SourceSansVF-Upright.woff2"  # Streamlit's file carries a changing hash in its name
_FONT_PATTERN = "SourceSansVF-Upright*.woff2"


def copy_assets(target: Path = STATIC_FOLDER / "vendor") -> list[Path]:
    """Copy Leaflet and the typeface into a folder; files already there are replaced.

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
    return written


def missing_assets(target: Path = STATIC_FOLDER / "vendor") -> list[str]:
    """Names of files a map needs that are not in place; empty when ready."""
    wanted = [*(f"leaflet/{name}" for name in LEAFLET_FILES), f"fonts/{FONT_FILE}"]
    return [name for name in wanted if not (target / name).exists()]


@cache
def script_url() -> str:
    """Address of the map script; changes with its content, so no browser keeps an old one."""
    content = (STATIC_FOLDER / MAP_SCRIPT).read_bytes()
    return f"{STATIC_URL}{MAP_SCRIPT}?v={hashlib.sha256(content).hexdigest()[:12]}"


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
