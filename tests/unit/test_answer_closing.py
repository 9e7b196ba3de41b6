"""Silent risks here: an order of bases that do not offer the mode; people counted where none are known; a candidate that
takes part in the order; an order told to those who may not see bases."""

import datetime as dt
import json
from pathlib import Path

import pytest

from geo.__main__ import main
from geo.answers.closing import PEOPLE, answer_closing
from geo.answers.world import World
from geo.errors import RequestError, UnknownRecordError
from geo.model import AccessMode, Audience, ClosingRequest
from geo.readers import read_file

DAY = dt.date(2026, 9, 30)
ROOT = Path(__file__).resolve().parents[2]


def asked(**more: object) -> ClosingRequest:
    return ClosingRequest(**({"limit_min": 240.0, "as_of": DAY} | more))  # type: ignore[arg-type]


def test_steps_add_up_and_stand_beside_the_optimum(sample_world: World) -> None:
    found = answer_closing(sample_world, asked(mode=AccessMode.ESCORTED), audience=Audience.TASK_FORCE)
    rows = found.order.frame
    bases = sample_world.bases_at(DAY)
    assert set(rows["base"]) == set(bases.loc[bases["escort_slots_per_week"] > 0, "base_id"])
    assert rows["adds"].cumsum().tolist() == pytest.approx(rows["loss"].tolist())
    assert (rows["optimum"] <= rows["loss"] + 1e-6).all()
    assert rows["loss_share"].iloc[-1] == pytest.approx(1.0)
    assert found.unit == PEOPLE
    assert found.not_counted == int(sample_world.sites_at(DAY)["people"].isna().sum())


def test_kept_bases_stay_and_forced_ones_go_first(sample_world: World) -> None:
    request = asked(keep=("base-02",), forced=(("base-05", dt.date(2027, 3, 31)), ("base-04", dt.date(2027, 1, 31))))
    rows = answer_closing(sample_world, request, audience=Audience.TASK_FORCE).order.frame
    assert rows["base"].tolist()[:2] == ["base-04", "base-05"]
    assert "base-02" not in set(rows["base"])
    assert rows["reason"].iloc[0].startswith("forced to close on 2027-01-31")


def test_a_candidate_is_weighed_and_never_closed(sample_world: World, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text(
        "base_id,name,organisation,organisation_type,longitude,latitude\nnew-1,Dololodou,Relais Enfance,ingo,2.606,1.286\n"
    )
    more = read_file("bases", path).frame
    found = answer_closing(sample_world, asked(), audience=Audience.TASK_FORCE, candidates=more)
    assert "new-1" not in set(found.order.frame["base"])
    row = found.keeps.frame.set_index("base").loc["new-1"]
    assert row["candidate"]
    assert row["adds_now"] > 0  # its base there closed in March
    assert row["adds_at_the_end"] == pytest.approx(row["covers"])
    with pytest.raises(RequestError, match="candidate base-02 has the id of an open base"):
        answer_closing(sample_world, asked(), audience=Audience.TASK_FORCE, candidates=more.assign(base_id="base-02"))


def test_the_order_is_withheld_with_the_bases(sample_world: World) -> None:
    for audience in (Audience.PUBLIC, Audience.CLUSTER):
        found = answer_closing(sample_world, asked(keep=("base-02",)), audience=audience)
        assert found.order.withheld
        assert found.keeps.withheld
        assert found.not_counted is None
    with pytest.raises(UnknownRecordError, match="no base 'moon' is open"):
        answer_closing(sample_world, asked(keep=("moon",)), audience=Audience.TASK_FORCE)


def test_the_command_prints_what_the_contract_says(sample_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["closing-order", "--limit-min", "240", "--forced", "base-04=2027-06-30", "--workspace", str(sample_folder)]
    assert main([*words, "--audience", "task_force"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["limit_min"], document["mode"]) == (240.0, "unescorted")
    assert {"base", "loss", "optimum", "gap", "reason"} <= set(document["steps"][0])
    for wrong in ("base-04", "base-04=soon", "base-04=2027-01-01,base-04=2027-02-01"):
        assert _exit_code([*words[:4], wrong, *words[-2:]]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def _exit_code(words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as stop:  # argparse
        return int(stop.code or 0)
