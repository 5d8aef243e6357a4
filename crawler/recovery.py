"""What a start does about the last stop: finish what is whole, give back what is not.

Idempotent: a second recovery changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.ports import Archive, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a recovery found."""

    finished: int = 0  #: files were whole: the revision is done
    dropped: int = 0  #: files were not: the item is due again
    swept: int = 0  #: temporary files removed
    cut: int = 0  #: bytes of torn records cut off the raw archive
    damaged: tuple[str, ...] = ()  #: files of it with a broken record before a whole one


async def recover(store: Store, archive: Archive) -> Recovered:
    """Settle every intended revision by what lies on the disk.

    What a crash left half-written is swept first: a second crash would otherwise find every revision
    settled, and nobody would look for its remains again.
    """
    finished = dropped = 0
    unfinished = await store.unfinished()
    swept = await archive.sweep() if unfinished else 0
    for intent in unfinished:
        done = (
            await archive.digest(intent.document.path) == intent.document.digest
            and await archive.digest(intent.qrcode.path) == intent.qrcode.digest
        )
        await store.resolve(intent, done=done)
        finished += done
        dropped += not done
    return Recovered(finished=finished, dropped=dropped, swept=swept)
