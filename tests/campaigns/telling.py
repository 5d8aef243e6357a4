"""What a campaign says: lines while it works, its figures at the end."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any


def progress(line: str) -> None:
    """A line for the one who waits."""
    print(line, file=sys.stderr, flush=True)


def figures(found: Any, *, as_json: bool) -> int:
    """Print a dataclass of figures that counts its ``violations``; the exit code: 1 if there is one."""
    if as_json:
        print(json.dumps(asdict(found) | {"violations": found.violations}, indent=2))
    else:
        for name, value in asdict(found).items():
            print(f"{name:<16}{value}")
    return 1 if found.violations else 0
