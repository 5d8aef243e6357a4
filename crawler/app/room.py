"""The reserve, put together: the disks of archive and database, and who is told when they are full."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crawler.archive.space import Space
from crawler.config import Config
from crawler.ports import Clock
from crawler.reserve import Reserve

__all__ = ["Reserve", "reserved"]


@contextmanager
def reserved(config: Config, clock: Clock) -> Iterator[Reserve]:
    """What watches the disks of this configuration."""
    settings = config.archive
    space = Space(settings.root, config.database, ballast=settings.ballast)
    try:
        yield Reserve(space=space, clock=clock, low_water=settings.low_water)
    finally:
        space.close()
