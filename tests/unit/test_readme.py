"""README is the map of the house; a map that no longer fits misleads every newcomer in silence."""

import re
from pathlib import Path

from geo.__main__ import _GROUPS
from geo.readers import FORMATS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGE_TABLE = README.split("## To change X, open Y")[1].split("\n## ")[0]


def test_every_place_named_in_the_table_exists() -> None:
    named = re.findall(r"`((?:geo|pages|static|data|\.streamlit|tests)[\w./-]*)`", CHANGE_TABLE)
    assert len(named) > 15
    assert [place for place in named if not (ROOT / place).exists()] == []


def test_every_room_of_the_library_is_in_the_table() -> None:
    rooms = [path.name for path in (ROOT / "geo").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    missing = [room for room in rooms if f"geo/{room}" not in CHANGE_TABLE and room != "__init__.py"]
    assert missing == []


def test_commands_formats_and_targets_named_in_readme_exist() -> None:
    commands = {name for names in _GROUPS.values() for name in names}
    assert set(re.findall(r"^piste (\w+)", README, flags=re.MULTILINE)) <= commands
    assert set(re.findall(r"(?:piste |`)import (\w+)", README)) <= set(FORMATS)
    targets = set(re.findall(r"^(\w[\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"`?make (\w[\w-]*)`", README)) | {"run", "test"} <= targets


def test_the_picture_is_there_and_small() -> None:
    picture = ROOT / re.search(r"!\[.*?\]\((.*?)\)", README).group(1)  # type: ignore[union-attr]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 600_000


def test_every_assumption_is_a_section_of_the_settings() -> None:
    config = (ROOT / "config.toml").read_text(encoding="utf-8")
    assert [n for n in range(1, 9) if f"assumption {n}" not in config] == []
    assert [n for n in range(1, 11) if f"\n| {n} |" not in README] == []


def test_no_page_of_the_project_names_a_machine() -> None:
    for path in [ROOT / "README.md", ROOT / "Makefile", ROOT / "config.toml", *ROOT.glob("geo/**/*.py")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(work|root|home)/\w", text), path
