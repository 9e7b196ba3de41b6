"""What the workspace holds: imports, tables, spans, warnings and rejected rows, cleared."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.model import Audience
from geo.redaction import Cleared, clear
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
            "withdrawn": record.withdrawn_reason,
        }
        for record in workspace.imports()
    ]
    return StateAnswer(
        tables=status["tables"],
        warnings=tuple(status["warnings"]),
        imports=clear(pd.DataFrame(records), view="imports", audience=audience, settings=settings),
    )


def answer_rejects(workspace: Workspace, import_id: str, settings: Settings, *, audience: Audience) -> Cleared:
    """List the rejected rows of one import with line, column and reason."""
    return clear(workspace.rejects(import_id), view="rejects", audience=audience, settings=settings)
