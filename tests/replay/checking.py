"""Every answer that was kept, asked for again from pywb and compared byte for byte."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.replay.tools import Kept, Wayback, kept


@dataclass(slots=True)
class Compared:
    """What came of it."""

    answers: int = 0
    wrong: list[str] = field(default_factory=list)


def compare(served: Wayback, files: Sequence[Path]) -> Compared:
    """Ask for each capture in its raw form.

    Of several captures of one address within one second, which a Wayback address cannot tell apart, any will do.
    """
    found, captures = Compared(), defaultdict[tuple[str, str], list[Kept]](list)
    for one in kept(files):
        captures[one.url, one.stamp].append(one)
    for (url, stamp), same in captures.items():
        found.answers += 1
        status, _, body = served.raw(url, stamp)
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        if (str(status), digest) not in {(one.status, one.digest) for one in same}:
            found.wrong.append(f"{stamp} {url}: {status}, {len(body)} bytes, {digest}")
    return found
