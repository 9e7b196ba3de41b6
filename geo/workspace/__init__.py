"""The store: immutable bulk imports (lake), append-only revisions (registry), and the engine that reads them."""

from geo.workspace.records import ImportRecord
from geo.workspace.store import Workspace, open_workspace

__all__ = ["ImportRecord", "Workspace", "open_workspace"]
