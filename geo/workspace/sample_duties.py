"""Duties of the fictional sample's bases: some handed over, some on course, some that fall to nobody."""

from geo.workspace.sample_people import Row

_NATIONAL = "National child protection office"
_CHILDREN = "UN children's agency"
_LOST = "base-03"  # closed before this ledger was begun
# By base: kind, what, records, receiver, its base, by when, funded, until, status, evidence, accepted.
_DUTIES: dict[str, tuple[tuple[str, ...], ...]] = {
    _LOST: (
        ("database", "verification files of the eastern sector", "", _CHILDREN, "", "2026-03-20", "yes", "", "handed_over",
         "letter 2026/114", "2026-03-19"),
        ("alert_network", "eleven villages around Dololodou", "", "Relais Enfance", "base-14", "2026-03-25", "yes", "",
         "handed_over", "minutes of 24 March", "2026-03-24"),
        ("negotiation_mandate", "talks on the release of children", "ufe", "", "", "2026-03-15", "", "", "planned", "", ""),
        ("it", "two laptops, wiped, and a printer", "", _NATIONAL, "", "2026-03-28", "yes", "", "handed_over",
         "receipt 0328", "2026-03-28"),
    ),
    "base-04": (
        ("database", "verification files of the south", "", _CHILDREN, "", "2027-05-15", "yes", "", "agreed",
         "exchange of letters, draft", ""),
        ("alert_network", "nine villages on the southern road", "", "Maison Ouvelle", "base-18", "2027-05-31", "yes",
         "2028-06-30", "agreed", "memorandum 2026/31", ""),
        ("focal_point_role", "chairs the southern working group", "", _NATIONAL, "", "2027-04-30", "unknown", "", "planned",
         "", ""),
    ),
    "base-05": (
        ("database", "verification files of the north", "", _CHILDREN, "base-09", "2027-02-15", "yes", "", "agreed",
         "letter 2026/207", ""),
        ("alert_network", "fourteen villages of the Haut-Pays", "", "Northlight Relief", "base-13", "2027-03-01", "yes", "",
         "agreed", "memorandum 2026/28", ""),
        ("negotiation_mandate", "road map with the breakaway wing", "mlh-r", "", "", "2027-01-31", "", "", "planned", "", ""),
        ("focal_point_role", "focal point for the northern wing, sector centre", "mlh-r", _CHILDREN, "", "2026-09-15",
         "unknown", "", "planned", "", ""),
        ("it", "radio room: two sets, mast, batteries", "", _NATIONAL, "", "2027-03-15", "no", "", "agreed",
         "inventory 2026/9", ""),
        ("monitoring_task", "follow-up of released children", "", "Voix des Collines", "base-19", "2027-02-28", "yes",
         "2027-12-31", "agreed", "memorandum 2026/29", ""),
    ),
    "base-11": (
        ("database", "case files of interim care", "", _CHILDREN, "base-08", "2026-11-30", "yes", "", "handed_over",
         "receipt 0911", "2026-09-11"),
        ("alert_network", "six villages around Ibolane", "", "Relais Enfance", "base-15", "2026-12-10", "yes",
         "2027-12-31", "agreed", "memorandum 2026/40", ""),
    ),
    "base-13": (
        ("alert_network", "seven villages around Yelakro", "", "Voix des Collines", "base-19", "2027-02-28", "no", "",
         "agreed", "minutes of 3 September", ""),
        ("vehicle", "two vehicles with their radios", "vehicle-11;vehicle-12", "Voix des Collines", "base-19",
         "2027-03-15", "yes", "", "planned", "", ""),
    ),
    "base-17": (
        ("alert_network", "twenty villages of the Nareva", "", "Pont Solidaire", "base-16", "2027-01-31", "", "", "declined",
         "letter of 2 September", ""),
        ("database", "paper files of the western network", "", _CHILDREN, "", "2026-09-10", "yes", "", "handed_over",
         "receipt 0907", "2026-09-08"),
    ),
}  # fmt: skip
_COLUMNS = (
    "kind",
    "what",
    "record_ids",
    "receiver",
    "receiver_base_id",
    "hand_over_by",
    "funded",
    "funded_until",
    "status",
    "evidence",
    "accepted_on",
)


def build_duties(bases: list[Row]) -> list[Row]:
    """Return what the bases that closed, or will, have to hand over; some of it nobody has written down."""
    holder = {base["base_id"]: base["organisation"] for base in bases}
    told = [(base, dict(zip(_COLUMNS, duty, strict=True))) for base, duties in _DUTIES.items() for duty in duties]
    return [
        {"duty_id": f"duty-{number:02d}", "base_id": base, "holder": holder[base], **duty}
        for number, (base, duty) in enumerate(told, start=1)
    ]
