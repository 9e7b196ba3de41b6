"""Alembic calls this file: it upgrades the connection it was handed, inside that connection's transaction."""

from alembic import context

from geo.workspace.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can roll back DDL once BEGIN is ours; half an upgrade never stays
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
