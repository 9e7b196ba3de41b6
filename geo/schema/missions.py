"""Edited tables of joint missions: requests, who and what can go, missions, and what came of each stop."""

from geo.contracts import Contract
from geo.schema.absences import absence_faults
from geo.schema.columns import VALID, column
from geo.schema.words import (
    BLOCKERS,
    MISSION_MODES,
    MISSION_STATUSES,
    MOVEMENT_RISKS,
    ORGANISATIONS,
    REFERRAL_STATUSES,
    REQUEST_STATUSES,
    TEAM_ROLES,
    VEHICLES,
    VIOLATIONS,
    VISIT_OUTCOMES,
    VISIT_REASONS,
    WEEKDAYS,
)

ABSENT = column("absent", "text", "days away, e.g. 2026-12-01/2026-12-05, several separated by ;")

REQUESTS = Contract(
    name="requests",
    key="request_id",
    about="A request to verify, by case code; no names of persons.",
    columns=(
        column("request_id", "text", "case code", required=True),
        column("site_id", "text", "site to reach", required=True),
        column("alerted_on", "date", "day of the alert", required=True),
        column("incident_on", "date", "day of the incident"),
        column("violation", "text", "alleged violation", choices=VIOLATIONS),
        column("girls", "integer", "girls concerned", low=0),
        column("boys", "integer", "boys concerned", low=0),
        column("sex_unknown", "integer", "children whose sex is not known", low=0),
        column("blocked_by", "text", "what it waits for, separated by ;", choices=BLOCKERS, several=True),
        column("status", "text", "where it stands", required=True, choices=REQUEST_STATUSES),
        column("presented_as_wives", "flag", "girls are presented as wives of fighters"),
        column("detained", "flag", "children are held in detention"),
        column("movement_risk", "text", "risk that they are moved, hidden or recruited again", choices=MOVEMENT_RISKS),
        column("languages", "text", "languages of the interviews, separated by ;"),
        column("actor_id", "text", "armed actor whose consent a visit needs"),
        column("service_min", "integer", "minutes a visit takes; empty = as set", low=5, high=1440),
        column("referral", "text", "where the referral of the children to services stands", choices=REFERRAL_STATUSES),
        column("referred_on", "date", "day they were referred to services"),
        column("verified_on", "date", "day it was verified"),
        column("organisation", "text", "organisation that received the alert"),
    ),
)

PARTNERS = Contract(
    name="partners",
    key="partner_id",
    about="An organisation that can take part in a joint mission.",
    columns=(
        column("partner_id", "text", "id", required=True),
        column("name", "text", "name", required=True),
        column("organisation_type", "text", "kind of organisation", required=True, choices=ORGANISATIONS),
        column("base_id", "text", "base it works from"),
        column("trained_women", "integer", "trained women interviewers", low=0),
        column("staff", "integer", "trained staff", low=0),
        column("vehicles", "integer", "vehicles", low=0),
        *VALID,
    ),
)

STAFF = Contract(
    name="staff",
    key="staff_id",
    about="Somebody who can be on a team, by the code of a post; no names of persons.",
    columns=(
        column("staff_id", "text", "code of the post", required=True),
        column("partner_id", "text", "organisation, a partner's id", required=True),
        column("base_id", "text", "base they leave from; empty = their organisation's"),
        column("role", "text", "role on a team", required=True, choices=TEAM_ROLES),
        column("woman", "flag", "a woman", required=True),
        column("interviewer", "flag", "trained to interview children"),
        column("trauma_informed", "flag", "trained in trauma-informed interviewing"),
        column("languages", "text", "languages spoken, separated by ;"),
        column(
            "conflicts",
            "text",
            "conflicts of interest: p-codes of places (a district's stands for all in it) or actor ids, separated by ;",
        ),
        column("weekdays", "text", "working days, separated by ; (empty = all)", choices=WEEKDAYS, several=True),
        ABSENT,
        *VALID,
    ),
    whole_row=absence_faults,
)

FLEET = Contract(
    name="fleet",
    key="vehicle_id",
    about="A vehicle that an organisation can lend to a joint mission.",
    columns=(
        column("vehicle_id", "text", "id; no number plate", required=True),
        column("partner_id", "text", "organisation, a partner's id", required=True),
        column("base_id", "text", "base it stands at; empty = its organisation's"),
        column("vehicle", "text", "kind of vehicle", required=True, choices=VEHICLES),
        column("seats", "integer", "seats for the team, the driver's not counted", required=True, low=1, high=60),
        ABSENT,
        *VALID,
    ),
    whole_row=absence_faults,
)

MISSIONS = Contract(
    name="missions",
    key="mission_id",
    about="A joint mission: what was planned, signed off and done; roles and codes, no names of persons.",
    columns=(
        column("mission_id", "text", "id", required=True),
        column("status", "text", "where it stands", required=True, choices=MISSION_STATUSES),
        column("mode", "text", "how the team goes", required=True, choices=MISSION_MODES),
        column("base_id", "text", "base it leaves from and comes back to", required=True),
        column("departs_on", "date", "day of departure", required=True),
        column("returns_on", "date", "day of return", required=True),
        column("request_ids", "text", "requests it sets out for, separated by ;", required=True),
        column("staff_ids", "text", "team, by post, separated by ;"),
        column("vehicle_ids", "text", "vehicles, separated by ;"),
        column("escort_base_id", "text", "base that gives the escort"),
        column("escort_slots", "integer", "escort slots it takes", low=0, high=100),
        column("plan", "text", "the plan as it was signed, JSON: legs, stops, evidence relied on"),
        column("signed_role", "text", "role that signed it off; no person"),
        column("signed_on", "date", "day of the sign-off"),
        column("sign_reason", "text", "why the risk is taken"),
    ),
)

VISITS = Contract(
    name="visits",
    key="visit_id",
    about="What came of one stop of a mission, for one request.",
    columns=(
        column("visit_id", "text", "id", required=True),
        column("mission_id", "text", "mission"),
        column("request_id", "text", "request", required=True),
        column("site_id", "text", "site", required=True),
        column("visited_on", "date", "day the team was there, or turned back", required=True),
        column("outcome", "text", "what came of it", required=True, choices=VISIT_OUTCOMES),
        column(
            "not_verified_because",
            "text",
            "why it was not reached or not verified",
            choices=VISIT_REASONS,
            was="reason",  # collided with the reason of a revision
        ),
        column("girls", "integer", "girls interviewed", low=0),
        column("boys", "integer", "boys interviewed", low=0),
        column("source", "text", "organisation or role that reports; no name of a person"),
    ),
)
