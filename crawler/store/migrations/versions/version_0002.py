"""Politeness over restarts: hosts remember when they may be asked, feeds what they told of time."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

#: What is owed to hosts, and their robots.txt.
HOSTS: tuple[str, ...] = ()
#: What feeds told of time, where they moved, how they post.
FEEDS: tuple[str, ...] = ()


def upgrade() -> None:
    """Add what is missing; nothing that is there is changed."""
    for statement in (*HOSTS, *FEEDS):
        op.execute(statement)
