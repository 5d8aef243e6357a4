"""What the system lets a process have open: raised where it may be, lived with where not.

A crawler that runs out of descriptors loses its database and its files, not only its sockets.
"""

from __future__ import annotations

import resource
from contextlib import suppress

from crawler.config import Config

#: Descriptors for everything but sockets to the web: database, archive, workers, names, log, modules.
RESERVE = 40
LEAST = 2  #: sockets with which one can still crawl


def fitted(config: Config) -> Config:
    """The configuration with no more connections than the process may have descriptors for."""
    wanted = config.web.connections + RESERVE + config.workers.processes
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):  # some systems have a lower ceiling than they tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        room = max(LEAST, soft - RESERVE - config.workers.processes)
        if room < config.web.connections:
            return config.model_copy(update={"web": config.web.model_copy(update={"connections": room})})
    return config
