"""Edited tables of a drawdown's plans: scenarios, and the measures they are made of, one row each."""

import pandas as pd

from geo.contracts import Contract, faults
from geo.schema.columns import LATITUDE_OF_ROAD, LONGITUDE_OF_ROAD, column
from geo.schema.words import CAPABILITIES, MEASURE_KINDS, ORGANISATIONS, THINNINGS

# What each kind of measure cannot do without, beside the base it speaks of.
NEEDED = {
    "close": ("phase", "begins_on"),
    "force_close": ("begins_on",),
    "keep": (),
    "thin": ("phase", "begins_on", "leaves"),
    "add_base": ("phase", "begins_on", "organisation_type", "longitude", "latitude"),
    "add_alert": ("phase", "begins_on"),
    "repair_airstrip": ("phase", "begins_on"),
    "mobile_team": ("phase", "begins_on", "longitude", "latitude", "days_per_month"),
}


def measure_faults(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the faults of measures that lack what their kind needs; at most one per row.

    Parameters
    ----------
    rows
        Rows whose columns keep their contract each for itself. Not changed.
    """
    found: list[tuple[object, str, object, str]] = []
    for line, row in zip(rows.index, rows.to_dict("records"), strict=True):
        absent = [name for name in NEEDED[row["kind"]] if pd.isna(row[name])]
        if absent:
            found.append((line, absent[0], "", f"{row['kind']} needs {', '.join(absent)}"))
        elif pd.isna(row["longitude"]) != pd.isna(row["latitude"]):
            found.append((line, "longitude", "", "give longitude and latitude together"))
    return faults(found)


SCENARIOS = Contract(
    name="scenarios",
    key="scenario_id",
    about="One plan of a drawdown; its measures stand in a table of their own.",
    columns=(
        column("scenario_id", "text", "id", required=True),
        column("name", "text", "name", required=True),
        column("note", "text", "what it tries out; no names of persons"),
    ),
)

MEASURES = Contract(
    name="measures",
    key="measure_id",
    about="One thing that happens to one base in a phase of a scenario.",
    columns=(
        column("measure_id", "text", "id", required=True),
        column("scenario_id", "text", "scenario it belongs to", required=True),
        column("phase", "integer", "number of its phase; empty for keep and force_close", low=1, high=99),
        column("phase_name", "text", "name of the phase"),
        column("begins_on", "date", "first day of the phase; of a forced closure, first day the base is closed"),
        column("kind", "text", "what happens", required=True, choices=MEASURE_KINDS),
        column("base_id", "text", "base it happens to, or the id of the new one", required=True),
        column(
            "leaves",
            "text",
            "of a thinning: what leaves, a kind of thinning or capabilities, separated by ;",
            choices=(*THINNINGS, *CAPABILITIES),
            several=True,
        ),
        column("gives", "text", "of a new base: what it gives, separated by ;", choices=CAPABILITIES, several=True),
        column("name", "text", "of a new base: its name"),
        column("organisation", "text", "of a new base: name of the organisation"),
        column("organisation_type", "text", "of a new base: kind of organisation", choices=ORGANISATIONS),
        LONGITUDE_OF_ROAD,
        LATITUDE_OF_ROAD,
        column("days_per_month", "integer", "of a mobile team: days a month it is there", low=1, high=31),
    ),
    whole_row=measure_faults,
)
