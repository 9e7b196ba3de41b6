"""Sentences of plans: warnings of a way, why a stop was dropped, and what would admit it."""

_SENTENCES: dict[str, tuple[str, str]] = {
    # lengths
    "km": ("{km} km", "{km} km"),
    "under_km": ("under 1 km", "moins de 1 km"),
    # warnings of a way
    "warning_impassable": (
        "{length} recorded or last seen as not passable; counted as a delay",
        "{length} signalés ou vus impraticables en dernier ; comptés comme retard",
    ),
    "warning_difficult": ("{length} last seen as difficult", "{length} vus difficiles en dernier"),
    "warning_escort": (
        "{length} where an escort is demanded, without one",
        "{length} où une escorte est exigée, sans escorte",
    ),
    "warning_ferry": ("crosses a river by ferry", "traverse une rivière par bac"),
    "warning_dark": ("{minutes} min in the dark", "{minutes} min dans l’obscurité"),
    "warning_on_foot": (
        "on foot all the way, {length} as the crow flies",
        "à pied tout du long, {length} à vol d’oiseau",
    ),
    "warning_night": ("1 night on the way", "1 nuit en route"),
    "warning_nights": ("{nights} nights on the way", "{nights} nuits en route"),
    "warning_helicopter": (
        "by helicopter; exposure and visibility count the road only",
        "en hélicoptère ; exposition et visibilité ne comptent que la route",
    ),
    "warning_fuel": ("comes down at the base for fuel", "se pose à la base pour le carburant"),
    # why a stop was dropped
    "drop_no_way_there": ("has no way from the base", "aucun trajet depuis la base"),
    "drop_no_way_back": ("has no way back to the base", "aucun trajet de retour à la base"),
    "drop_closed": ("is closed on all days of the mission", "fermé tous les jours de la mission"),
    "drop_long_visit": (
        "needs a visit of {minutes} min, longer than from {opens} to {closes}",
        "demande une visite de {minutes} min, plus longue que de {opens} à {closes}",
    ),
    "drop_too_far": (
        "is too far even alone: {there} min there, {visit} min visit, {back} min back",
        "trop loin, même comme seule étape : aller {there} min, visite {visit} min, retour {back} min",
    ),
    "drop_beside": (
        "does not fit beside the other stops",
        "ne trouve pas de place à côté des autres étapes",
    ),
    "drop_not_searched": (
        "found no place for it beside the other stops; more than 15 stops are not searched in full",
        "aucune place trouvée à côté des autres étapes ; au-delà de 15 étapes, la recherche n’est pas complète",
    ),
    # and what would admit it
    "drop_nowhere": (
        "{why}; no base and no way to go that was tried serves it",
        "{why} ; aucune base ni aucun mode essayé ne permet de l’atteindre",
    ),
    "drop_fits": ("{why}; fits {ways}", "{why} ; possible {ways}"),
    "drop_fits_alone": ("{why}; fits alone {ways}", "{why} ; possible comme seule étape {ways}"),
    "drop_or": ("{first}, or {last}", "{first}, ou {last}"),
    "drop_and": ("{first} and {last}", "{first} et {last}"),
    "drop_named": ("{stop}", "{stop}"),
    "admit_open": ("if it were open", "si le lieu était ouvert"),
    "admit_day": ("with one day more", "avec un jour de plus"),
    "admit_days": ("with {days} days more", "avec {days} jours de plus"),
    "admit_visits": ("if visits may last until {clock}", "si les visites peuvent durer jusqu’à {clock}"),
    "admit_road": (
        "if the team may be on the road until {clock}",
        "si l’équipe peut être sur la route jusqu’à {clock}",
    ),
    "admit_unescorted": ("by road without escort from {base}", "par la route sans escorte depuis {base}"),
    "admit_escorted": ("with an escort from {base}", "avec une escorte depuis {base}"),
    "admit_air": ("by air from {base}", "par avion ou hélicoptère depuis {base}"),
    "admit_discreet": ("as a small local team from {base}", "en petite équipe locale depuis {base}"),
    "admit_instead": ("instead of {stops}", "à la place de {stops}"),
}
_UNITS = ("km", "min")


def _french(text: str) -> str:
    """Put the narrow spaces of French: before : and ;, and between a number and its unit."""
    for sign in ":;":
        text = text.replace(f" {sign}", f"\u202f{sign}")
    for unit in _UNITS:
        text = text.replace(f"}} {unit}", f"}}\u202f{unit}").replace(f"1 {unit}", f"1\u202f{unit}")
    return text


PLAN_SENTENCES = {key: (english, _french(french)) for key, (english, french) in _SENTENCES.items()}
