"""Who vouches for a head: its signatures, as far as keys are known that are trusted."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.logbook.contract import Check
from crawler.transparency.checkpoint import Note, PublicKey


class Seal(enum.StrEnum):
    """What the signatures of a head are worth."""

    GOOD = "signed"  #: by a key that is trusted
    FORGED = "forged"  #: a signature names a key that is trusted, which did not make it
    NONE = "unsigned"  #: by no key that is trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The keys that are believed; several where one has followed on another."""

    keys: Sequence[PublicKey]
    check: Check

    def seal(self, note: Note) -> Seal:
        """A single forged signature spoils a note, whatever else stands below it."""
        told = [(key, one) for key in self.keys for one in note.by(key)]
        if not told:
            return Seal.NONE
        return Seal.GOOD if all(self.check(key, one, note.text) for key, one in told) else Seal.FORGED

    def signers(self, note: Note) -> list[str]:
        """Names of the trusted keys whose signatures are right."""
        return [key.name for key in self.keys if any(self.check(key, one, note.text) for one in note.by(key))]
