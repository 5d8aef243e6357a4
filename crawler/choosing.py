"""One rule for every field: candidates stand in order of trust, the first without a fault wins.

Used by ``summary.py`` and ``article.py``; what was said against a candidate is its note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crawler.model import Candidate, Choice

LATER = "another came first"


def settled(candidates: Sequence[Candidate], *resorts: Candidate) -> tuple[Candidate, tuple[Candidate, ...]]:
    """The first without a note, and the other candidates that have a value, each with its note.

    A last resort is no loser where it was not needed: it is known from the other fields.  One of
    all has no note (``StopIteration`` otherwise).
    """
    winner = next(candidate for candidate in (*candidates, *resorts) if not candidate.note)
    losers = (
        replace(candidate, note=candidate.note or LATER)
        for candidate in candidates
        if candidate.value and candidate is not winner
    )
    return winner, tuple(losers)


def choice(
    field: str, rules: Mapping[str, str], candidates: Sequence[Candidate], *resorts: Candidate
) -> Choice:
    """A field's choice among ``candidates``; ``rules`` says why, by the winner's source."""
    winner, losers = settled(candidates, *resorts)
    return Choice(field=field, winner=winner, rule=rules[winner.source], losers=losers)
