"""Sentences of the mission order: English, French.

French: a narrow space before : ; ? ! and inside « »; no capital after the first word of a title.
"""

_SENTENCES: dict[str, tuple[str, str]] = {
    # head
    "order_title": ("Mission order", "Ordre de mission"),
    "order_title_draft": ("Mission order, draft: not signed", "Ordre de mission, projet : non signé"),
    "order_headline": (
        "{stops} in {days}, {mode}, from {base}",
        "{stops} en {days}, {mode}, au départ de {base}",
    ),
    "order_headline_plain": ("Joint mission of {days}, {mode}", "Mission conjointe de {days}, {mode}"),
    "order_dates": ("{departs} to {returns}", "du {departs} au {returns}"),
    "order_date_one": ("{departs}", "le {departs}"),
    "stop_one": ("{number} stop", "{number} étape"),
    "stop_many": ("{number} stops", "{number} étapes"),
    "day_one": ("{number} day", "{number} jour"),
    "day_many": ("{number} days", "{number} jours"),
    "order_audience": ("Audience: {audience}", "Public destinataire : {audience}"),
    "order_as_of": ("As of {day}", "À la date du {day}"),
    "order_modelled": ("Hours and exposure modelled, not measured", "Durées et exposition modélisées, non mesurées"),
    "order_page": ("page {page} of {pages}", "page {page} sur {pages}"),
    "order_sources": ("Sources: {sources}", "Sources : {sources}"),
    "order_map": (
        "Numbered discs: legs, in a colour by day. Numbered names: stops.",
        "Disques numérotés : trajets, une couleur par jour. Noms numérotés : étapes.",
    ),
    "order_no_map": (
        "Map, sites and hours are withheld from this audience.",
        "La carte, les sites et les heures ne sont pas communiqués à ce public destinataire.",
    ),
    "order_overtaken": ("Overtaken: changed since the signature", "Dépassé : modifié depuis la signature"),
    "order_changed": ("Changed since the signature", "Modifié depuis la signature"),
    "order_day": ("Day", "Jour"),
    "map_stop": ("stop", "étape"),
    "map_night": ("night", "nuit"),
    "map_medical": ("medical post", "poste médical"),
    # sections
    "section_facts": ("In short", "En bref"),
    "section_days": ("Days", "Jours"),
    "section_legs": ("Legs", "Trajets"),
    "section_stops": ("Stops", "Étapes"),
    "section_nights": ("Nights", "Nuits"),
    "section_team": ("Team, by post", "Équipe, par poste"),
    "section_vehicles": ("Vehicles", "Véhicules"),
    "section_contacts": ("Contacts, by role", "Contacts, par fonction"),
    "section_road": ("On the way", "Sur le trajet"),
    "section_calls": ("Calls", "Points radio"),
    "section_medical": ("Medical posts near the way", "Postes médicaux proches du trajet"),
    "section_rules": ("Turning back", "Faire demi-tour"),
    "section_dropped": ("Not in this mission", "Hors de cette mission"),
    "section_assumptions": ("What this rests on", "Sur quoi repose cet ordre"),
    "section_signature": ("Sign-off", "Signature"),
    # columns
    "column_number": ("No.", "N°"),
    "column_day": ("Day", "Jour"),
    "column_area": ("Province", "Province"),
    "column_leaves": ("Leaves", "Départ"),
    "column_arrives": ("Arrives", "Arrivée"),
    "column_way": ("From, to", "De, à"),
    "column_km": ("km", "km"),
    "column_time": ("Time", "Durée"),
    "column_exposure": ("Exposure", "Exposition"),
    "column_visibility": ("Notice", "Visibilité"),
    "column_turn_by": ("Not after", "Au plus tard"),
    "column_site": ("Site", "Site"),
    "column_cases": ("Cases", "Cas"),
    "column_place": ("Place", "Lieu"),
    "column_post": ("Post", "Poste"),
    "column_organisation": ("Organisation", "Organisation"),
    "column_role": ("Role", "Fonction"),
    "column_woman": ("Woman", "Femme"),
    "column_trained": ("Interviews, trauma", "Entretiens, traumatismes"),
    "column_languages": ("Languages", "Langues"),
    "column_vehicle": ("Vehicle", "Véhicule"),
    "column_kind": ("Kind", "Type"),
    "column_seats": ("Seats", "Places"),
    "column_leg": ("Legs", "Trajets"),
    "column_what": ("What", "Quoi"),
    "column_how": ("How", "Comment"),
    "column_reported": ("Reported", "Signalé"),
    "column_age": ("Age", "Âge"),
    "column_delay": ("Delay", "Retard"),
    "column_call_sign": ("Call sign, number", "Indicatif, numéro"),
    "column_times": ("Times", "Heures"),
    "column_case": ("Case", "Cas"),
    "column_why": ("Why", "Pourquoi"),
    # in short
    "fact_mode": ("How", "Mode"),
    "fact_base": ("Leaves from", "Au départ de"),
    "fact_time": ("Away", "Absence"),
    "fact_way": ("Way in all", "Trajet total"),
    "fact_exposure": ("Exposure", "Exposition"),
    "fact_exposure_value": (
        "{value} {unit}, relative, as of {day}",
        "{value} ({unit}), valeur relative, à la date du {day}",
    ),
    "fact_visibility": ("Notice drawn", "Visibilité"),
    "fact_visibility_value": ("{value} checkpoints’ worth", "équivalent de {value} points de contrôle"),
    "fact_escort": ("Escort", "Escorte"),
    "fact_escort_value": ("{slots} from {base}", "{slots} de {base}"),
    "slot_one": ("{number} slot", "{number} créneau"),
    "slot_many": ("{number} slots", "{number} créneaux"),
    "fact_no_escort": ("none", "aucune"),
    "fact_people": ("Team", "Équipe"),
    "person_one": ("{number} person", "{number} personne"),
    "person_many": ("{number} people", "{number} personnes"),
    "vehicle_one": ("{number} vehicle", "{number} véhicule"),
    "vehicle_many": ("{number} vehicles", "{number} véhicules"),
    "fact_organisations": ("Organisations", "Organisations"),
    "fact_cases": ("Cases", "Cas"),
    "fact_season": ("Season, hours", "Saison, heures"),
    # rows
    "leg_by_air": ("by air", "par air"),
    "age_days": ("{days} d", "{days} j"),
    "leg_number": ("leg {leg}", "trajet {leg}"),
    "held_by": ("held by: {by}", "tenu par : {by}"),
    "seen": ("road seen {status}", "route vue {status}"),
    "nothing_known": (
        "Nothing is on record on these stretches. Nothing on record does not mean nothing there.",
        "Rien n’est signalé sur ces tronçons. Absence de signalement ne veut pas dire absence de danger.",
    ),
    "no_medical": (
        "None on record within {time} of the way by road.",
        "Aucun connu à moins de {time} du trajet par la route.",
    ),
    "no_medical_by_air": (
        "Not worked out for flights; ask before leaving.",
        "Non calculés pour les vols ; se renseigner avant le départ.",
    ),
    "medical_times": (
        "{time} by road to {leg}, {km} km as the crow flies",
        "{time} par la route jusqu’au {leg}, {km} km à vol d’oiseau",
    ),
    "medical_on_way": ("on the way of {leg}", "sur le {leg}"),
    "call_leaves": ("leaving {place}", "départ de {place}"),
    "call_arrives": ("at {place}", "arrivée à {place}"),
    "call_on_the_road": ("on {leg}", "sur le {leg}"),
    "call_visit_ends": ("visit over at {place}", "fin de visite à {place}"),
    "contact_signed": ("Signed off", "A signé l’ordre"),
    "contact_radio": ("Radio room", "Salle radio"),
    "contact_night": ("Host for the night", "Hôte pour la nuit"),
    "contact_escort": ("Escort commander", "Commandement de l’escorte"),
    "contact_medical": ("Medical post", "Poste médical"),
    "contact_team": ("Team, child protection", "Équipe, protection de l’enfance"),
    # rules
    "rule_turn_by": (
        "Do not leave {place} for {goal} after {time} on {day}: the rest of the day would end after {until}.",
        "Le {day}, ne pas quitter {place} pour {goal} après {time} : la journée finirait après {until}.",
    ),
    "rule_turn_by_each": (
        "Set out on no leg after the hour under “Not after”: the rest of that day would end after {until}.",
        "Ne commencer aucun trajet après l’heure de la colonne « Au plus tard » : la journée finirait après {until}.",
    ),
    "rule_daylight": (
        "On the road between {begins} and {ends} only.",
        "Sur la route entre {begins} et {ends} seulement.",
    ),
    "rule_curfew": (
        "Curfew on {leg}, {hours}: off the road before it begins.",
        "Couvre-feu sur le {leg}, {hours} : quitter la route avant son début.",
    ),
    "rule_unexpected": (
        "Anything on the road that “On the way” does not list: stop, report, and go on only when the role that signed agrees.",
        "Tout obstacle absent de la liste « Sur le trajet » : s’arrêter, signaler, ne continuer qu’avec l’accord de la fonction signataire.",
    ),
    "rule_contact": (
        "No contact for {time}: turn back to the last place with contact.",
        "Sans contact pendant {time} : revenir au dernier lieu où le contact était établi.",
    ),
    "rule_children": (
        "A visit that would show who the children are, or where: leave without it.",
        "Si la visite révélait qui sont les enfants ou où ils se trouvent : repartir sans la faire.",
    ),
    "rule_anyone": (
        "Anybody on the team may ask to turn back.",
        "Chaque membre de l’équipe peut demander le demi-tour.",
    ),
    # assumptions
    "exposure_unit": (
        "expected hostile incidents within {km} km of the vehicle in {passages} passages",
        "incidents hostiles attendus à moins de {km} km du véhicule en {passages} passages",
    ),
    "assume_exposure": (
        "Exposure is relative and dated: {unit}. A low value is no promise.",
        "L’exposition est relative et datée : {unit}. Une valeur basse ne garantit rien.",
    ),
    "assume_bound": (
        "≥: where no report of ours could lie, exposure is a lower bound.",
        "≥ : là où aucun signalement ne pouvait nous parvenir, l’exposition est une borne inférieure.",
    ),
    "assume_hours": (
        "Hours follow road classes, surfaces, season and what is on record of each stretch; see assumptions 5, 6, 17 and 18 of the settings.",
        "Les durées suivent la classe, le revêtement, la saison et ce qui est connu de chaque tronçon ; voir les hypothèses 5, 6, 17 et 18 des réglages.",
    ),
    "assume_absence": (
        "A stretch without a report is a stretch nobody reported on.",
        "Un tronçon sans signalement est un tronçon dont personne n’a rien dit.",
    ),
    "assume_evidence": (
        "What was known at the signature, {signed}; what changed since stands on the first page.",
        "Éléments connus à la signature, le {signed} ; ce qui a changé depuis figure en première page.",
    ),
    "assume_person": (
        "A plan is an option. A person signs it and answers for it.",
        "Un plan est une option. Une personne le signe et en répond.",
    ),
    # signature
    "signed_line": ("Signed off as {role} on {day}", "Signé en qualité de {role} le {day}"),
    "signed_reason": ("Reason: {reason}", "Motif : {reason}"),
    "signed_reason_withheld": (
        "Reason: withheld from this audience",
        "Motif : non communiqué à ce public destinataire",
    ),
    "not_signed": (
        "Not signed. Nobody has put a role and a reason to this plan yet.",
        "Non signé. Personne n’a encore donné de fonction ni de motif pour ce plan.",
    ),
    "signature_role": ("Role", "Fonction"),
    "signature_time": ("Day and time", "Jour et heure"),
    "signature_mark": ("Signature", "Signature"),
    "signature_escort": ("Escort commander", "Commandement de l’escorte"),
    "signature_team": ("For the team", "Pour l’équipe"),
    "signature_signed": ("Signs off", "Signe l’ordre"),
}


def _french(text: str) -> str:
    """Put the spaces French typography asks for, so that no sentence forgets one."""
    for sign in ":;?!":
        text = text.replace(f" {sign}", f"\u202f{sign}")
    return text.replace("« ", "«\u202f").replace(" »", "\u202f»")


ORDER_SENTENCES = {key: (english, _french(french)) for key, (english, french) in _SENTENCES.items()}
