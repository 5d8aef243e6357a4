"""What looking through an archive finds, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: error: something is lost, altered or contradicts · warning: nothing is lost, and ``repair`` can mend it ·
#: notice: a crash's remains that harm nothing; alone they leave an archive clean.
Severity = Literal["error", "warning", "notice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it must be."""

    code: str  #: stable: "F202" (``crawler.audit.codes``)
    severity: Severity
    what: str  #: one sentence
    where: str  #: path below the root, "table:id", or "path:offset" of a raw record
    cure: str
    article: int | None = None  #: that is concerned
    wanted: str | None = None  #: as it must be, where that is one value
    found: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """What ``repair`` makes of a finding."""

    finding: Finding
    done: bool  #: True also without ``--apply``: it would be
    deed: str  #: what was (or would be) done; why nothing can be
