"""Sentences about what changed since a plan was signed; keys are ``change_`` and a kind of geo.missions.overtaken."""

_SENTENCES: dict[str, tuple[str, str]] = {
    "change_constraint_new": (
        "New on the way on {day}: {kind}, reported on {reported}, {minutes} min",
        "Nouveau sur le trajet du {day} : {kind}, signalé le {reported}, {minutes} min",
    ),
    "change_constraint_changed": (
        "Changed on the way on {day}: {kind}, reported on {reported}, delay differs by {minutes} min",
        "Modifié sur le trajet du {day} : {kind}, signalé le {reported}, retard modifié de {minutes} min",
    ),
    "change_constraint_ended": (
        "No longer on the way on {day}: {kind}, reported on {reported}",
        "N’est plus sur le trajet du {day} : {kind}, signalé le {reported}",
    ),
    "change_road_worse": (
        "A stretch driven on {day} was seen {status} on {reported}, worse than when signed",
        "Un tronçon du trajet du {day} a été vu {status} le {reported}, en moins bon état qu’à la signature",
    ),
    "change_road_better": (
        "A stretch driven on {day} was seen {status} on {reported}, better than when signed",
        "Un tronçon du trajet du {day} a été vu {status} le {reported}, en meilleur état qu’à la signature",
    ),
    "change_road_unseen": (
        "The report of {reported} that a stretch driven on {day} was {status} no longer counts",
        "L’observation du {reported} d’un tronçon {status} sur le trajet du {day} ne compte plus",
    ),
    "change_road_gone": (
        "A stretch of the way is no longer on the map of roads",
        "Un tronçon du trajet n’est plus sur la carte des routes",
    ),
    "change_base_closed": (
        "{name} is closed on {day}, when the plan uses it",
        "{name} est fermée le {day}, alors que le plan l’utilise",
    ),
    "change_base_changed": (
        "{name} no longer offers: {what}",
        "{name} n’offre plus : {what}",
    ),
    "change_flight_day": (
        "{name} does not fly on {day}",
        "{name} n’assure pas de vol le {day}",
    ),
    "change_escort_gone": (
        "{name} gives no escort on {day}",
        "{name} ne fournit pas d’escorte le {day}",
    ),
    "change_escort_terms": (
        "Terms of the escort from {name}: {what} is now {after}, was {before}",
        "Conditions de l’escorte de {name} : {what}, désormais {after}, auparavant {before}",
    ),
    "change_escort_overbooked": (
        "Escorts of {name} in the week of {day}: {given} asked for, {slots} available",
        "Escortes de {name} pour la semaine du {day} : {given} demandées, {slots} disponibles",
    ),
    "change_request_closed": (
        "{record} is no longer open",
        "{record} n’est plus ouvert",
    ),
    "change_request_changed": (
        "{record}: {what} is now {after}, was {before}",
        "{record} : {what}, désormais {after}, auparavant {before}",
    ),
    "change_staff_away": (
        "{record} is not available on {days}",
        "{record} n’est pas disponible le {days}",
    ),
    "change_staff_twice": (
        "{record} is also on {others} on these days",
        "{record} est aussi affecté à {others} ces jours-là",
    ),
    "change_staff_changed": (
        "{record}: {what} is now {after}, was {before}",
        "{record} : {what}, désormais {after}, auparavant {before}",
    ),
    "change_vehicle_away": (
        "{record} is not available on {days}",
        "{record} n’est pas disponible le {days}",
    ),
    "change_vehicle_twice": (
        "{record} is also on {others} on these days",
        "{record} est aussi affecté à {others} ces jours-là",
    ),
    "change_vehicle_changed": (
        "{record}: {what} is now {after}, was {before}",
        "{record} : {what}, désormais {after}, auparavant {before}",
    ),
    "change_daylight": (
        "Hours of driving are now {after}, were {before}",
        "Heures de conduite : désormais {after}, auparavant {before}",
    ),
    "change_season": (
        "{day} now counts as {after} season, was {before}",
        "Le {day} est désormais en saison {after}, auparavant en saison {before}",
    ),
}
# French puts a narrow space before a colon; written once here so that no sentence forgets it.
CHANGE_SENTENCES = {key: (english, french.replace(" :", "\u202f:")) for key, (english, french) in _SENTENCES.items()}
