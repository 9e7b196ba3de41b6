"""Alembic migrations of the registry; run by :func:`geo.workspace.database.migrate`."""
