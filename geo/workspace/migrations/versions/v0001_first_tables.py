"""The first tables: imports, withdrawals, revisions, and the heads of their hash chains."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _chain_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    ]


def upgrade() -> None:
    """Create the tables and the three empty chains."""
    op.create_table(
        "imports",
        *_chain_columns(),
        sa.Column("import_id", sa.String(100), nullable=False, unique=True),
        sa.Column("format", sa.String(40), nullable=False),
        sa.Column("table_name", sa.String(40), nullable=False),
        sa.Column("country", sa.String(3)),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("reader_version", sa.String(40), nullable=False),
        sa.Column("encoding", sa.String(40)),
        sa.Column("notes", sa.JSON, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("rows_read", sa.Integer, nullable=False),
        sa.Column("rows_stored", sa.Integer, nullable=False),
        sa.Column("rows_rejected", sa.Integer, nullable=False),
        sa.Column("rows_flagged", sa.Integer, nullable=False),
        sa.Column("first_date", sa.String(10)),
        sa.Column("last_date", sa.String(10)),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
    )
    op.create_table(
        "withdrawals", *_chain_columns(), sa.Column("import_id", sa.String(100), nullable=False, unique=True)
    )
    op.create_table(
        "revisions",
        *_chain_columns(),
        sa.Column("table_name", sa.String(40), nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("record_values", sa.JSON, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("import_id", sa.String(100)),
        sa.Column("source_line", sa.BigInteger),
        sa.UniqueConstraint("table_name", "record_id", "version", name="one_row_per_version"),
    )
    heads = op.create_table(
        "chain_heads",
        sa.Column("chain", sa.String(40), primary_key=True),
        sa.Column("length", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
    )
    op.bulk_insert(
        heads,
        [
            {"chain": name, "length": 0, "hash": "", "recorded_at": "1970-01-01T00:00:00.000000Z"}
            for name in ("imports", "withdrawals", "revisions")
        ],
    )


def downgrade() -> None:
    """Drop everything; there is no schema before this one."""
    for name in ("chain_heads", "revisions", "withdrawals", "imports"):
        op.drop_table(name)
