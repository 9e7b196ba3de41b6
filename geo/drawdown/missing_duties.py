"""Duties that no row of the ledger speaks of, found from what is recorded of a base that closes.

An alert network centred on the base, requests that lie nearest to it, and vehicles that stand there.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geo.crs import GEOD
from geo.drawdown.bundles import has_capability
from geo.drawdown.lifetimes import Lifetimes
from geo.settings import HandoverSettings

FOUND_COLUMNS = ["base_id", "kind", "record_ids", "holder", "closes_on", "state", "why"]


def find_missing(
    duties: pd.DataFrame,
    bases: pd.DataFrame,
    *,
    lives: Lifetimes,
    requests: pd.DataFrame,
    vehicles: pd.DataFrame,
    settings: HandoverSettings,
) -> pd.DataFrame:
    """List duties that a base must hand over and nobody has written down.

    Parameters
    ----------
    duties
        Rows under the contract ``DUTIES``; one of a kind without records stands for all of that kind at its base.
    bases
        Those looked at, in the columns of ``BASES``; only such as are known to close have duties to hand over.
    requests
        ``request_id, longitude, latitude`` of those that wait; each belongs to the nearest base with child protection
        staff, if that is within ``settings.request_radius_km`` (inclusive).
    vehicles
        ``vehicle_id, base_id`` of those that stand at a base.

    Returns
    -------
    DataFrame
        ``FOUND_COLUMNS``, by base and kind; ``state`` is "missing".
    """
    told = duties.loc[duties["status"].ne("not_needed").to_numpy(dtype=bool)]
    near = _nearest(requests, bases, radius_km=settings.request_radius_km)
    stands = {str(base): rows["vehicle_id"].astype(str).tolist() for base, rows in vehicles.groupby("base_id")}
    hubs = set(bases.loc[has_capability(bases, "alert_hub"), "base_id"])
    rows: list[tuple[Any, ...]] = []
    for base in bases.sort_values("base_id").to_dict("records"):
        name = str(base["base_id"])
        own = told.loc[told["base_id"].eq(name).to_numpy(dtype=bool)]
        found = {
            "alert_network": ([], "it is the centre of an alert network") if _no_hub_row(own, name in hubs) else None,
            "open_request": _unnamed(own, "open_request", near.get(name, []), "request", "waits nearest to it"),
            "vehicle": _unnamed(own, "vehicle", stands.get(name, []), "vehicle", "stands there"),
        }
        for kind, what in found.items():
            closes = lives.of_duty(name, settings.carried_by.get(kind))
            if what is not None and closes is not None:
                records, why = what
                rows.append((name, kind, ";".join(records) or None, base["organisation"], closes, "missing", why))
    table = pd.DataFrame(rows, columns=FOUND_COLUMNS)
    closes_on = pd.to_datetime(table["closes_on"]).astype("datetime64[us]")
    return table.astype("string").assign(closes_on=closes_on)


def _no_hub_row(own: pd.DataFrame, is_hub: bool) -> bool:  # noqa: FBT001 (read beside its name)
    return is_hub and not own["kind"].eq("alert_network").any()


def _unnamed(
    own: pd.DataFrame, kind: str, records: Sequence[str], noun: str, does: str
) -> tuple[list[str], str] | None:
    """Records of a base that no duty of the kind names; ``None`` where all are."""
    rows = own.loc[own["kind"].eq(kind).to_numpy(dtype=bool), "record_ids"]
    if rows.isna().any():
        return None
    left = sorted(set(records) - set(records_in(rows)))
    if not left:
        return None
    verb = does if len(left) == 1 else does.replace("waits", "wait").replace("stands", "stand")
    return left, f"{len(left)} {noun}{'' if len(left) == 1 else 's'} {verb}"


def records_in(texts: Iterable[Any]) -> list[str]:
    """Ids in the texts of a column that holds several, separated by ;, in their order and once each."""
    words = (word.strip() for text in texts if isinstance(text, str) for word in text.split(";"))
    return list(dict.fromkeys(word for word in words if word))


def _nearest(requests: pd.DataFrame, bases: pd.DataFrame, *, radius_km: float) -> dict[str, list[str]]:
    """Requests by the base with child protection staff that is nearest to each, as the crow flies."""
    able = bases.loc[has_capability(bases, "child_protection")].sort_values("base_id")
    placed = requests.loc[requests["longitude"].notna().to_numpy(dtype=bool)]
    if able.empty or placed.empty:
        return {}
    from_lon, from_lat, to_lon, to_lat = np.broadcast_arrays(
        placed["longitude"].to_numpy(dtype=float)[:, None],
        placed["latitude"].to_numpy(dtype=float)[:, None],
        able["longitude"].to_numpy(dtype=float),
        able["latitude"].to_numpy(dtype=float),
    )
    distance_km = np.asarray(GEOD.inv(from_lon, from_lat, to_lon, to_lat)[2]) / 1000.0
    nearest = distance_km.argmin(axis=1)
    found: dict[str, list[str]] = {}
    for number, request in enumerate(placed["request_id"].astype(str)):
        if distance_km[number, nearest[number]] <= radius_km:
            found.setdefault(str(able["base_id"].iloc[nearest[number]]), []).append(request)
    return found


def recently_closed(recorded: pd.DataFrame, *, day: dt.date, settings: HandoverSettings) -> pd.DataFrame:
    """Bases that closed before a day and not longer ago than ``settings.closed_days``."""
    age_days = (pd.Timestamp(day) - recorded["valid_to"]).dt.days
    recently: pd.DataFrame = recorded.loc[((age_days > 0) & (age_days <= settings.closed_days)).to_numpy(dtype=bool)]
    return recently
