"""Warnings of routes in French. Rooms write them in English; a warning no pattern knows is given as it is."""

import re

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(english), french)
    for english, french in (
        (
            r"(.+) recorded or last seen as not passable; counted as a delay",
            r"{km} signalés ou vus impraticables en dernier ; comptés comme retard",
        ),
        (r"(.+) last seen as difficult", "{km} vus difficiles en dernier"),
        (
            r"(.+) where an escort is demanded, without one",
            "{km} où une escorte est exigée, sans escorte",
        ),
        (
            r"by helicopter; exposure and visibility count the road only",
            "en hélicoptère ; exposition et visibilité ne comptent que la route",
        ),
        (r"on foot all the way, (.+) as the crow flies", "à pied tout du long, {km} à vol d’oiseau"),
        (r"crosses a river by ferry", "traverse une rivière par bac"),
        (r"(\d+ min) in the dark", "{km} dans l’obscurité"),
        (r"(\d+) nights? on the way", "{km} nuit(s) en route"),
    )
)


def warning_text(warning: str, language: str) -> str:
    """Return a warning in a language."""
    if language == "en":
        return warning
    for english, french in _PATTERNS:
        found = english.fullmatch(warning)
        if found is not None:
            size = found[1] if found.groups() else ""
            size = "moins de 1\u202fkm" if size == "under 1 km" else size.replace(" ", "\u202f")
            return french.replace("{km}", size).replace(" ;", "\u202f;")
    return warning
