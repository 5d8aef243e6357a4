"""Alembic's entry: runs the migrations over the connection it is handed."""

from __future__ import annotations

from alembic import context

from crawler.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by writing it anew
    transactional_ddl=False,  # the caller's transaction is around all of it
)
context.run_migrations()
