"""The contracts between the flow and the outside world, in prose.

The flow (``pipeline``, ``slices``, ``recovery``, ``engine``) knows only these; ``app.py`` picks
who keeps them.
"""

from crawler.ports.archive import Archive, Chronicle, RawArchive, RawIndex
from crawler.ports.disk import Hold, Space, once
from crawler.ports.store import Backlog, Clock, Store, Subscriptions
from crawler.ports.web import Hubs, Politeness, Pushes, Web
from crawler.ports.workers import Frames, Workers

__all__ = [
    "Archive",
    "Backlog",
    "Chronicle",
    "Clock",
    "Frames",
    "Hold",
    "Hubs",
    "Politeness",
    "Pushes",
    "RawArchive",
    "RawIndex",
    "Space",
    "Store",
    "Subscriptions",
    "Web",
    "Workers",
    "once",
]
