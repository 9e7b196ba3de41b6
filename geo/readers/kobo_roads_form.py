"""Our road form for KoboToolbox and ODK: what was seen of a road, or what hinders it, in English and French.

As in :mod:`geo.readers.kobo_form`, one written list makes the workbook ``data/forms/road_xlsform.xlsx`` and tells the
reader its columns, and no question takes text. What a passage costs is not asked: whoever pays should not be seen
typing it in at the post.
"""

from geo.readers.kobo_form import Form, Question, Words, day, group
from geo.schema import BEHAVIOURS, CONSTRAINT_KINDS, OPERATOR_TYPES, ROAD_STATUSES, SOURCE_TYPES, VEHICLES

SUBJECTS = ("status", "hindrance")
PLACES = ("point", "stretch")
# Eight winds and their bearing, degrees clockwise from north.
DIRECTIONS = {"both": None, **{wind: 45.0 * n for n, wind in enumerate(("n", "ne", "e", "se", "s", "sw", "w", "nw"))}}

SUBJECT_WORDS: dict[str, Words] = {
    "status": ("What I saw of a road", "Ce que j'ai vu d'une route"),
    "hindrance": ("Something that hinders", "Un obstacle"),
}
PLACE_WORDS: dict[str, Words] = {
    "point": ("At one point", "En un point"),
    "stretch": ("Along a stretch", "Sur un tronçon"),
}
STATUS_WORDS: dict[str, Words] = {
    "passable": ("Passable", "Praticable"),
    "difficult": ("Difficult", "Difficile"),
    "impassable": ("Impassable", "Impraticable"),
}
KIND_WORDS: dict[str, Words] = {
    "bridge_out": ("Bridge out", "Pont coupé"),
    "flooded": ("Flooded", "Inondé"),
    "checkpoint": ("Checkpoint or roadblock", "Barrière ou point de contrôle"),
    "mines_or_erw": ("Mines or explosive remnants", "Mines ou restes explosifs"),
    "ambush": ("Ambush", "Embuscade"),
    "hostilities": ("Fighting", "Combats"),
    "permit": ("Permit needed", "Autorisation exigée"),
    "curfew": ("Curfew", "Couvre-feu"),
    "impassable": ("Road cut", "Route coupée"),
    "escort_required": ("Escort required", "Escorte exigée"),
    "daylight_only": ("By daylight only", "De jour seulement"),
    "airstrip_closed": ("Airstrip closed", "Piste d'atterrissage fermée"),
}
VEHICLE_WORDS: dict[str, Words] = {
    "4x4": ("4x4", "Tout-terrain"),
    "truck": ("Truck", "Camion"),
    "motorcycle": ("Motorcycle", "Moto"),
    "bicycle": ("Bicycle", "Vélo"),
    "foot": ("On foot", "À pied"),
}
DIRECTION_WORDS: dict[str, Words] = {
    "both": ("Both directions", "Les deux sens"),
    "n": ("Going north", "Vers le nord"),
    "ne": ("Going north-east", "Vers le nord-est"),
    "e": ("Going east", "Vers l'est"),
    "se": ("Going south-east", "Vers le sud-est"),
    "s": ("Going south", "Vers le sud"),
    "sw": ("Going south-west", "Vers le sud-ouest"),
    "w": ("Going west", "Vers l'ouest"),
    "nw": ("Going north-west", "Vers le nord-ouest"),
}
OPERATOR_WORDS: dict[str, Words] = {
    "state": ("State forces or officials", "Forces ou agents de l'État"),
    "non_state": ("Armed group", "Groupe armé"),
    "militia": ("Militia or self-defence", "Milice ou autodéfense"),
    "foreign_state": ("Forces of another State", "Forces d'un autre État"),
    "community": ("Community", "Communauté"),
    "international": ("International forces", "Forces internationales"),
    "unknown": ("Operator not known", "Responsable inconnu"),
}
BEHAVIOUR_WORDS: dict[str, Words] = {
    "orderly": ("Orderly", "Correct"),
    "delays": ("Delays people", "Retarde les gens"),
    "extorts": ("Extorts", "Rackette"),
    "detains": ("Detains", "Arrête des gens"),
    "attacks": ("Attacks", "Attaque"),
    "unknown": ("Treatment not known", "Traitement inconnu"),
}
SOURCE_WORDS: dict[str, Words] = {
    "patrol": ("Patrol", "Patrouille"),
    "partner": ("Partner organisation", "Organisation partenaire"),
    "alert_network": ("Alert network", "Réseau d'alerte"),
    "media": ("Media", "Médias"),
    "other": ("Other source", "Autre source"),
}
CHOICES: dict[str, tuple[tuple[str, ...], dict[str, Words]]] = {
    "subject": (SUBJECTS, SUBJECT_WORDS),
    "place_kind": (PLACES, PLACE_WORDS),
    "road_status": (ROAD_STATUSES, STATUS_WORDS),
    "constraint_kind": (CONSTRAINT_KINDS, KIND_WORDS),
    "vehicle": (VEHICLES, VEHICLE_WORDS),
    "direction": (tuple(DIRECTIONS), DIRECTION_WORDS),
    "operator": (OPERATOR_TYPES, OPERATOR_WORDS),
    "behaviour": (BEHAVIOURS, BEHAVIOUR_WORDS),
    "source_type": (SOURCE_TYPES, SOURCE_WORDS),
}
_AT_A_POST = "${kind} = 'checkpoint'"

SURVEY: tuple[Question, ...] = (
    *group(
        "when",
        ("When and what", "Quand et quoi"),
        day("observed_on", ("Day it was seen", "Jour de l'observation")),
        Question(type="select_one subject", name="about", label=("What is this about?", "De quoi s'agit-il ?")),
        Question(
            type="select_one road_status",
            name="status",
            label=("State of the road", "État de la route"),
            relevant="${about} = 'status'",
        ),
        Question(
            type="select_one constraint_kind",
            name="kind",
            label=("What hinders", "Genre d'obstacle"),
            relevant="${about} = 'hindrance'",
        ),
    ),
    *group(
        "where",
        ("Where", "Où"),
        Question(
            type="select_one place_kind", name="where_kind", label=("A point or a stretch?", "Un point ou un tronçon ?")
        ),
        Question(
            type="geopoint",
            name="place",
            label=("Point on the road", "Point sur la route"),
            relevant="${where_kind} = 'point'",
        ),
        Question(
            type="geotrace",
            name="stretch",
            label=("Stretch of road", "Tronçon de route"),
            relevant="${where_kind} = 'stretch'",
        ),
        Question(type="select_one direction", name="direction", label=("Direction of travel", "Sens de circulation")),
    ),
    *group(
        "whom",
        ("For whom", "Pour qui"),
        Question(
            type="select_multiple vehicle",
            name="vehicles",
            label=("Vehicles this speaks of", "Véhicules concernés"),
            hint=("None chosen: all", "Aucun choix : tous"),
            required=False,
        ),
        Question(
            type="select_one operator",
            name="operator_type",
            label=("Who stands there", "Qui tient le poste"),
            relevant=_AT_A_POST,
        ),
        Question(
            type="select_one behaviour",
            name="behaviour",
            label=("How those who pass are treated", "Comment sont traités ceux qui passent"),
            relevant=_AT_A_POST,
        ),
        Question(type="select_one source_type", name="source_type", label=("Who saw it", "Qui l'a vu")),
    ),
)
ASKED = tuple(question for question in SURVEY if question.is_asked)
ROAD_FORM = Form(form_id="piste_road", title="Piste: road", version="1", survey=SURVEY, choices=CHOICES)
