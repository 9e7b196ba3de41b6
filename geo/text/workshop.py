"""Sentences of the workshop pack: English, French."""

from geo.text.spacing import spaced

_SENTENCES: dict[str, tuple[str, str]] = {
    # head and foot
    "pack_title": ("Workshop pack: drawdown", "Dossier d’atelier : retrait des bases"),
    "pack_name_withheld": ("Scenario of a drawdown", "Scénario de retrait des bases"),
    "pack_headline": (
        "After the last phase {sites} no longer within {limit} of a base, {mode}",
        "Après la dernière phase, {sites} plus à moins de {limit} d’une base, {mode}",
    ),
    "pack_headline_none": (
        "After the last phase no site falls beyond {limit}, {mode}",
        "Après la dernière phase, aucun site ne passe au-delà de {limit}, {mode}",
    ),
    "pack_headline_shares": (
        "{before} of sites lie within {limit} of a base today, {after} after the last phase, {mode}",
        "{before} des sites sont à moins de {limit} d’une base aujourd’hui, {after} après la dernière phase, {mode}",
    ),
    "pack_headline_nothing": ("This scenario changes nothing", "Ce scénario ne change rien"),
    "pack_nothing": (
        "It closes, thins and adds no base: reach after it is reach today.",
        "Il ne ferme, n’allège et n’ajoute aucune base : l’accès après lui est celui d’aujourd’hui.",
    ),
    "pack_site_one": ("1 site is", "1 site n’est"),
    "pack_site_many": ("{number} sites are", "{number} sites ne sont"),
    "pack_known": ("as known on {day}", "selon ce qui était connu le {day}"),
    "pack_snapshot": ("snapshot {snapshot}", "instantané {snapshot}"),
    "pack_data": ("data of {day}", "données du {day}"),
    "pack_modelled": ("Modelled, not measured", "Modélisé, non mesuré"),
    "pack_part": ("{part} of {parts}", "{part} sur {parts}"),
    "pack_percent": ("{number}%", "{number} %"),
    "pack_change": ("{before} → {after}", "{before} → {after}"),
    # facts of the first page
    "pack_fact_revision": ("Revision", "Révision"),
    "pack_revision": ("{number}, of {day}", "{number}, du {day}"),
    "pack_revision_changed": ("changed since {revision}; not kept yet", "modifié depuis {revision} ; non conservé"),
    "pack_revision_none": (
        "none: from a file, not kept in this workspace",
        "aucune : lu d’un fichier, non conservé dans cet espace de travail",
    ),
    "pack_fact_as_of": ("As of", "À la date du"),
    "pack_fact_audience": ("Audience", "Public destinataire"),
    "pack_fact_limit": ("Limit", "Limite"),
    "pack_limit": ("{limit} from a base, {mode}", "{limit} d’une base, {mode}"),
    "pack_fact_ground": ("Roads", "Routes"),
    "pack_ground": ("{season} season, {vehicle}", "saison {season}, {vehicle}"),
    "pack_fact_modes": ("Tables for", "Tableaux pour"),
    "pack_fact_snapshot": ("Snapshot", "Instantané"),
    # sections
    "pack_section_changes": ("What happens", "Ce qui se passe"),
    "pack_section_totals": ("What each phase loses", "Ce que chaque phase fait perdre"),
    "pack_section_map": ("Phase {phase}: {name}", "Phase {phase} : {name}"),
    "pack_forced_phase": ("{bases} must close", "fermeture imposée de {bases}"),
    "pack_section_map_plain": ("Phase {phase}", "Phase {phase}"),
    "pack_section_lost": ("Phase {phase}: sites lost", "Phase {phase} : sites perdus"),
    "pack_section_blind": ("What becomes no eyes", "Ce qui devient angle mort"),
    "pack_section_order": ("Closing order", "Ordre de fermeture"),
    "pack_section_ledger": ("Handover ledger", "Registre de passation"),
    "pack_section_assumptions": ("Assumptions used", "Hypothèses utilisées"),
    "pack_section_reading": ("How to read this, and sources", "Comment lire ce dossier, et sources"),
    # columns
    "pack_column_phase": ("Phase", "Phase"),
    "pack_column_from": ("From", "Dès le"),
    "pack_column_base": ("Base", "Base"),
    "pack_column_what": ("What", "Quoi"),
    "pack_column_why": ("Why", "Pourquoi"),
    "pack_column_mode": ("How", "Mode"),
    "pack_column_sites": ("Sites within", "Sites atteints"),
    "pack_column_land": ("Land within", "Territoire atteint"),
    "pack_column_people": ("People within", "Personnes atteintes"),
    "pack_column_sites_lost": ("Sites lost", "Sites perdus"),
    "pack_column_sites_gained": ("Gained", "Gagnés"),
    "pack_column_one_base": ("One base left", "Une seule base"),
    "pack_column_no_eyes": ("No eyes, km²", "Angle mort, km²"),
    "pack_column_site": ("Site", "Site"),
    "pack_column_p_code": ("P-code", "P-code"),
    "pack_column_people_at": ("People", "Personnes"),
    "pack_column_before": ("Today", "Aujourd’hui"),
    "pack_column_after": ("After", "Après"),
    "pack_column_next_base": ("Next base", "Base suivante"),
    "pack_column_backup": ("Backup today", "Recours actuel"),
    "pack_column_listed": ("Listed as", "Inscrit comme"),
    "pack_column_area": ("Province", "Province"),
    "pack_column_km2": ("km²", "km²"),
    "pack_column_blind_sites": ("Sites there", "Sites concernés"),
    "pack_column_names": ("By name", "Noms"),
    "pack_column_step": ("Step", "Étape"),
    "pack_column_adds": ("Loses more", "Perte en plus"),
    "pack_column_loss": ("Lost in all", "Perte totale"),
    "pack_column_optimum": ("Best choice", "Meilleur choix"),
    "pack_column_gap": ("Gap", "Écart"),
    "pack_column_without_backup": ("One base left", "Une seule base"),
    "pack_column_state": ("State", "État"),
    "pack_column_kind": ("Duty", "Tâche"),
    "pack_column_receiver": ("Receiver", "Repreneur"),
    "pack_column_hand_over_by": ("By", "Avant le"),
    "pack_column_due_on": ("By", "Avant le"),
    "pack_column_days_left": ("Days left", "Jours restants"),
    "pack_column_funded": ("Funded", "Financé"),
    "pack_column_status": ("Status", "Statut"),
    "pack_column_row": ("No.", "N°"),
    "pack_column_assumption": ("Assumption", "Hypothèse"),
    "pack_column_value": ("Value", "Valeur"),
    "pack_column_source": ("Where from", "Origine"),
    "pack_column_key": ("In config.toml", "Dans config.toml"),
    # words beneath titles
    "pack_intro_totals": (
        "Within {limit} of a base, today → in the phase; by each way of getting there. Modelled.",
        "À moins de {limit} d’une base, aujourd’hui → pendant la phase ; par chaque mode d’accès. Modélisé.",
    ),
    "pack_intro_lost": (
        (
            "Within {limit} of a base today and not in this phase, most people first. Modelled times. "
            "Backup: other bases that reach it today."
        ),
        (
            "À moins de {limit} d’une base aujourd’hui et plus pendant cette phase, d’abord les plus peuplés. Durées "
            "modélisées. Recours : autres bases qui l’atteignent aujourd’hui."
        ),
    ),
    "pack_intro_repeated": (
        "Lost as listed before, not repeated: {number}.",
        "Perdus comme indiqué auparavant, non répétés : {number}.",
    ),
    "pack_lost_none": (
        "No site falls beyond the limit in this phase that was not listed before.",
        "Aucun site ne passe au-delà de la limite pendant cette phase sans avoir été indiqué auparavant.",
    ),
    "pack_lost_new": ("new", "nouveau"),
    "pack_lost_changed": ("changed", "modifié"),
    "pack_unreached": ("not reached", "non atteint"),
    "pack_no_next": ("none", "aucune"),
    "pack_not_known": ("not known", "inconnu"),
    "pack_intro_blind": (
        (
            "Land from which somebody standing could report today, and nobody in the phase. Fewer reports from there will "
            "not mean less violence."
        ),
        (
            "Territoire d’où quelqu’un sur place peut signaler aujourd’hui, et plus personne pendant la phase. Moins de "
            "signalements n’y voudra pas dire moins de violence."
        ),
    ),
    "pack_blind_none": (
        "In no phase does more land become no eyes.",
        "Aucune phase n’ajoute d’angle mort.",
    ),
    "pack_and_more": ("{names} (+{number})", "{names} (+{number})"),
    "pack_intro_order": (
        (
            "Always the base whose closing loses least; forced closures first, bases kept by the scenario left out. In "
            "{unit} ({limit}, {mode}). Gap: what this order loses more than the proven best choice of as many closures."
        ),
        (
            "Toujours la base dont la fermeture fait perdre le moins ; d’abord les fermetures imposées, sans les bases que "
            "le scénario maintient. En {unit} ({limit}, {mode}). Écart : ce que cet ordre perd de plus que le meilleur "
            "choix prouvé d’autant de fermetures."
        ),
    ),
    "pack_unit_people": ("people at sites within the limit", "personnes vivant sur les sites atteints"),
    "pack_unit_sites": ("sites within the limit", "sites atteints"),
    "pack_order_not_counted": (
        "Not counted, as their people are not known: {number} sites.",
        "Non comptés, faute d’en connaître la population : {number} sites.",
    ),
    "pack_order_no_base": (
        "No base open on the day offers this way of getting there: there is nothing to order.",
        "Aucune base ouverte à cette date n’offre ce mode d’accès : il n’y a rien à ordonner.",
    ),
    "pack_why_closed": ("closed already", "déjà fermée"),
    "pack_why_forced": ("forced to close on {day}", "fermeture imposée le {day}"),
    "pack_why_nothing": (
        "loses nothing: other bases cover the same",
        "ne fait rien perdre : d’autres bases couvrent les mêmes lieux",
    ),
    "pack_why_least": ("loses least", "fait perdre le moins"),
    "pack_why_alike": (
        "loses least, as others do, and leaves most with a backup",
        "fait perdre le moins, comme d’autres, et laisse le plus de recours",
    ),
    "pack_what_closed": ("closes", "ferme"),
    "pack_what_kept": ("kept", "maintenue"),
    "pack_what_thinned": ("thinned", "allégée"),
    "pack_what_added": ("added", "ajoutée"),
    "pack_what_alert network": ("alert network", "réseau d’alerte"),
    "pack_what_mobile team": ("mobile team", "équipe mobile"),
    "pack_what_airstrip": ("airstrip", "piste d’atterrissage"),
    "pack_why_planned": ("planned", "prévu"),
    "pack_why_ends": ("{why} after {day}", "{why} après le {day}"),
    "pack_why_kept": (
        "{why} after {day}: to keep it somebody must take over",
        "{why} après le {day} : pour la maintenir, quelqu’un doit prendre le relais",
    ),
    "pack_why_without": ("without {what}", "sans : {what}"),
    "pack_why_gives": ("gives {what}", "offre : {what}"),
    "pack_why_at_base": ("added at the base", "ajouté à la base"),
    "pack_why_repaired": ("repaired", "réparée"),
    "pack_why_days": ("{number} days a month", "{number} jours par mois"),
    "pack_why_too_few": (
        "covers nothing: {number} days a month, {least} are needed",
        "ne couvre rien : {number} jours par mois, il en faut {least}",
    ),
    "pack_why_paid": ("its programme is no longer paid for", "son programme n’est plus financé"),
    "pack_why_record": ("its record ends", "son enregistrement prend fin"),
    "pack_why_partner": ("its partner’s programme ends", "le programme de son partenaire prend fin"),
    "pack_state_orphaned": ("falls to nobody", "sans repreneur"),
    "pack_state_missing": ("nobody wrote it down", "non consigné"),
    "pack_state_late": ("late", "en retard"),
    "pack_state_on_course": ("on course", "en bonne voie"),
    "pack_state_handed_over": ("handed over", "remis"),
    "pack_state_not_needed": ("not needed", "sans objet"),
    "pack_ledger_none": (
        "No duty is on record. That nobody wrote one down does not mean that there is none.",
        "Aucune tâche n’est enregistrée. Que personne n’en ait noté ne veut pas dire qu’il n’y en a pas.",
    ),
    "pack_intro_ledger": (
        "Duties that leave with bases; those that fall to nobody first.",
        "Tâches qui partent avec les bases ; d’abord celles qui ne reviennent à personne.",
    ),
    "pack_withheld": ("Withheld from this audience.", "Non communiqué à ce public destinataire."),
    "pack_withheld_parts": (
        "Maps, names, order and ledger are withheld from this audience.",
        "Les cartes, les noms, l’ordre et le registre ne sont pas communiqués à ce public destinataire.",
    ),
    # maps
    "pack_map_today": ("Today", "Aujourd’hui"),
    "pack_map_after": ("In phase {phase}", "Pendant la phase {phase}"),
    "pack_map_hours": ("Hours", "Heures"),
    "pack_map_to": ("to {end}", "jusqu’à {end}"),
    "pack_map_lost": ("land lost", "territoire perdu"),
    "pack_map_site": ("site lost", "site perdu"),
    "pack_map_no_eyes": ("becomes no eyes", "devient angle mort"),
    "pack_map_base": ("base", "base"),
    "pack_map_hq": ("headquarters", "quartier général"),
    "pack_map_closes": ("closes", "ferme"),
    "pack_map_alt": (
        "Two maps of reach within {limit}, {mode}: today, and in phase {phase}",
        "Deux cartes de l’accès à moins de {limit}, {mode} : aujourd’hui et pendant la phase {phase}",
    ),
    "pack_method_road": ("fastest way by road", "trajet routier le plus rapide"),
    "pack_method_air": ("flight, then road", "vol, puis route"),
    "pack_method_alert": ("word by foot and phone", "de proche en proche, à pied et au téléphone"),
    "pack_not_drawn": (
        "not drawn: {km2} km² that nobody can report from today",
        "non dessinés : {km2} km² d’où personne ne peut signaler aujourd’hui",
    ),
    "pack_not_named": ("sites without room are named in the table", "les sites sans place sont nommés au tableau"),
    "pack_map_none": ("The map cannot be drawn: no outline is imported.", "Carte impossible : aucun contour importé."),
    "pack_begins": ("from {day}", "dès le {day}"),
    # how to read
    "pack_read_modelled": (
        "Reach is modelled from roads, speeds and bases on record; nobody has driven it for this pack.",
        (
            "L’accès est modélisé d’après les routes, les vitesses et les bases enregistrées ; personne ne l’a parcouru "
            "pour ce dossier."
        ),
    ),
    "pack_read_danger": (
        "Reach says how long a way takes. It says nothing of the danger on it.",
        "L’accès dit combien de temps prend un trajet. Il ne dit rien du danger.",
    ),
    "pack_read_only_bases": (
        "Roads, season and constraints are those of {day} on both sides: only bases differ.",
        "Les routes, la saison et les contraintes sont celles du {day} des deux côtés : seules les bases diffèrent.",
    ),
    "pack_read_absence": (
        "A place without a report is a place nobody reported on.",
        "Un lieu sans signalement est un lieu dont personne n’a rien dit.",
    ),
    "pack_read_order": (
        "The order weighs reach only. What else a base does stands in the ledger.",
        "L’ordre ne pèse que l’accès. Ce qu’une base fait d’autre figure au registre.",
    ),
    "pack_read_person": (
        "A scenario is an option. People decide and answer for it.",
        "Un scénario est une option. Des personnes décident et en répondent.",
    ),
    "pack_read_sources": ("Sources: {sources}.", "Sources : {sources}."),
    "pack_read_none": ("nothing imported yet", "rien d’importé"),
    "pack_read_snapshot": (
        "Snapshot {snapshot}: the same data, settings, scenario and question give it again.",
        "Instantané {snapshot} : mêmes données, réglages, scénario et question le redonnent.",
    ),
    # assumptions
    "pack_source_ours": ("ours, not measured", "de nous, non mesurée"),
    "pack_source_speeds": (
        "orders of magnitude: World Bank Africa rural speed tables, field logistics; what a road file states wins",
        (
            "ordres de grandeur : tables de vitesse rurale de la Banque mondiale pour l’Afrique, logistique de terrain ; "
            "ce qu’un fichier de routes indique prime"
        ),
    ),
    "pack_assume_speeds": (
        "speeds by road class, paved / unpaved, {season} season",
        "vitesses par classe de route, revêtue / non revêtue, saison {season}",
    ),
    "pack_assume_vehicle": ("{vehicle}: share of these speeds", "{vehicle} : part de ces vitesses"),
    "pack_assume_network.off_road_kph": ("off the road, on foot", "hors route, à pied"),
    "pack_assume_network.max_snap_km": (
        "farther from a road than this is out of reach by road",
        "plus loin d’une route, hors d’atteinte par la route",
    ),
    "pack_assume_modes.escort_speed_share": (
        "convoy speed, share of a single vehicle’s",
        "vitesse d’une escorte, part de celle d’un véhicule seul",
    ),
    "pack_assume_escorts.radius_hours": (
        "how far an escort goes, one way, where its record does not tell",
        "distance d’une escorte, aller simple, si rien n’est enregistré",
    ),
    "pack_assume_escorts.speed_kph": (
        "fastest an escort drives, where its record does not tell",
        "vitesse maximale d’une escorte, si rien n’est enregistré",
    ),
    "pack_assume_modes.air_speed_kph": ("helicopter speed", "vitesse d’un hélicoptère"),
    "pack_assume_modes.air_setup_min": ("helicopter: boarding and landing", "hélicoptère : embarquement, atterrissage"),
    "pack_assume_modes.air_range_km": ("helicopter range, one way", "rayon d’un hélicoptère, aller simple"),
    "pack_assume_air.fixed_wing_speed_kph": ("airplane speed", "vitesse d’un avion"),
    "pack_assume_air.fixed_wing_setup_min": (
        "airplane: boarding, landing, unloading",
        "avion : embarquement, atterrissage, déchargement",
    ),
    "pack_assume_air.fixed_wing_range_km": ("airplane range, one way", "rayon d’un avion, aller simple"),
    "pack_assume_air.runway_least_m": ("shortest runway used", "plus courte piste utilisée"),
    "pack_assume_modes.alert_radius_km": ("an alert network hub covers", "un nœud du réseau d’alerte couvre"),
    "pack_assume_modes.alert_kph": ("speed of word in an alert network", "vitesse d’une alerte dans le réseau"),
    "pack_assume_observation.base_radius_km": (
        "how far a base could report from",
        "distance d’où une base peut signaler",
    ),
    "pack_assume_observation.partner_radius_km": (
        "how far a partner could report from",
        "distance d’où un partenaire peut signaler",
    ),
    "pack_assume_drawdown.funding_end_closes": (
        "a base closes the day after it is last paid for",
        "une base ferme le lendemain de son dernier jour financé",
    ),
    "pack_assume_drawdown.mobile_team_least_days": (
        "a mobile team counts from so many days a month on",
        "une équipe mobile compte à partir de tant de jours par mois",
    ),
    "pack_assume_drawdown.leaves.civilians_stay": (
        "leaves where only civilian staff stay",
        "part quand seul le personnel civil reste",
    ),
    "pack_assume_drawdown.leaves.military_only": (
        "leaves where only soldiers stay",
        "part quand seuls des militaires restent",
    ),
    "pack_unit_days": ("{number} days", "{number} jours"),
    "pack_speed": ("{road} {paved} / {unpaved}", "{road} {paved} / {unpaved}"),
}
WORKSHOP_SENTENCES = {key: (english, spaced(french)) for key, (english, french) in _SENTENCES.items()}
