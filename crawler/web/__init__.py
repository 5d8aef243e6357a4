"""Everything that leaves this machine goes through here: guard, gate, robots, limits, retries.

The flow sees one class, ``Door``, which keeps the ``Web`` port.
"""

from crawler.web.connector import Resolver
from crawler.web.fetcher import Door

__all__ = ["Door", "Resolver"]
