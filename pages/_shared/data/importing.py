"""Files: taken in, withdrawn, their rejected rows."""

from pathlib import Path

from geo.answers.state import StateAnswer, answer_rejects, answer_state
from geo.model import Audience
from geo.readers import OF_RECORDED, read_file
from geo.redaction import Cleared
from geo.workspace import ImportRecord
from pages._shared.data.opening import settings, workspace


def state(audience: Audience) -> StateAnswer:
    """Imports, tables and warnings, always as they stand now."""
    return answer_state(workspace(), settings(), audience=audience)


def rejects(import_id: str, audience: Audience) -> Cleared:
    """Rejected rows of one import."""
    return answer_rejects(workspace(), import_id, settings(), audience=audience)


def withdraw(import_id: str, reason: str) -> None:
    """Take an import out of every answer, keeping its files."""
    workspace().withdraw(import_id, reason=reason)


def take_in(format_name: str, path: Path, *, country: str | None, source: str | None) -> ImportRecord:
    """Import one file through the same door as the command line."""
    recorded = workspace().recorded() if format_name in OF_RECORDED else None
    reading = read_file(format_name, path, country=country, source=source, recorded=recorded)
    return workspace().add(reading, country=country)
