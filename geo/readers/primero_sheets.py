"""Which sheets of a Primero export tell what, and where their columns stand.

Two exports are known. The *MRM violation export* has one sheet with a row per violation, whose header is the third
row (group labels of counts stand above it), and sheets for perpetrators, victims, sources and responses, whose header
is the second row. The *form export* has a sheet for the incident, one per type of violation and one for perpetrators,
header in the first row, all linked by the incident's id. A sheet is known by its columns and, for a type of
violation, by its title; all others are left out unread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from geo.errors import ImportRefusedError
from geo.readers.countries import plain_name
from geo.readers.primero_words import ASSOCIATIONS, FIELDS, TALLY, TALLY_GROUPS, kind_of
from geo.readers.workbook import SheetPick

Role = Literal["violations", "incidents", "perpetrators"]
_KEYS = frozenset({"incident", "short_id", "code"})
# What a row of violations may tell of itself; a sheet without any of these is none.
_TOLD = frozenset({"verification", "verified_on", "violation_id", *TALLY})
_ALIAS = {alias: name for name, aliases in FIELDS.items() for alias in aliases}
_WANTED: dict[Role, frozenset[str]] = {
    "violations": frozenset(FIELDS) - {"group"},
    "incidents": frozenset(FIELDS) - {"group", "violation", "violation_id", "verification", "verified_on", *TALLY},
    "perpetrators": frozenset({*_KEYS, "violation_id", "violation", "group"}),
}


@dataclass(slots=True, kw_only=True)
class SheetPicker:
    """Chooses sheets and columns of one workbook, and remembers what it chose and how much it left."""

    file_name: str
    roles: dict[int, Role] = field(default_factory=dict)
    kinds: dict[int, str | None] = field(default_factory=dict)  # violation named by the title
    sheets_left: int = 0
    columns_left: int = 0

    def pick(self, number: int, title: str, head: Sequence[tuple[int, list[str]]]) -> SheetPick | None:
        """Take a sheet of violations, incidents or perpetrators; see :data:`geo.readers.workbook.PickSheet`."""
        if not head:
            return None
        at = max(range(len(head)), key=lambda row: _recognised(head[row][1]))
        line, header = head[at]
        names = [plain_name(cell) for cell in header]
        fields = {_ALIAS[name] for name in names if name in _ALIAS}
        kind = kind_of(plain_name(title))
        role = _role(fields, kind, association=not ASSOCIATIONS.isdisjoint(names))
        if role is None:
            self.sheets_left += 1
            return None
        above = head[at - 1][1] if at else []
        columns = {name: _position(name, names) for name in sorted(fields & _WANTED[role] - set(TALLY))}
        if role == "violations":
            columns |= self._tally(number, names, above)
        self.roles[number], self.kinds[number] = role, kind
        self.columns_left += sum(bool(name) for name in names) - len(columns)
        return SheetPick(header_line=line, columns=columns)

    def _tally(self, number: int, names: Sequence[str], above: Sequence[str]) -> Mapping[str, int]:
        """Columns of the counts of the violation itself, told from other counts by the group label above."""
        groups = _groups(names, above)
        found: dict[str, int] = {}
        for name in TALLY:
            alike = [place for place, cell in enumerate(names) if _ALIAS.get(cell) == name]
            bare = [place for place in alike if len(names[place].split()) == 1]
            own = [place for place in alike if place not in bare or groups[place] in TALLY_GROUPS]
            fit = own or [place for place in bare if not groups[place]]
            if len(fit) > 1 or (alike and not fit):
                raise ImportRefusedError(
                    f"{self.file_name}: sheet {number} has {len(alike)} columns that count {name!r}, and not exactly one "
                    "under the label 'Number of victims'; label that group and remove copies"
                )
            if fit:
                found[name] = fit[0]
        return found


def _recognised(cells: Sequence[str]) -> int:
    return len({_ALIAS[name] for name in map(plain_name, cells) if name in _ALIAS})


def _role(fields: set[str], kind: str | None, *, association: bool) -> Role | None:
    if _KEYS.isdisjoint(fields) and "violation_id" not in fields:
        return None
    if "group" in fields and (association or _TOLD.isdisjoint(fields - {"violation_id"})):
        return "perpetrators"
    if association:
        return None
    if (kind or "violation" in fields) and not _TOLD.isdisjoint(fields):
        return "violations"
    return "incidents" if "date_start" in fields else None


def _position(name: str, names: Sequence[str]) -> int:
    """Where a field stands: under its best alias, and of equal ones the first."""
    return next(names.index(alias) for alias in FIELDS[name] if alias in names)


def _groups(names: Sequence[str], above: Sequence[str]) -> list[str]:
    """Group label over each column; a merged label stands over its first count and holds for those that follow."""
    labels = [plain_name(cell) for cell in above] + [""] * (len(names) - len(above))
    held, groups = "", []
    for place, name in enumerate(names):
        counts = _ALIAS.get(name) in TALLY
        held = labels[place] or (held if counts else "")
        groups.append(held if counts else "")
    return groups
