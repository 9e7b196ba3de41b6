"""The edited table of a drawdown's duties: what a base does that must be handed over, to whom, by when, and how it stands."""

import pandas as pd

from geo.contracts import Contract, faults
from geo.schema.columns import column
from geo.schema.words import DUTY_KINDS, DUTY_STATUSES, FUNDED

# What a duty cannot do without, by where it stands; nobody has agreed to what has no receiver.
NEEDED = {
    "agreed": ("receiver",),
    "sealed": ("receiver", "sealed_on", "sealed_sha256"),
    "handed_over": ("receiver", "accepted_on"),
}


def duty_faults(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the faults of duties that lack what their status needs; at most one per row.

    Parameters
    ----------
    rows
        Rows whose columns keep their contract each for itself. Not changed.
    """
    found: list[tuple[object, str, object, str]] = []
    for line, row in zip(rows.index, rows.to_dict("records"), strict=True):
        needed = NEEDED.get(row["status"], ())
        if absent := [name for name in needed if pd.isna(row[name])]:
            found.append((line, absent[0], "", f"a duty that is {row['status']} needs {', '.join(absent)}"))
    return faults(found)


DUTIES = Contract(
    name="duties",
    key="duty_id",
    about="Something a base does that must be handed over before it closes; organisations and roles, no names of persons.",
    columns=(
        column("duty_id", "text", "id", required=True),
        column("base_id", "text", "base that does it", required=True),
        column("kind", "text", "kind of duty", required=True, choices=DUTY_KINDS),
        column("what", "text", "what is handed over, in a few words; no names of persons"),
        column("record_ids", "text", "records it is about: case codes, vehicles or actors, separated by ;"),
        column("holder", "text", "organisation that does it now"),
        column("receiver", "text", "organisation that takes it over; empty = nobody yet"),
        column("receiver_base_id", "text", "base from which the receiver will do it; empty = any of its own"),
        column("hand_over_by", "date", "day by which it is handed over; empty = as set before the base closes"),
        column("funded", "text", "whether the receiver is paid for it; empty = unknown", choices=FUNDED),
        column("funded_until", "date", "last day the receiver is paid for it, inclusive; empty = not known"),
        column("status", "text", "where the handing over stands", required=True, choices=DUTY_STATUSES),
        column("evidence", "text", "what shows it, e.g. the number of a letter; no names of persons"),
        column("accepted_on", "date", "day on which the receiver took it over"),
        column("sealed_on", "date", "day on which its package was sealed"),
        column("sealed_sha256", "text", "checksum of the sealed package, SHA-256 as hex text"),
    ),
    whole_row=duty_faults,
)
