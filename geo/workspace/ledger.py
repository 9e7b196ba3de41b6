"""Append-only chains: each row carries the hash of the row before it, so no row can change unseen.

The seal is SHA-256 over the previous seal and the row as canonical JSON. It shows alteration, removal
and insertion by anyone who does not recompute the whole chain; it is no signature.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from geo.workspace.database import CHAINS, Turn, chain_heads


def append(turn: Turn, chain: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows to the end of a chain, all bearing the instant of the turn."""
    if not rows:
        return
    head = turn.connection.execute(sa.select(chain_heads).where(chain_heads.c.chain == chain.name)).one()
    length, last = int(head.length), str(head.hash)
    sealed = []
    for row in rows:
        length += 1
        whole = {**row, "position": length, "recorded_at": turn.recorded_at, "previous_hash": last}
        last = seal(whole)
        sealed.append({**whole, "hash": last})
    turn.connection.execute(sa.insert(chain), sealed)
    turn.connection.execute(
        sa.update(chain_heads)
        .where(chain_heads.c.chain == chain.name)
        .values(length=length, hash=last, recorded_at=turn.recorded_at)
    )


def seal(row: Mapping[Any, Any]) -> str:
    """SHA-256 of a row without its own hash; missing values do not count, so a later column changes nothing."""
    said = {name: value for name, value in row.items() if name != "hash" and value is not None}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def digest(connection: sa.Connection) -> str:
    """Short text that changes with every entry in any chain."""
    heads = connection.execute(sa.select(chain_heads.c.chain, chain_heads.c.hash).order_by(chain_heads.c.chain))
    return hashlib.sha256(json.dumps([list(row) for row in heads]).encode()).hexdigest()[:12]


def newest_entry(connection: sa.Connection) -> str:
    """Instant of the newest entry of all chains."""
    return str(connection.execute(sa.select(sa.func.max(chain_heads.c.recorded_at))).scalar_one())


def broken_chains(connection: sa.Connection) -> list[str]:
    """One sentence per row that does not fit its chain, and per chain that is shorter or longer than it was."""
    problems = []
    for chain in CHAINS:
        last, length = "", 0
        for row in connection.execute(sa.select(chain).order_by(chain.c.position)).mappings():
            length += 1
            if row["position"] != length:
                problems.append(f"{chain.name}: row {length} is gone, row {row['position']} follows instead")
                length = row["position"]
            elif row["previous_hash"] != last:
                problems.append(f"{chain.name}: row {length} does not follow the row before it")
            if seal(row) != row["hash"]:
                problems.append(f"{chain.name}: row {length} was altered ({_name(row)})")
            last = row["hash"]
        head = connection.execute(sa.select(chain_heads).where(chain_heads.c.chain == chain.name)).one_or_none()
        if head is None or (head.length, head.hash) != (length, last):
            written = "no length" if head is None else f"{head.length} rows"
            problems.append(f"{chain.name}: the chain ends at row {length}, but {written} were sealed")
    return problems


def _name(row: Mapping[Any, Any]) -> str:
    """Name a row as people know it."""
    if "record_id" in row:
        return f"{row['table_name']} {row['record_id']} version {row['version']}"
    return f"import {row['import_id']}"
