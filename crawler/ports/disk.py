"""The disks below an archive, and what is done when they take nothing more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from crawler.model import Disk

T = TypeVar("T")


class Space(Protocol):
    """The disks that files and database lie on, and a ballast on each that can be given up."""

    async def look(self) -> tuple[Disk, ...]:
        """What the system says of them."""
        ...

    async def takes_writing(self) -> bool:
        """Whether each takes a small file, durably."""
        ...

    async def lay_aside(self) -> bool:
        """Have the ballast; False: no room for it; raises ``ArchiveError`` where room is not what it lacks."""
        ...

    async def give_up(self) -> bool:
        """Remove the ballast; whether there was any."""
        ...


class Hold(Protocol):
    """Does work; what fails for a full disk is done again when there is room, as long as anybody waits."""

    async def __call__(self, work: Callable[[], Awaitable[T]]) -> T:
        """What ``work`` returns or raises; it must be whole or not done at all."""
        ...


async def once(work: Callable[[], Awaitable[T]]) -> T:
    """A ``Hold`` that holds nothing: where nobody watches the disks."""
    return await work()
