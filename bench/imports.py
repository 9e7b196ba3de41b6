"""A worldwide ACLED file through the whole door: read, checked row by row, rejected, stored, counted.

    python bench/imports.py [ROWS]

The file is generated here (seeded, 3,000,000 rows by default, columns and widths as the publisher's, every text in
quotation marks, some narratives over two lines) with one row in a hundred spoiled in a known way. It is imported by
the command line in a process of its own into a workspace that is thrown away. Checked: stored + rejected = read,
exactly the spoiled rows are rejected. Printed: seconds and the peak of resident memory of that process.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

ROOT = Path(__file__).resolve().parents[1]
ROWS = 3_000_000
CHUNK_ROWS = 250_000
SEED = 7
SPOILED_EVERY = 100
PLACES = 60_000
ACTORS = 3_000
# Name, ISO 3166-1 numeric, west, south, east, north: boxes inside the countries' extents.
COUNTRIES = (
    ("Democratic Republic of Congo", 180, 15.0, -8.0, 29.0, 4.0),
    ("Central African Republic", 140, 15.0, 4.0, 26.0, 9.0),
    ("South Sudan", 728, 26.0, 5.0, 34.0, 11.0),
    ("Nigeria", 566, 4.0, 6.0, 13.0, 13.0),
    ("Syria", 760, 36.5, 33.0, 41.0, 36.5),
    ("Ukraine", 804, 24.0, 46.5, 38.0, 51.0),
    ("Colombia", 170, -76.5, 2.0, -69.0, 8.0),
    ("Myanmar", 104, 94.5, 16.0, 98.5, 25.0),
    ("Philippines", 608, 121.0, 7.0, 126.0, 17.0),
)
KINDS = (
    ("Political violence", "Battles", "Armed clash"),
    ("Political violence", "Battles", "Government regains territory"),
    ("Political violence", "Explosions/Remote violence", "Air/drone strike"),
    ("Political violence", "Explosions/Remote violence", "Shelling/artillery/missile attack"),
    ("Political violence", "Violence against civilians", "Attack"),
    ("Political violence", "Violence against civilians", "Abduction/forced disappearance"),
    ("Political violence", "Violence against civilians", "Sexual violence"),
    ("Political violence; Demonstrations", "Riots", "Mob violence"),
    ("Demonstrations", "Protests", "Peaceful protest"),
    ("Strategic developments", "Strategic developments", "Looting/property destruction"),
)
NOTES = (
    (
        "On that day, fighters clashed with soldiers near the river crossing; several houses were burned and the "
        "market stayed closed for the rest of the week. Casualties unknown."
    ),
    (
        'Local sources reported an attack on a convoy; passengers were robbed, two people were abducted and "later '
        'released" after their families had paid. The road was reopened the next morning.'
    ),
    (
        "Villagers fled towards the town after shots had been heard overnight.\nThe number of displaced is not known; "
        "a partner organisation plans a visit when the road is dry."
    ),
    "Armed men put up an illegal checkpoint and collected taxes from traders on the road, no casualties reported.",
)


def _repeated(words: list[str], codes: np.ndarray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words))


class _World:
    """Places, actors and words that rows are drawn from."""

    def __init__(self) -> None:
        draw = np.random.default_rng(SEED)
        boxes = np.array([country[2:] for country in COUNTRIES])
        self.country = draw.integers(0, len(COUNTRIES), PLACES)
        west, south, east, north = boxes[self.country].T
        self.latitude = [f"{value:.4f}" for value in draw.uniform(south, north)]
        self.longitude = [f"{value:.4f}" for value in draw.uniform(west, east)]
        self.location = [f"Place {number:05d}" for number in range(PLACES)]
        self.admin1 = [f"Province {number:03d}" for number in range(400)]
        self.admin2 = [f"District {number:04d}" for number in range(2000)]
        self.actors = [f"Armed Group {number:04d} ({number % 9})" for number in range(ACTORS)]
        self.days = [str(day) for day in np.arange("2010-01-01", "2025-01-01", dtype="datetime64[D]")]
        self.notes = [f"{NOTES[number % len(NOTES)]} Ref {number:05d}." for number in range(10_000)]

    def rows(self, first: int, count: int) -> pa.Table:
        draw = np.random.default_rng([SEED, first])
        place = np.minimum((PLACES * draw.random(count) ** 3).astype(int), PLACES - 1)
        kind = draw.integers(0, len(KINDS), count)
        actor = np.minimum((ACTORS * draw.random((2, count)) ** 4).astype(int), ACTORS - 1)
        day = (len(self.days) * draw.random(count) ** 0.7).astype(int)
        country = self.country[place]
        deaths = np.where(draw.random(count) < 0.62, 0, draw.geometric(0.25, count))
        nobody = np.zeros(count, dtype=int)
        columns = {
            "event_id_cnty": pa.array([f"ABC{number}" for number in range(first, first + count)]),
            "event_date": _repeated(self.days, day),
            "year": pa.array(2010 + day // 366),
            "time_precision": pa.array(draw.choice([1, 2, 3], count, p=[0.8, 0.15, 0.05])),
            "disorder_type": _repeated([one[0] for one in KINDS], kind),
            "event_type": _repeated([one[1] for one in KINDS], kind),
            "sub_event_type": _repeated([one[2] for one in KINDS], kind),
            "actor1": _repeated(self.actors, actor[0]),
            "assoc_actor_1": _repeated(["", "Allied Militia"], (actor[0] % 5 == 0).astype(int)),
            "inter1": _repeated(["Rebel group", "State forces", "Political militia"], actor[0] % 3),
            "actor2": _repeated([*self.actors, "Civilians (Here)"], np.where(kind > 3, ACTORS, actor[1])),
            "assoc_actor_2": _repeated([""], nobody),
            "inter2": _repeated(["Rebel group", "Civilians"], (kind > 3).astype(int)),
            "interaction": _repeated(["Rebel group-Rebel group", "Rebel group-Civilians"], (kind > 3).astype(int)),
            "civilian_targeting": _repeated(["", "Civilian targeting"], ((kind > 3) & (kind < 7)).astype(int)),
            "iso": pa.array(np.array([one[1] for one in COUNTRIES])[country]),
            "region": _repeated(["Middle Africa"], nobody),
            "country": _repeated([one[0] for one in COUNTRIES], country),
            "admin1": _repeated(self.admin1, place % 400),
            "admin2": _repeated(self.admin2, place % 2000),
            "admin3": _repeated([""], nobody),
            "location": _repeated(self.location, place),
            "latitude": _repeated(self.latitude, place),
            "longitude": _repeated(self.longitude, place),
            "geo_precision": pa.array(draw.choice([1, 2, 3], count, p=[0.6, 0.3, 0.1])),
            "source": _repeated(["Radio Here; Daily There", "Undisclosed Source"], actor[1] % 2),
            "source_scale": _repeated(["National"], nobody),
            "notes": _repeated(self.notes, draw.integers(0, len(self.notes), count)),
            "fatalities": pa.array(deaths),
            "tags": _repeated([""], nobody),
            "timestamp": pa.array(1_600_000_000 + day),
        }
        return _spoiled(pa.table(columns), first)


def _spoiled(table: pa.Table, first: int) -> pa.Table:
    """Every hundredth row with one fault, each of five kinds in turn."""
    faulty = np.arange(table.num_rows)[(np.arange(first, first + table.num_rows) % SPOILED_EVERY) == SPOILED_EVERY - 1]
    kinds = {
        "event_date": "2021-13-45",
        "latitude": "95.0",
        "geo_precision": "9",
        "event_id_cnty": "ABC0",
        "fatalities": "some",
    }
    for turn, (name, value) in enumerate(kinds.items()):
        column = table[name].combine_chunks()
        text = (column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column).cast(pa.string())
        values = text.to_numpy(zero_copy_only=False).copy()
        values[faulty[turn :: len(kinds)]] = value
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values, pa.string()))
    return table


def make_file(path: Path, rows: int) -> None:
    """Write an ACLED-like CSV of so many rows."""
    world = _World()
    with path.open("wb") as sink:
        for first in range(0, rows, CHUNK_ROWS):
            table = world.rows(first, min(CHUNK_ROWS, rows - first))
            flat = pa.table({name: _plain(table[name]) for name in table.column_names})
            pa_csv.write_csv(flat, sink, pa_csv.WriteOptions(include_header=first == 0))


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def main(rows: int = ROWS) -> None:
    """Make the file, import it, check the counts, print seconds and peak memory."""
    with tempfile.TemporaryDirectory(prefix="piste-bench-") as folder:
        path = Path(folder) / "acled.csv"
        make_file(path, rows)
        command = [sys.executable, "-m", "geo", "--workspace", f"{folder}/workspace", "import", "acled", str(path)]
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - begun
        if done.returncode:
            raise SystemExit(done.stderr)
        facts = json.loads(done.stdout)
        peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
        assert facts["rows_read"] == rows == facts["rows_stored"] + facts["rows_rejected"], facts
        assert facts["rows_rejected"] == rows // SPOILED_EVERY, facts
        print(
            f"import of {rows:,} ACLED rows ({path.stat().st_size / 1e6:,.0f} MB): {seconds:.1f} s, peak {peak_gb:.2f} GB; "
            f"{facts['rows_stored']:,} stored, {facts['rows_rejected']:,} rejected"
        )


if __name__ == "__main__":
    main(*(int(argument.replace(",", "")) for argument in sys.argv[1:2]))
