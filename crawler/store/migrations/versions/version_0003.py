"""WebSub: who pushes a feed."""

from __future__ import annotations

from alembic import op

from crawler.store.migrations.versions import version_0002

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    """
    CREATE TABLE subscriptions (
        feed_id INTEGER NOT NULL, hub TEXT NOT NULL, topic TEXT NOT NULL, callback TEXT NOT NULL,
        token_sha256 TEXT NOT NULL, secret TEXT NOT NULL, state TEXT NOT NULL, next_at TEXT NOT NULL,
        requested_at TEXT, verified_at TEXT, lease_until TEXT, called_at TEXT, last_push_at TEXT,
        missed_at TEXT, not_before TEXT, pushes INTEGER NOT NULL, forged INTEGER NOT NULL,
        failures INTEGER NOT NULL, note TEXT, PRIMARY KEY (feed_id),
        FOREIGN KEY(feed_id) REFERENCES feeds (id), UNIQUE (token_sha256)
    )
    """,
    """
    CREATE VIEW feed_subscriptions AS
        SELECT f.id AS feed_id, f.name AS feed, s.state, s.hub, s.topic, s.requested_at, s.verified_at,
               s.lease_until, s.next_at, s.last_push_at, s.pushes, s.forged, s.failures, s.note
        FROM subscriptions s
        JOIN feeds f ON f.id = s.feed_id
    """,
)


def upgrade() -> None:
    """Make the table and its view.

    The first crawlers that wrote "0002" into a database changed nothing else in it: that is done now.
    """
    hosts = op.get_bind().exec_driver_sql("PRAGMA table_info(hosts)")
    if "next_allowed_at" not in {column[1] for column in hosts}:
        version_0002.upgrade()
    for statement in STATEMENTS:
        op.execute(statement)
