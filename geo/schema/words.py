"""Which words a column of a contract may hold."""

VIOLATIONS = (
    "killing",
    "maiming",
    "recruitment_or_use",
    "sexual_violence",
    "abduction",
    "attack_on_school",
    "attack_on_hospital",
    "denial_of_humanitarian_access",
    "military_use",
    "detention",
)
VIOLATION_BASIS = ("recorded", "suggested")  # said by the source, or suggested by our crosswalk of its words
VERIFICATION = ("reported", "pending", "verified", "not_verified", "rejected")
# How well a place is known. UCDP where_prec 1..7 map in order; see README, "Assumptions", row 1.
PLACE_PRECISION = ("exact", "near", "admin2", "admin1", "region", "country", "nowhere")
DECISIONS = ("same", "not_same", "withdrawn")  # about reports of different sources
ORGANISATIONS = ("mission", "un_agency", "ingo", "national_ngo", "government", "other")
# How one actor came from, went into or stands beside another; the edge reads "from_actor KIND to_actor".
LINK_KINDS = ("parent_of", "splinter_of", "merged_into", "renamed_to", "allied_with")
# How much an actor moves about: a garrison; bases and a range around them; bands that stay nowhere.
MOBILITIES = ("settled", "mixed", "roaming")
# What an actor committed itself to, and where that stands.
COMMITMENT_KINDS = ("action_plan", "road_map", "declaration", "command_order")
COMMITMENT_STATUSES = ("negotiating", "signed", "in_force", "completed", "lapsed", "broken")
ACTOR_TYPES = ("state", "non_state", "militia", "foreign_state", "unknown")
# What a base gives; each can leave without the base.
CAPABILITIES = (
    "escorts",
    "patrols",
    "helipad",
    "airstrip",
    "medical",
    "lodging",
    "radio",
    "alert_hub",
    "hosts_partners",
    "child_protection",
    "women_interviewers",
)
# Two common ways to thin a base; [drawdown.leaves] of config.toml says what leaves with each.
THINNINGS = ("civilians_stay", "military_only")
MEASURE_KINDS = ("close", "force_close", "keep", "thin", "add_base", "add_alert", "repair_airstrip", "mobile_team")
SITE_KINDS = ("village", "town", "camp", "school", "hospital", "detention", "cantonment", "interim_care", "other")
CONSTRAINT_KINDS = (
    "bridge_out",
    "flooded",
    "checkpoint",
    "mines_or_erw",
    "ambush",
    "hostilities",
    "permit",
    "curfew",
    "impassable",
    "escort_required",
    "daylight_only",
    "airstrip_closed",
)
# How an actor treats travellers on the roads of its area.
ROAD_BEHAVIOURS = ("unknown", "keeps_off", "lets_pass", "taxes", "blocks", "attacks")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
VEHICLES = ("4x4", "truck", "motorcycle", "bicycle", "foot")
SEASONS = ("dry", "wet")
# Who stands at a constraint, and how they treat those who pass.
OPERATOR_TYPES = ("state", "non_state", "militia", "foreign_state", "community", "international", "unknown")
BEHAVIOURS = ("orderly", "delays", "extorts", "detains", "attacks", "unknown")
# What was seen of a stretch of road, best first.
ROAD_STATUSES = ("passable", "difficult", "impassable")
SOURCE_TYPES = ("patrol", "partner", "alert_network", "media", "other")
RELIABILITIES = ("a", "b", "c", "d", "e", "f")  # Admiralty grades of a source

# What a request to verify waits for.
BLOCKERS = (
    "escort",
    "clearance",
    "road",
    "flight",
    "woman_interviewer",
    "interpreter",
    "actor_consent",
    "fuel",
    "funding",
)
REQUEST_STATUSES = ("open", "planned", "reached", "closed")
REFERRAL_STATUSES = ("needed", "referred", "declined", "not_needed")  # of the children to services
MOVEMENT_RISKS = ("low", "medium", "high")  # that the children are moved, hidden or recruited again
TEAM_ROLES = (
    "child_protection",
    "interviewer",
    "interpreter",
    "community_liaison",
    "medic",
    "security",
    "driver",
    "observer",
)
MISSION_MODES = ("unescorted", "escorted", "air", "discreet")  # discreet = small, unescorted, led by a local partner
MISSION_STATUSES = ("draft", "signed", "under_way", "done", "cancelled")
VISIT_OUTCOMES = ("verified", "not_verified", "pending", "not_reached")
# Why a stop was not reached, or why nothing was verified there.
VISIT_REASONS = (
    "road",
    "insecurity",
    "no_consent",
    "children_gone",
    "no_time",
    "weather",
    "breakdown",
    "no_woman_interviewer",
    "no_interpreter",
    "recalled",
    "other",
)

# What a base does that somebody must go on doing, and where the handing over stands.
DUTY_KINDS = (
    "database",
    "negotiation_mandate",
    "alert_network",
    "vehicle",
    "it",
    "open_request",
    "focal_point_role",
    "monitoring_task",
)
DUTY_STATUSES = ("planned", "agreed", "sealed", "handed_over", "declined", "not_needed")
FUNDED = ("yes", "no", "unknown")
