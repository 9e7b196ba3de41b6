"""Silent risks here: a map that asks another host for a script and stays blank in the field; an old
copy of the map script kept by a browser; a missing package noticed only when the map stays empty."""

from pathlib import Path

import folium
import pytest
from branca.element import MacroElement

from geo.errors import StoreError
from geo.layers import offline
from geo.layers.folium_map import check_offline, render
from geo.layers.spec import MapSpec

NOTHING = MapSpec(layers=(), bounds=(14.0, 2.0, 28.0, 11.0))


def test_assets_are_copied_out_of_installed_packages(tmp_path: Path) -> None:
    offline.copy_assets(tmp_path)
    assert offline.missing_assets(tmp_path) == []
    assert (tmp_path / "leaflet" / "leaflet.js").read_text(encoding="utf-8").startswith("/* @preserve\n * Leaflet 1.9")
    assert (tmp_path / "fonts" / offline.FONT_FILE).read_bytes()[:4] == b"wOF2"


def test_copying_twice_changes_nothing(tmp_path: Path) -> None:
    first = offline.copy_assets(tmp_path)
    assert offline.copy_assets(tmp_path) == first


def test_missing_assets_are_named(tmp_path: Path) -> None:
    assert offline.missing_assets(tmp_path) == [
        "leaflet/leaflet.js",
        "leaflet/leaflet.css",
        "leaflet/images",
        "fonts/SourceSansVF-Upright.woff2",
    ]


def test_absent_package_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "LEAFLET_FILES", ("leaflet.js", "gone.css"))
    with pytest.raises(StoreError, match=r"package xstatic-leaflet has no gone\.css; install the pinned version again"):
        offline.copy_assets(tmp_path)
    with pytest.raises(StoreError, match="package nowhere is not installed; run `make setup`"):
        offline._package_folder("nowhere.pkg", "nowhere")


def test_map_asks_only_this_server() -> None:
    frame, _ = render(NOTHING)
    links = [url for _, url in (*frame.default_js, *frame.default_css)]
    assert len(links) == 3
    assert all(url.startswith("../../app/static/") for url in links)
    assert "http" not in frame.get_root().render().replace("http-equiv", "").replace("http://www.w3.org", "")


@pytest.mark.parametrize("element", [folium.Map(tiles=None), folium.Map()], ids=["plain map", "map with tiles"])
def test_anything_from_another_host_is_refused(element: MacroElement) -> None:
    with pytest.raises(StoreError, match=r"the map would load https://cdn\.jsdelivr\.net/npm/leaflet"):
        check_offline(element)


def test_map_script_address_changes_with_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    for content in ("one", "two"):
        (tmp_path / offline.MAP_SCRIPT).write_text(content, encoding="utf-8")
        monkeypatch.setattr(offline, "STATIC_FOLDER", tmp_path)
        offline.script_url.cache_clear()
        seen.add(offline.script_url())
    offline.script_url.cache_clear()
    assert len(seen) == 2
