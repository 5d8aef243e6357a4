"""Whole journeys by real processes: newsrooms, yards in which crawlers run, and what must come of it.

Used by ``tests/end_to_end`` and ``tests/rehearsal``; looks at files, rows and exit codes only.
"""

from tests.journey.newsroom import control, newsroom
from tests.journey.oracle import ENOUGH, Judgement, differences, judge, likeness, plain_text, unnumbered
from tests.journey.stand import Stand, stand
from tests.journey.yard import ROOT, Ended, Running, Yard, until

__all__ = [
    "ENOUGH",
    "ROOT",
    "Ended",
    "Judgement",
    "Running",
    "Stand",
    "Yard",
    "control",
    "differences",
    "judge",
    "likeness",
    "newsroom",
    "plain_text",
    "stand",
    "unnumbered",
    "until",
]
