"""A base opened or closed in a scenario, beside reach computed anew. Equality is checked first.

    python bench/drawdown.py

The Central African Republic: its roads, MINUSCA's bases of 2020 and as many partner bases at towns as make 100, all
towns and villages as sites, cells of resolution 6. Everything is asked as a page would ask it, gate included; each
toggle closes other bases than the last. Medians of several runs.
"""

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.answers.phases import answer_phases  # noqa: E402
from geo.answers.reach import answer_gaps  # noqa: E402
from geo.answers.world import World  # noqa: E402
from geo.drawdown.phases import PhasesRequest  # noqa: E402
from geo.drawdown.scenarios import Measure, Phase, Scenario  # noqa: E402
from geo.model import AccessMode, Audience, GapsRequest  # noqa: E402
from geo.readers import read_file  # noqa: E402
from geo.settings import read_settings  # noqa: E402
from geo.workspace import open_workspace  # noqa: E402

SEED, RUNS, BASES, LIMIT_MIN, RESOLUTION = 5, 9, 100, 240.0, 6
DAY = dt.date(2020, 6, 30)
DATA = ROOT.parent / "shared" / "data"
SEES = Audience.CASE_TEAM
FILES = (
    ("geopko", "geopko/FrontMap_v.2.3.csv", "CAF"),
    ("roads", "roads_africa/africa_network_COD_CAF.geojson", None),
    ("places", "osm_nodes_2019/central-african-republic.sqlite.zip", "CAF"),
    ("boundaries", "natural_earth/ne_adm0_caf_cod_ssd_and_neighbours.gpkg", None),
    ("airports", "ourairports/airports.csv", "CAF"),
)


def made_world(folder: Path) -> World:
    """Return the country with 100 bases and some thousand sites."""
    workspace = open_workspace(folder / "workspace", author="bench", create=True)
    for name, file, country in FILES:
        workspace.add(read_file(name, DATA / file, country=country))
    world = World(workspace, SETTINGS)
    places, rng = world.places, np.random.default_rng(SEED)
    lived_in = places.loc[places["kind"].isin(["city", "town", "village"]) & places["name"].notna()]
    sites = lived_in.assign(site_id=lived_in["place_id"], kind="village", people=lived_in["population"])
    columns = ["site_id", "name", "kind", "people", "country", "longitude", "latitude"]
    sites[columns].to_csv(folder / "sites.csv", index=False)
    missing = BASES - len(world.bases_at(DAY))
    towns = lived_in.loc[lived_in["kind"] != "village"].iloc[:missing]
    yes_no = np.array(["no", "yes"])
    pd.DataFrame(
        {
            "base_id": [f"partner-{number}" for number in range(len(towns))],
            "name": towns["name"].to_numpy(),
            "organisation": "partner",
            "organisation_type": "ingo",
            "country": "CAF",
            "longitude": towns["longitude"].to_numpy(),
            "latitude": towns["latitude"].to_numpy(),
            "escort_slots_per_week": rng.integers(0, 2, len(towns)),
            "helipad": yes_no[rng.integers(0, 2, len(towns))],
            "airstrip": yes_no[rng.integers(0, 2, len(towns))],
            "alert_hub": yes_no[rng.integers(0, 2, len(towns))],
        }
    ).to_csv(folder / "bases.csv", index=False)
    for name in ("sites", "bases"):
        workspace.add(read_file(name, folder / f"{name}.csv"))
    return World(workspace, SETTINGS)


def closing(*base_ids: str) -> Scenario:
    measures = tuple(Measure(kind="close", base_id=base) for base in base_ids)
    return Scenario(name="bench", phases=(Phase(name="all", begins_on=DAY, measures=measures),))


def check_equal(world: World, close: tuple[str, ...], request: PhasesRequest) -> None:
    """Hold both ways against each other, mode by mode."""
    quick = answer_phases(world, closing(*close), request, audience=SEES)
    for mode in AccessMode:
        asked = GapsRequest(close=close, limit_min=LIMIT_MIN, mode=mode, as_of=DAY, resolution=RESOLUTION)
        plain = answer_gaps(world, asked, audience=SEES)
        one = quick.lost.frame.loc[quick.lost.frame["mode"] == mode]
        columns = ["site", "longitude", "latitude", "before_min", "after_min"]
        both = [frame[columns].sort_values(columns[:3]).reset_index(drop=True) for frame in (one, plain.lost.frame)]
        pd.testing.assert_frame_equal(*both, check_dtype=False, rtol=0, atol=1e-9)
        cells = quick.lost_cells.frame.loc[quick.lost_cells.frame["mode"] == mode, "cell"]
        assert set(cells) == set(plain.cells.frame.loc[plain.cells.frame["lost"], "cell"])
        totals = quick.phases.frame.loc[quick.phases.frame["mode"] == mode].iloc[0]
        for name in ("sites_share_after", "land_share_after", "people_lost", "sites_lost"):
            assert np.isclose(totals[name], plain.coverage.frame[name].iloc[0])


def timed(works: list[Callable[[], object]]) -> str:
    """Medians by the clock and of the processor, which stays much the same where others use the machine."""
    spent, used = [], []
    for work in works:
        start, busy = time.perf_counter(), time.process_time()
        work()
        spent.append(1000 * (time.perf_counter() - start))
        used.append(1000 * (time.process_time() - busy))
    return f"{median(spent):.0f} ms, slowest {max(spent):.0f} (processor {median(used):.0f})"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = made_world(Path(folder))
        ids = world.bases_at(DAY)["base_id"].tolist()
        request = PhasesRequest(limit_min=LIMIT_MIN, as_of=DAY, resolution=RESOLUTION)
        cells, sites = len(world.territory(RESOLUTION)), len(world.sites_at(DAY))
        print(f"{len(ids)} bases, {cells:,} cells and {sites:,} sites, {len(world.network.segments):,} segments")
        start = time.perf_counter()
        check_equal(world, tuple(ids[:5]), request)
        print(f"equal to answer_gaps in all five modes; first answers {time.perf_counter() - start:.1f} s")
        rng = np.random.default_rng(SEED)
        for label, modes in (("unescorted", (AccessMode.UNESCORTED,)), ("all modes", tuple(AccessMode))):
            asked = replace(request, modes=modes)

            def toggle(asked: PhasesRequest = asked) -> object:
                close = rng.choice(ids, 6, replace=False)
                return answer_phases(world, closing(*close), asked, audience=SEES)

            print(f"toggle a base, {label}: {timed([toggle] * RUNS)}; target 100 ms")
        plain = GapsRequest(
            close=tuple(ids[:6]), limit_min=LIMIT_MIN, mode=AccessMode.UNESCORTED, as_of=DAY, resolution=RESOLUTION
        )
        print(f"reach anew, unescorted: {timed([lambda: answer_gaps(world, plain, audience=SEES)] * 5)}")


SETTINGS = read_settings(ROOT / "config.toml")
if __name__ == "__main__":
    main()
