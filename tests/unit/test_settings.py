"""Silent risks here: a misspelt key that leaves the default in force; a relative workspace path that
depends on where Piste was started."""

from pathlib import Path

import pytest

from geo.errors import SettingsError
from geo.model import Audience
from geo.settings import read_settings

CONFIG = Path(__file__).resolve().parents[2] / "config.toml"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = CONFIG.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "config.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_shipped_settings_are_read_and_default_to_a_workspace_beside_the_file() -> None:
    settings = read_settings(CONFIG)
    assert settings.workspace.path == CONFIG.parent / "workspace"
    assert settings.audiences[Audience.PUBLIC].small_count == 10


def test_unknown_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing key modes\.air_range_km; unknown key modes\.air_rnge_km"):
        read_settings(changed(tmp_path, "air_range_km", "air_rnge_km"))


def test_value_out_of_range_is_named_with_its_value(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"exposure\.background_share = 1\.5"):
        read_settings(changed(tmp_path, "background_share = 0.05", "background_share = 1.5"))


def test_unknown_audience_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"audiences\.everybody"):
        read_settings(changed(tmp_path, "[audiences.public]", "[audiences.everybody]"))


def test_missing_audience_is_named(tmp_path: Path) -> None:
    text = CONFIG.read_text(encoding="utf-8")
    start, end = text.index("[audiences.cluster]"), text.index("[audiences.task_force]")
    path = tmp_path / "config.toml"
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(SettingsError, match=r"missing key audiences\.cluster"):
        read_settings(path)


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    path = changed(tmp_path, "half_life_days = 540.0", "half_life_days = -1")
    path.write_text(path.read_text(encoding="utf-8").replace("kernel_km", "kernel_m", 1), encoding="utf-8")
    with pytest.raises(SettingsError) as refusal:
        read_settings(path)
    assert {"influence.half_life_days", "influence.kernel_km", "influence.kernel_m"} <= set(
        str(refusal.value).replace(":", " ").replace(";", " ").split()
    )


def test_broken_toml_and_absent_file_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not valid TOML"):
        read_settings(changed(tmp_path, "[workspace]", "[workspace"))
    with pytest.raises(SettingsError, match="cannot read"):
        read_settings(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("ambush = 30.0\n", "", r"constraints\.half_life_days = .*missing kind ambush"),
        ("ambush = 90.0\n", "ambushes = 90.0\n", r"constraints\.lifetime_days = .*unknown kind ambushes; missing kind"),
        ("permit = 365.0\n", "permit = 0\n", r"constraints\.lifetime_days\.permit = 0"),
        ('reliable = ["a", "b", "c"]', 'reliable = ["a", "z"]', r"road_reports\.reliable = .*unknown grades z"),
    ],
)
def test_each_kind_of_constraint_has_its_days_and_grades_exist(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        read_settings(changed(tmp_path, old, new))
