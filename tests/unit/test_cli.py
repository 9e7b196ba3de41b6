"""The command line is a contract others call: silent risks are a renamed key, words on stdout, exit 0 after a
refusal, a traceback, or a number that differs from the store."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.__main__ import main

INCIDENTS = Path(__file__).resolve().parents[2] / "data" / "sample" / "incidents.csv"


class Cli:
    """Runs commands against one workspace and keeps what they said."""

    def __init__(self, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.workspace, self.capsys = workspace, capsys
        self.words = ""

    def run(self, *words: str) -> int:
        try:
            code = main([*words, "--workspace", str(self.workspace)])
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        captured = self.capsys.readouterr()
        self.out, self.words = captured.out, captured.err
        return code

    def ask(self, *words: str) -> dict[str, Any]:
        assert self.run(*words) == 0, self.words
        answer: dict[str, Any] = json.loads(self.out)
        return answer

    def refused(self, *words: str) -> str:
        assert self.run(*words) == 2
        assert self.out == ""
        assert "Traceback" not in self.words
        assert self.words.count("\n") == 1, self.words
        return self.words


@pytest.fixture
def sample(sample_folder: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(sample_folder, capsys)


@pytest.fixture
def fresh(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(tmp_path / "workspace", capsys)


def test_import_twice_stores_nothing_new_and_says_so(fresh: Cli) -> None:
    first = fresh.ask("import", "incidents", str(INCIDENTS))
    assert set(first) == {
        "import_id", "format", "table", "rows_read", "rows_stored", "rows_rejected", "rows_flagged", "rejects_file",
    }  # fmt: skip
    assert first["rows_read"] == first["rows_stored"] + first["rows_rejected"]
    assert Path(first["rejects_file"]).is_file()
    again = fresh.ask("import", "incidents", str(INCIDENTS))
    assert again["duplicate_of"] == first["import_id"]
    assert fresh.ask("status")["tables"]["incidents"]["rows"] == first["rows_stored"]


def test_withdraw_takes_an_import_out_of_every_answer(fresh: Cli) -> None:
    made = fresh.ask("import", "incidents", str(INCIDENTS))
    assert fresh.ask("withdraw", made["import_id"], "--reason", "test")["import_id"] == made["import_id"]
    assert fresh.ask("status")["tables"]["incidents"]["rows"] == 0
    assert Path(made["rejects_file"]).is_file()
    assert "withdrawn already" in fresh.refused("withdraw", made["import_id"], "--reason", "again")


def test_workspace_may_stand_anywhere(sample: Cli) -> None:
    assert main(["--workspace", str(sample.workspace), "status"]) == 0
    first = json.loads(sample.capsys.readouterr().out)
    assert main(["status", f"--workspace={sample.workspace}"]) == 0
    assert json.loads(sample.capsys.readouterr().out)["tables"] == first["tables"]


@pytest.mark.parametrize("resolution", [3, 4, 5, 6, 7])
def test_hexbin_totals_equal_stored_incidents(sample: Cli, resolution: int) -> None:
    stored = sample.ask("status")["tables"]["incidents"]["rows"]
    found = sample.ask("hexbin", "--resolution", str(resolution), "--audience", "case_team")
    total = sum(cell["incidents"] for cell in found["cells"]) + sum(area["incidents"] for area in found["area_only"])
    assert total == pytest.approx(stored, abs=1e-3)
    assert found["totals"]["incidents"] == stored
    assert {"cell", "incidents", "fatalities_best", "actors", "effective_actors", "precision_share", "observed"} <= set(
        found["cells"][0]
    )


def test_hexbin_defaults_to_the_most_redacted_audience_and_says_so(sample: Cli) -> None:
    found = sample.ask("hexbin", "--resolution", "7")
    assert (found["audience"], found["asked_resolution"], found["resolution"]) == ("public", 7, 4)
    assert all(cell["incidents"] >= 10 for cell in found["cells"])
    assert "actors" not in found["cells"][0]


def test_the_public_may_not_ask_where_an_actor_is(sample: Cli) -> None:
    assert "may not ask where an actor is" in sample.refused("hexbin", "--resolution", "4", "--actor", "FPN")
    found = sample.ask("hexbin", "--resolution", "4", "--actor", "FPN", "--audience", "task_force")
    assert found["totals"]["incidents"] > 0


def test_hexbin_filters_narrow_and_unknown_violation_is_refused(sample: Cli) -> None:
    everything = sample.ask("hexbin", "--resolution", "4", "--audience", "case_team")["totals"]["incidents"]
    part = sample.ask(
        "hexbin", "--resolution", "4", "--audience", "case_team",
        "--violation", "abduction", "--from", "2025-01-01", "--to", "2025-12-31",
    )  # fmt: skip
    assert 0 < part["totals"]["incidents"] < everything
    assert "'gossip'" in sample.refused("hexbin", "--resolution", "4", "--violation", "gossip")


@pytest.mark.parametrize("format_name", ["csv", "geojson", "gpkg", "parquet"])
def test_hexbin_exports_carry_audience_and_date(sample: Cli, tmp_path: Path, format_name: str) -> None:
    out = tmp_path / f"cells.{format_name}"
    told = sample.ask(
        "hexbin", "--resolution", "4", "--audience", "cluster", "--format", format_name, "--out", str(out)
    )
    content = out.read_bytes()
    assert told == {"out": str(out), "bytes": len(content)}
    assert b"cluster" in content
    assert b"2026-09-30" in content
    if format_name == "csv":
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert min(float(row["incidents"]) for row in rows) >= 5


def test_presence_shares_sum_to_one_per_cell(sample: Cli) -> None:
    found = sample.ask("presence", "--as-of", "2026-01-01", "--audience", "task_force", "--resolution", "4")
    shares: dict[str, float] = {}
    for row in found["cells"]:
        assert {"influence_share", "evidence", "newest_evidence_days", "contested"} <= set(row)
        shares[row["cell"]] = shares.get(row["cell"], 0) + row["influence_share"]
    assert shares
    assert all(total == pytest.approx(1, abs=1e-6) for total in shares.values())


def test_presence_known_before_anything_was_imported_is_empty(sample: Cli) -> None:
    found = sample.ask("presence", "--as-of", "2026-01-01", "--known-at", "2020-01-01", "--audience", "task_force")
    assert found["cells"] == []


def test_presence_is_withheld_from_the_public(sample: Cli) -> None:
    assert sample.ask("presence", "--as-of", "2026-01-01")["cells"] == []


def test_exposure_covers_every_cell_of_the_country_and_uses_no_future(sample: Cli) -> None:
    early = sample.ask("exposure", "--as-of", "2023-10-01", "--resolution", "4", "--audience", "task_force")
    later = sample.ask("exposure", "--as-of", "2024-10-01", "--resolution", "4", "--audience", "task_force")
    assert [c["cell"] for c in early["cells"]] == [c["cell"] for c in later["cells"]]
    assert all(c["exposure"] == 0 for c in early["cells"])
    assert all(c["exposure"] > 0 for c in later["cells"])
    assert "per 1,000 km²" in later["unit"]
    assert "too few to learn from" in early["why"]
    assert later["model"].startswith("learnt")
    assert "skill" not in later


def test_exposure_says_how_good_it_is_when_asked(sample: Cli) -> None:
    asked = ("exposure", "--as-of", "2024-10-01", "--resolution", "4", "--skill")
    skill = sample.ask(*asked)["skill"]
    assert [row["horizon_days"] for row in skill["horizons"]] == [90, 365]
    assert all(row["nats_per_incident"] > 0 and "incidents" not in row for row in skill["horizons"])
    assert "nats per incident" in skill["unit"]


def test_route_front_trades_time_for_exposure(sample: Cli) -> None:
    found = sample.ask("route", "--from", "-2.48,0.10", "--to", "2.5,1.2", "--audience", "task_force")
    assert found["front"] is True
    assert found["refused"] is None
    times = [route["time_min"] for route in found["routes"]]
    assert times == sorted(times)
    goals = np.array([[r[goal] for goal in ("time_min", "exposure", "visibility")] for r in found["routes"]])
    for goal in goals:
        assert not ((goals <= goal).all(axis=1) & (goals < goal).any(axis=1)).any()
    first = found["routes"][0]
    assert {"time_min", "length_km", "exposure", "visibility", "escort_slots", "segments", "geometry"} <= set(first)
    assert all(segment["road_id"] and segment["why"] for segment in first["segments"])
    assert first["geometry"]["type"] == "LineString"


def test_route_with_a_weight_is_one_route(sample: Cli) -> None:
    found = sample.ask(
        "route", "--from", "-2.48,0.10", "--to", "2.5,1.2", "--exposure-weight", "0", "--audience", "task_force"
    )
    assert (found["front"], len(found["routes"])) == (False, 1)


def test_no_route_says_why_and_what_is_nearest(sample: Cli) -> None:
    found = sample.ask("route", "--from", "-2.48,0.10", "--to", "-9,0", "--audience", "task_force")
    assert found["routes"] == []
    assert "from the nearest" in found["refused"]


@pytest.mark.parametrize("format_name", ["gpx", "kml"])
def test_route_as_a_track(sample: Cli, format_name: str) -> None:
    assert sample.run("route", "--from", "-2.48,0.10", "--to", "2.5,1.2", "--format", format_name) == 0
    assert {"gpx": "<trkpt ", "kml": "<coordinates>"}[format_name] in sample.out
    assert "audience: public" in sample.out


def test_reach_and_gaps_name_sites_only_to_those_who_may_see_them(sample: Cli) -> None:
    reached = sample.ask(
        "reach", "--base", "base-01", "--limit-min", "240", "--mode", "unescorted", "--audience", "task_force"
    )
    assert {"time_min", "nearest_base", "covered"} <= set(reached["sites"][0])
    assert {site["nearest_base"] for site in reached["sites"]} <= {"base-01", None}
    lost = sample.ask("gaps", "--close", "base-01", "--limit-min", "240", "--audience", "task_force")
    assert {"before", "after", "limit_min", "lost_sites", "people_lost"} <= set(lost)
    assert all(
        {"site", "p_code", "mode", "before_min", "after_min", "people"} <= set(site) for site in lost["lost_sites"]
    )
    for mode, before in lost["before"].items():
        assert before["sites_share"] >= lost["after"][mode]["sites_share"]
    public = sample.ask("gaps", "--close", "base-01", "--limit-min", "240")
    assert public["lost_sites"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("reach", "--base", "nobody", "--limit-min", "60", "--mode", "air"), "no base 'nobody' is open"),
        (("gaps", "--close", "nobody", "--limit-min", "60"), "no base 'nobody' is open"),
        (("reach", "--base", "base-01", "--limit-min", "-1", "--mode", "air"), "the limit must lie between"),
        (("hexbin", "--resolution", "12"), "resolution must lie between 2 and 9"),
        (("hexbin", "--resolution", "4", "--from", "2020-13-01"), "is no date"),
        (("hexbin", "--resolution", "4", "--from", "2021-01-01", "--to", "2020-01-01"), "swap the two dates"),
        (("route", "--from", "400,0", "--to", "0,0"), "no longitude,latitude"),
        (("route", "--from", "0,0", "--to", "0,0.1", "--vehicle", "tank"), "unknown vehicle 'tank'"),
        (("exposure", "--as-of", "2024-01-01", "--resolution", "4", "--country", "FRA"), "no outline of FRA"),
        (("import", "ucdp", "/nowhere/file.csv"), "cannot read"),
        (("withdraw", "ghost", "--reason", "x"), "ghost"),
        (("dance",), "invalid choice"),
        (("reach", "--mode", "walk"), "'walk' is none of unescorted, escorted, air, partner, alert"),
        (("route", "--season", "monsoon"), "'monsoon' is none of dry, wet"),
        (("route", "--audience", "all"), "'all' is none of public, cluster, task_force, case_team"),
    ],
)
def test_refusals_are_one_line(sample: Cli, words: tuple[str, ...], said: str) -> None:
    assert said in sample.refused(*words)


def test_a_missing_workspace_is_named(fresh: Cli) -> None:
    assert "geo sample" in fresh.refused("status")
