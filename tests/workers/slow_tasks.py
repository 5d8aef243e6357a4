"""A tasks module whose warm-up ends only for the first child that comes."""

from __future__ import annotations

import os
import time
from pathlib import Path


def warm_up() -> None:
    """Take for ever, unless the folder ``first`` can still be made."""
    try:
        (Path(os.environ["TMPDIR"]) / "first").mkdir()
    except FileExistsError:
        time.sleep(600)
