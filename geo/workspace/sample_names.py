"""Invented names of the fictional sample. None is a place of GeoNames or OpenStreetMap; a test looks."""

import numpy as np

# code -> (name, French name)
COUNTRY_NAMES = {
    "XPI": ("Ossandre", "Ossandre"),
    "XPJ": ("Tesmara", "Tesmara"),
    "XPK": ("Kalundre", "Kalundre"),
    "XPL": ("Marovane", "Marovane"),
}
PROVINCE_NAMES = {
    "XPI01": ("Vaurelle Coast", "Côte de Vaurelle"),
    "XPI02": ("Lower Nareva", "Bas-Nareva"),
    "XPI03": ("Middle Nareva", "Moyen-Nareva"),
    "XPI04": ("Tourmel", "Tourmel"),
    "XPI05": ("Upper Nareva", "Haut-Nareva"),
    "XPI06": ("Lower Ouvelle", "Bas-Ouvelle"),
    "XPI07": ("Upper Ouvelle", "Haut-Ouvelle"),
}
RIVER_NAMES = (
    "Nareva",
    "Ouvelle",
    "Issoubre",
    "Tamvère",
    "Bolassi",
    "Zérane",
    "Kourvé",
    "Ellimbre",
    "Vondou",
    "Asmire",
)
CAPITAL = "Port-Vaurelle"
_STARTS = [
    "Bar",
    "Dol",
    "Ker",
    "Mav",
    "Nour",
    "Sav",
    "Tal",
    "Vor",
    "Zam",
    "Loun",
    "Ouz",
    "Gren",
    "Fal",
    "Jor",
    "Mbel",
    "Ndor",
    "Kal",
    "Tess",
    "Vess",
    "Bour",
    "Sour",
    "Yel",
    "Arv",
    "Orl",
    "Ib",
    "Éz",
    "Dang",
    "Goul",
    "Lim",
    "Rav",
    "Sim",
    "Toul",
    "Wam",
    "Pel",
    "Hour",
    "Com",
]
_MIDDLES = ["a", "é", "o", "i", "ana", "ora", "éla", "ima", "ou", "u", "ava", "ési", "olo"]
_ENDS = [
    "vel",
    "mar",
    "ndra",
    "ssan",
    "lane",
    "roux",
    "mbé",
    "goré",
    "tiva",
    "lune",
    "zara",
    "nelle",
    "dou",
    "kro",
    "vane",
    "sol",
    "rive",
    "mont",
    "court",
    "ngué",
    "tou",
    "brou",
    "ssou",
    "vielle",
]
# Made by the rule, but real; or awkward to say.
_LEFT_OUT: frozenset[str] = frozenset({"Bouroukro", "Kalémbé"})


def invent_names(count: int, *, seed: int) -> list[str]:
    """Return distinct place names, in an order that depends on the seed only."""
    random = np.random.Generator(np.random.PCG64(seed + 950))
    sizes = (len(_STARTS), len(_MIDDLES), len(_ENDS))
    names: dict[str, None] = {}
    while len(names) < count:
        start, middle, end = (int(random.integers(0, size)) for size in sizes)
        name = _STARTS[start] + _MIDDLES[middle] + _ENDS[end]
        if name not in _LEFT_OUT:
            names[name] = None
    return list(names)
