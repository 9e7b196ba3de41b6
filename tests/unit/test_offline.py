"""Silent risks here: a map that asks another host for a script and stays blank in the field; an old
copy of the map script kept by a browser, or by a bundle joined before the script changed; a part that
is never joined; a missing package noticed only when the map stays empty."""

import hashlib
import shutil
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
    assert len(links) == 2, "one script and one style: each further script delays the first map"
    assert all(url.startswith("../../app/static/") for url in links)
    assert "http" not in frame.get_root().render().replace("http-equiv", "").replace("http://www.w3.org", "")


@pytest.mark.parametrize("element", [folium.Map(tiles=None), folium.Map()], ids=["plain map", "map with tiles"])
def test_anything_from_another_host_is_refused(element: MacroElement) -> None:
    with pytest.raises(StoreError, match=r"the map would load https://cdn\.jsdelivr\.net/npm/leaflet"):
        check_offline(element)


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the static folder's sources, before anything was joined."""
    shutil.copytree(offline.STATIC_FOLDER / "map", tmp_path / "map")
    (tmp_path / "vendor" / "leaflet").mkdir(parents=True)
    (tmp_path / "vendor" / "leaflet" / "leaflet.js").write_text(
        "leaflet()\n//# sourceMappingURL=x.map", encoding="utf-8"
    )
    monkeypatch.setattr(offline, "STATIC_FOLDER", tmp_path)
    return tmp_path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def bundle_of(static: Path) -> str:
    return (static / "vendor" / offline.BUNDLE_FILE).read_text(encoding="utf-8")


def test_every_part_is_joined_after_leaflet_inside_one_strict_function(static: Path) -> None:
    on_disk = {path.name for path in (static / "map").iterdir()}
    assert on_disk == set(offline.MAP_PARTS)
    address = offline.script_url()
    first, rest = bundle_of(static).split("\n", 1)
    digest = hashlib.sha256(rest.encode()).hexdigest()
    assert first == f"/* {digest} */"
    assert address == f"../../app/static/vendor/piste-bundle.js?v={digest[:12]}"
    assert rest.startswith('leaflet()\n;(function () {\n"use strict";\n')
    assert rest.endswith("})();\n")
    at = [rest.index((static / "map" / name).read_text(encoding="utf-8").rstrip()) for name in offline.MAP_PARTS]
    assert at == sorted(at)


@pytest.mark.parametrize("source", ["map/cells.js", "vendor/leaflet/leaflet.js"])
def test_changed_source_is_joined_again_under_a_new_address(static: Path, source: str) -> None:
    before = offline.script_url()
    (static / source).write_text("changed()", encoding="utf-8")
    after = offline.script_url()
    assert after != before
    assert "changed()" in bundle_of(static)


@pytest.mark.parametrize("damage", ["gone", "cut short", "older"])
def test_wrong_bundle_is_joined_again_under_the_same_address(static: Path, damage: str) -> None:
    address, whole = offline.script_url(), bundle_of(static)
    bundle = static / "vendor" / offline.BUNDLE_FILE
    if damage == "gone":
        bundle.unlink()
    else:
        bundle.write_text(whole[:500] if damage == "cut short" else "/* 0 */\nold()", encoding="utf-8")
    assert offline.script_url() == address
    assert bundle_of(static) == whole


def test_current_bundle_is_neither_read_nor_written_again(static: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offline.script_url()
    address = offline.script_url()
    monkeypatch.setattr(offline, "map_script", None)
    monkeypatch.setattr(offline, "_replace", None)
    assert offline.script_url() == address
    assert names_in(static / "vendor") == ["leaflet", offline.BUNDLE_FILE]


def test_missing_leaflet_is_copied_first(static: Path) -> None:
    shutil.rmtree(static / "vendor")
    offline.script_url()
    assert "Leaflet 1.9" in bundle_of(static)
    assert "sourceMappingURL" not in bundle_of(static)
    assert offline.missing_assets(static / "vendor") == []


def test_missing_part_is_named(static: Path) -> None:
    (static / "map" / "lines.js").unlink()
    with pytest.raises(StoreError, match=r"the map's script lacks lines\.js in .*map; check Piste out again"):
        offline.script_url()


def test_bundle_that_cannot_be_written_says_so(static: Path) -> None:
    (static / "vendor" / offline.BUNDLE_FILE).mkdir()
    with pytest.raises(StoreError, match=r"cannot write .*piste-bundle\.js: .*; make its folder writable"):
        offline.script_url()
    assert names_in(static / "vendor") == ["leaflet", offline.BUNDLE_FILE]


def test_no_part_of_the_map_script_grows_until_nobody_reads_it() -> None:
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (offline.STATIC_FOLDER / "map").iterdir()
    }
    assert {name: lines for name, lines in lengths.items() if lines >= 400} == {}
