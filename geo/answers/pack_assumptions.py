"""The assumptions that decide what bases reach and what a drawdown loses, as ``config.toml`` holds them."""

from collections.abc import Collection
from typing import Any

from geo.model import AccessMode, Assumption, Season
from geo.settings import Settings

_ROAD = (AccessMode.UNESCORTED, AccessMode.ESCORTED, AccessMode.PARTNER)
_ALL = tuple(AccessMode)
# Key, unit, source, row in README, modes for which it matters.
_LISTED: tuple[tuple[str, str, str, int, tuple[AccessMode, ...]], ...] = (
    ("network.off_road_kph", "km/h", "ours", 4, _ROAD),
    ("network.max_snap_km", "km", "ours", 4, _ROAD),
    ("modes.escort_speed_share", "share", "ours", 7, (AccessMode.ESCORTED,)),
    ("escorts.radius_hours", "h", "ours", 7, (AccessMode.ESCORTED,)),
    ("escorts.speed_kph", "km/h", "ours", 7, (AccessMode.ESCORTED,)),
    ("modes.air_speed_kph", "km/h", "ours", 7, (AccessMode.AIR,)),
    ("modes.air_setup_min", "min", "ours", 7, (AccessMode.AIR,)),
    ("modes.air_range_km", "km", "ours", 7, (AccessMode.AIR,)),
    ("air.fixed_wing_speed_kph", "km/h", "ours", 7, (AccessMode.AIR,)),
    ("air.fixed_wing_setup_min", "min", "ours", 7, (AccessMode.AIR,)),
    ("air.fixed_wing_range_km", "km", "ours", 7, (AccessMode.AIR,)),
    ("air.runway_least_m", "m", "ours", 7, (AccessMode.AIR,)),
    ("modes.alert_radius_km", "km", "ours", 7, (AccessMode.ALERT,)),
    ("modes.alert_kph", "km/h", "ours", 7, (AccessMode.ALERT,)),
    ("observation.base_radius_km", "km", "ours", 8, _ALL),
    ("observation.partner_radius_km", "km", "ours", 8, _ALL),
    ("drawdown.funding_end_closes", "", "ours", 28, _ALL),
    ("drawdown.mobile_team_least_days", "days", "ours", 28, _ALL),
    ("drawdown.leaves.civilians_stay", "", "ours", 28, _ALL),
    ("drawdown.leaves.military_only", "", "ours", 28, _ALL),
)
_CLASSES = ("trunk", "primary", "secondary", "tertiary", "unclassified", "track")


def assumptions_of(
    settings: Settings, *, modes: Collection[AccessMode], season: Season, vehicle: str
) -> tuple[Assumption, ...]:
    """List what reach by some modes in a season rests on; speeds first."""
    wanted = set(modes)
    listed = [
        Assumption(key=key, value=_value(settings, key), unit=unit, source=source, row=row)
        for key, unit, source, row, matters in _LISTED
        if wanted & set(matters)
    ]
    return (*(_speeds(settings, season, vehicle) if wanted & set(_ROAD) else ()), *listed)


def _speeds(settings: Settings, season: Season, vehicle: str) -> tuple[Assumption, ...]:
    """Speeds by road class on paved and unpaved ground, and the share of them that the vehicle keeps."""
    told = settings.speeds_kph.model_dump()[str(season)]
    speeds = tuple(f"{name};{told[name]['paved']:g};{told[name]['unpaved']:g}" for name in _CLASSES if name in told)
    kept = settings.model_dump()["vehicles"].get(vehicle, 1.0)
    share = kept[str(season)] if isinstance(kept, dict) else kept
    return (
        Assumption(key=f"speeds_kph.{season}", value=speeds, unit="km/h", source="speeds", row=5),
        Assumption(key=f"vehicles.{vehicle}", value=float(share), unit="share", source="ours", row=5),
    )


def _value(settings: Settings, key: str) -> Any:
    held: Any = settings.model_dump()
    for part in key.split("."):
        held = held[part]
    return tuple(held) if isinstance(held, list | tuple) else held
