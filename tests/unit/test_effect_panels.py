"""Many panels from files are judged by scripts that nobody reads along. Silent risks: a row passed over; months of two
forms mixed; per cent read as shares; an answer file left half written after a refusal."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.closures import Run, made_runs
from tests.unit.test_cli import Cli

HEADER = "run,unit,month,count,treated,reach_share"
Month = Callable[[int], str]


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(tmp_path / "no workspace is needed", capsys)


def written(folder: Path, runs: list[Run], *, month: Month = str, treated: tuple[str, str] = ("0", "1")) -> list[str]:
    """Write both files and return the words of the command."""
    rows, closures = [HEADER], ["run,closure_month"]
    for number, run in enumerate(runs):
        closures.append(f"r{number},{month(run.panel.closure)}")
        for (unit, at), count in np.ndenumerate(run.panel.counts):
            flag = treated[int(run.panel.treated[unit])]
            rows.append(f"r{number},u{unit},{month(at)},{count:.0f},{flag},{run.panel.reach[unit, at]:.4f}")
    return command(folder, "\n".join(rows) + "\n", "\n".join(closures) + "\n")


def command(folder: Path, panels: str, runs: str) -> list[str]:
    (folder / "panels.csv").write_text(panels, encoding="utf-8")
    (folder / "runs.csv").write_text(runs, encoding="utf-8")
    files = [folder / name for name in ("panels.csv", "runs.csv", "answers.csv")]
    return ["effect", "--panels", str(files[0]), "--runs", str(files[1]), "--out", str(files[2])]


def answers(folder: Path) -> list[dict[str, str]]:
    with (folder / "answers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def calendar(position: int) -> str:
    return f"{2015 + position // 12}-{position % 12 + 1:02d}"


def test_golden_answers(cli: Cli, tmp_path: Path) -> None:
    runs = [*made_runs("null", 1, seed=3), *made_runs("effect", 4, seed=3), *made_runs("lost", 1, seed=3)]
    assert cli.ask(*written(tmp_path, runs))["bytes"] == (tmp_path / "answers.csv").stat().st_size
    golden = Path(__file__).resolve().parents[1] / "golden" / "effect_panels.csv"
    with golden.open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    found = answers(tmp_path)
    assert list(found[0]) == ["run", "rate_ratio", "low", "high", "p_value", "verdict"]
    for one, other in zip(found, expected, strict=True):
        assert (one["run"], one["verdict"]) == (other["run"], other["verdict"])
        for name in ("rate_ratio", "low", "high", "p_value"):
            assert float(one[name]) == pytest.approx(float(other[name]), rel=1e-4)


@pytest.mark.parametrize(
    ("month", "treated"),
    [
        (lambda at: str(at + 1), ("False", "True")),
        (calendar, ("no", "yes")),
        (lambda at: f"{calendar(at)}-01", ("0.0", "1.0")),
        (lambda at: f"{calendar(at)}-28 00:00:00", ("FALSE", "TRUE")),
        (lambda at: f"{at}.0", ("0", "1")),
    ],
)
def test_months_and_flags_in_any_form_give_the_same(
    cli: Cli, tmp_path: Path, month: Month, treated: tuple[str, str]
) -> None:
    runs = made_runs("effect", 2, seed=4)
    cli.ask(*written(tmp_path, runs))
    plain = answers(tmp_path)
    cli.ask(*written(tmp_path, runs, month=month, treated=treated))
    assert answers(tmp_path) == plain


def test_treated_from_the_closure_on_is_treated(cli: Cli, tmp_path: Path) -> None:
    runs = made_runs("effect", 1, seed=4)
    cli.ask(*written(tmp_path, runs))
    plain, closure = answers(tmp_path), runs[0].panel.closure
    lines = (tmp_path / "panels.csv").read_text(encoding="utf-8").splitlines()
    cells = [line.split(",") for line in lines[1:]]
    for row in cells:
        row[4] = str(int(row[4] == "1" and int(row[2]) >= closure))
    panels = "\n".join([HEADER, *map(",".join, cells)])
    cli.ask(*command(tmp_path, panels, (tmp_path / "runs.csv").read_text(encoding="utf-8")))
    assert answers(tmp_path) == plain


def test_rows_in_any_order_and_more_columns_give_the_same(cli: Cli, tmp_path: Path) -> None:
    runs = made_runs("null", 2, seed=4)
    cli.ask(*written(tmp_path, runs))
    plain = answers(tmp_path)
    lines = (tmp_path / "panels.csv").read_text(encoding="utf-8").splitlines()
    panels = "\n".join([HEADER + ",note", *(f"{line},x" for line in sorted(lines[1:]))])
    cli.ask(*command(tmp_path, panels, (tmp_path / "runs.csv").read_text(encoding="utf-8")))
    for one, other in zip(answers(tmp_path), plain, strict=True):
        assert one["verdict"] == other["verdict"]
        assert float(one["low"]) == pytest.approx(float(other["low"]), rel=1e-4)


def small(*rows: str) -> str:
    """Two units of three months, with rows put in place of the first ones."""
    usual = [f"r,{unit},{month},2,{unit},0.5" for unit in (0, 1) for month in range(3)]
    return "\n".join([HEADER, *rows, *usual[len(rows) :]]) + "\n"


RUNS = "run,closure_month\nr,1\n"


@pytest.mark.parametrize(
    ("panels", "runs", "words"),
    [
        (small("r,0,0,-1,0,0.5"), RUNS, "count '-1' in line 2"),
        (small("r,0,0,1.5,0,0.5"), RUNS, "count '1.5' in line 2"),
        (small("r,0,0,,0,0.5"), RUNS, "in line 2 is not a whole number"),
        (small("r,0,0,2,0,85"), RUNS, "reach_share '85' in line 2"),
        (small("r,0,0,2,0,-0.1"), RUNS, "reach_share '-0.1'"),
        (small("r,0,0,2,0,inf"), RUNS, "reach_share 'inf'"),
        (small("r,0,0,2,0,"), RUNS, "in line 2 is not a share"),
        (small("r,0,0,2,maybe,0.5"), RUNS, "treated 'maybe'"),
        (small("r,0,0,2,1,0.5"), RUNS, "treated in some months and not in others"),
        (small("r,0,May,2,0,0.5"), RUNS, "month 'May'"),
        (small("r,0,2020-13,2,0,0.5"), RUNS, "month '2020-13'"),
        (small("r,0,2020-01,2,0,0.5"), RUNS, "written as the months above it"),
        (small("r,0,1,2,0,0.5"), RUNS, "same month twice"),
        (small("r,,0,2,0,0.5"), RUNS, "in line 2 is not a name"),
        (small("other,0,0,2,0,0.5"), RUNS, "no closure month for run 'other'"),
        (small("r,0,0,2,0"), RUNS, "have not as many cells"),
        (small("r,0,900000,2,0,0.5"), RUNS, "far more than its rows"),
        (small(), "run,closure_month\nr,1\nr,2\n", "stands only once"),
        (small(), "run,closure_month\nr,1\ns,1\n", "no rows in the panels for run 's'"),
        (small(), "run,closure_month\nr,2020-01\n", "write both the same way"),
        (small(), "run,closure_month\n", "0 rows"),
        (small(), "run,month\nr,1\n", "no column closure_month"),
        ("run,unit\nr,1\n", RUNS, "no column month"),
        ("", RUNS, "panels.csv"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(
    cli: Cli, tmp_path: Path, panels: str, runs: str, words: str
) -> None:
    assert words in cli.refused(*command(tmp_path, panels, runs))
    assert not (tmp_path / "answers.csv").exists()


def test_a_missing_file_and_half_a_command_are_refused(cli: Cli, tmp_path: Path) -> None:
    words = command(tmp_path, small(), RUNS)
    assert "give --base" in cli.refused("effect")
    assert "give --base" in cli.refused(*words[:5])
    assert "give --base" in cli.refused(*words, "--base", "b")
    (tmp_path / "runs.csv").unlink()
    assert "runs.csv" in cli.refused(*words)


def test_what_is_odd_is_used_and_said(cli: Cli, tmp_path: Path) -> None:
    panels = small("r,0,0,2,0,1.2", "r,0,1,2,0,0").replace("r,1,2,2,1,0.5\n", "")
    cli.ask(*command(tmp_path, panels, "run,closure_month\nr,7\n"))
    assert "1 months of a unit have no row" in cli.words
    assert "2 reports come from months with a reach of 0" in cli.words
    assert "1 shares of reach lie above 1" in cli.words
    assert "1 runs close outside their months" in cli.words
    row = answers(tmp_path)[0]
    assert (row["rate_ratio"], row["low"], row["high"], row["verdict"]) == ("nan", "0", "inf", "cannot_tell")
