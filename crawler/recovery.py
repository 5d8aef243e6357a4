"""What a start does about the last stop: finish what is whole, give back what is not.

Idempotent: a second recovery changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.errors import ArchiveError
from crawler.model import Intent, RawRecord, sha256
from crawler.outbox import put_files
from crawler.ports import Archive, RawArchive, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a recovery found."""

    finished: int = 0  #: files are whole: the revision is done
    restored: int = 0  #: … after they were put again from the raw archive
    dropped: int = 0  #: files were not: the item is due again
    swept: int = 0  #: temporary files removed
    cut: int = 0  #: bytes of torn records cut off the raw archive
    damaged: tuple[str, ...] = ()  #: files of it with a broken record before a whole one


async def recover(
    store: Store, archive: Archive, raw: RawArchive | None = None, *, torn: bool = False
) -> Recovered:
    """Settle every intended revision by what lies on the disk, or else in the raw archive.

    What a crash left half-written is swept first: a second crash would otherwise find every revision
    settled, and nobody would look for its remains again.  ``torn``: something else tells of a crash.
    """
    finished = restored = dropped = 0
    unfinished = await store.unfinished()
    swept = await archive.sweep() if unfinished or store.was_killed or torn else 0
    for intent in unfinished:
        done = await _whole(intent, archive)
        if not done and intent.kept is not None and raw is not None:
            done = await _put_again(intent, intent.kept, archive, raw)
            restored += done
        await store.resolve(intent, done=done)
        finished += done
        dropped += not done
    return Recovered(finished=finished, restored=restored, dropped=dropped, swept=swept)


async def _whole(intent: Intent, archive: Archive) -> bool:
    """Whether both files are there; then they are durable too, though the crash came before their fsync.

    Putting the same bytes again writes none of them.  Without it a power cut after a kill could take
    the files of a revision that was found, and is done.
    """
    files = []
    for file in (intent.qrcode, intent.document):
        if await archive.digest(file.path) != file.digest:
            return False
        files.append((file.path, await archive.get(file.path)))
    await archive.put_many(files)
    return True


async def _put_again(intent: Intent, kept: RawRecord, archive: Archive, raw: RawArchive) -> bool:
    """Write the files that a crash kept from being written; False where their testimony is gone."""
    try:
        told = await raw.testimony(kept)
    except ArchiveError:
        return False
    if (sha256(told.document), sha256(told.image)) != (intent.document.digest, intent.qrcode.digest):
        return False
    files = [(intent.qrcode.path, told.image), (intent.document.path, told.document)]
    await put_files(archive, files, older=intent.older)
    return True
