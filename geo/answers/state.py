"""What the workspace holds: imports, tables, spans, warnings and rejected rows, cleared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.model import Audience
from geo.redaction import Cleared, clear, may_see
from geo.settings import Settings
from geo.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StateAnswer:
    """The state of a workspace."""

    tables: dict[str, dict[str, Any]]  # name -> rows, first_date, last_date
    warnings: tuple[str, ...]
    imports: Cleared


def answer_state(workspace: Workspace, settings: Settings, *, audience: Audience) -> StateAnswer:
    """Describe the tables and imports of a workspace."""
    status = workspace.status()
    records = [
        {
            "import_id": record.import_id,
            "format": record.format,
            "table": record.table,
            "file_name": record.file_name,
            "rows_read": record.rows_read,
            "rows_stored": record.rows_stored,
            "rows_rejected": record.rows_rejected,
            "rows_flagged": record.rows_flagged,
            "first_date": record.first_date,
            "last_date": record.last_date,
            "imported_at": record.imported_at,
            "withdrawn": record.withdrawn_at and record.withdrawn_at.isoformat(),  # when; why is free text
        }
        for record in workspace.imports()
    ]
    return StateAnswer(
        tables=status["tables"],
        warnings=_without_names(status["warnings"], workspace, settings, audience=audience),
        imports=clear(pd.DataFrame(records), view="imports", audience=audience, settings=settings),
    )


def _without_names(
    warnings: Sequence[str], workspace: Workspace, settings: Settings, *, audience: Audience
) -> tuple[str, ...]:
    """Warnings speak of a file by its name only to those who may see file names; the import id stays."""
    if may_see("imports", "file_name", audience=audience, settings=settings):
        return tuple(warnings)
    names = {f"{record.file_name} ({record.import_id})": record.import_id for record in workspace.imports()}
    pattern = re.compile("|".join(map(re.escape, names)) or "$.")
    return tuple(pattern.sub(lambda name: names[name[0]], warning) for warning in warnings)


def answer_rejects(workspace: Workspace, import_id: str, settings: Settings, *, audience: Audience) -> Cleared:
    """List the rejected rows of one import with line, column and reason."""
    return clear(workspace.rejects(import_id), view="rejects", audience=audience, settings=settings)
