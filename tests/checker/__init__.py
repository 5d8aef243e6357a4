"""A judge of archives that shares no code with the crawler.

It reads the archive's files, its database and the origin's own log, and says of the invariants I1 to I8
what does not hold: ``judge``, or ``python -m tests.checker ARCHIVE_ROOT DB WIRE_LOG``.

I1 nothing that was served whole is lost · I2 nothing is doubled · I3 nothing is orphaned · I4 nothing is torn ·
I5 a restart asks nobody early or anew · I6 gap, one at a time, Retry-After, robots.txt · I7 no denied peer ·
I8 leftovers are bounded
"""

from tests.checker.judging import judge
from tests.checker.terms import INVARIANTS, Terms, Violation

__all__ = ["INVARIANTS", "Terms", "Violation", "judge"]
