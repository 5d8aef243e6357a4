"""That a revision is in the log, and that an older head is the beginning of today's."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.errors import LogError
from crawler.logbook.contract import Leaves
from crawler.logbook.heads import grown
from crawler.model import Head
from crawler.transparency import merkle
from crawler.transparency.checkpoint import Checkpoint
from crawler.transparency.proof import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """Whether an older head is the beginning of the log."""

    holds: bool
    older: Checkpoint
    root: str  #: that the log has at the older head's size
    head: Head  #: the newest
    path: merkle.Path  #: consistency proof from the older head to the newest


async def prove(log: Leaves, number: int) -> Proof:
    """The proof of a leaf, up to the newest head; raises ``LogError``."""
    head = await _newest(log)
    if number > head.size:
        raise LogError(
            f"leaf {number} is younger than the newest head ({head.size} leaves): a head follows at the end of the "
            "run, from a daemon within [log] every, or with `crawler log head`"
        )
    statements = [leaf.statement for leaf in await log.leaves(number - 1, number) if leaf.statement]
    if not statements:
        raise LogError(f"leaf {number}: what it states is not in the database any more")
    tree = await _whole(log, head)
    return Proof(
        statement=statements[0],
        index=number - 1,
        size=head.size,
        path=tree.inclusion(number - 1),
        checkpoint=head.checkpoint,
    )


async def prefix(log: Leaves, older: Checkpoint) -> Prefix:
    """Whether the log begins as an older head says; raises ``LogError`` where it has become shorter."""
    head = await _newest(log)
    if older.size > head.size:
        raise LogError(
            f"the older head is of {older.size} leaves, the newest of {head.size}: leaves were taken away, or the "
            "database is older than that head"
        )
    tree = await _whole(log, head)
    root = tree.root(older.size)
    return Prefix(
        holds=root == older.root,
        older=older,
        root=root.hex(),
        head=head,
        path=tree.consistency(older.size),
    )


async def _newest(log: Leaves) -> Head:
    head = await log.head()
    if head is None:
        raise LogError("the log has no head yet: it gets one at the end of a run, or with `crawler log head`")
    return head


async def _whole(log: Leaves, head: Head) -> merkle.Tree:
    tree = await grown(log, merkle.EMPTY, head.size)
    if tree.root().hex() != head.root:
        raise LogError(
            f"the log's first {head.size} leaves have another root than their head: `crawler log verify` names "
            "what was changed"
        )
    return tree
