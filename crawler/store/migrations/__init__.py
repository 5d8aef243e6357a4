"""Bringing a database to the newest version: one linear history, run under the archive's lock.

``writer`` asks for the version and imports this room (and Alembic) only when there is work.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from crawler.errors import StoreError


def upgrade(connection: Connection) -> None:
    """Run every migration that is missing, inside the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", "crawler.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StoreError(
            f'migration: table "{broken[0]}" refers to rows that are not there; restore a backup'
        )
