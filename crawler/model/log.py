"""The log of revisions: its leaves and its heads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler.model.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A revision's place in the log."""

    number: int  #: 1 for the first; its index in the tree is one less
    hash: str
    at: datetime
    revision_id: int | None = None  #: None: its row was lost
    statement: str | None = None  #: whose hash it is
    code: str | None = None  #: of the article
    source_key: str | None = None
    newest: bool = False  #: whether it is its article's newest revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the log was at a moment: so many leaves, this root, who vouches for it."""

    size: int
    root: str
    at: datetime
    checkpoint: str  #: the signed note
    compact_range: tuple[str, ...]  #: hashes of the perfect subtrees, the largest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A leaf, and what the rows say today of its revision."""

    leaf: Leaf
    told: Statement | None  #: by the rows; None: they are lost
    state: str  #: of the revision: "done", "superseded", …
    path: str  #: where its file lies today


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """An article, and the newest of its revisions that is among the first leaves of the log."""

    article: int
    source_key: str
    code: str
    leaf: int | None  #: its number; None: none of them is
    statement: str | None  #: None: it is withheld, or lost
    newest: bool  #: whether no newer revision waits for the next head


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A proof that holds, and what else was looked at."""

    article: int
    revision: int
    reason: str
    title: str
    path: str  #: of its file
    sha256: str
    leaf: int  #: 1 for the first
    size: int  #: leaves of the log then
    origin: str
    signatures: str  #: "signed" by a key that was named, "unsigned" by any of these, "unchecked": none was
    signed_by: list[str]
    file: str | None  #: "as logged", "altered"; None: none was given

    @property
    def whole(self) -> bool:
        """Whether nothing is missing to believe it."""
        return self.signatures == "signed" and self.file != "altered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An older head and the log of today."""

    consistent: bool  #: the log begins as the older head says
    signatures: str  #: of the older head: "signed", "unsigned", "forged", "unchecked"
    origin: str
    older_size: int
    older_root: str
    root: str  #: that the log has at that size
    size: int  #: of the newest head
    checkpoint: str  #: the newest head
    proof: list[str]  #: from the older to the newest (RFC 9162 §2.1.4)
