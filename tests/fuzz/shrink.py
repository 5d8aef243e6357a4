"""A finding made small, and kept as text, so that it never comes back unseen."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from tests.fuzz import hands
from tests.fuzz.hands import Finding

KEPT = Path(__file__).parent / "fuzz_seeds"
_SECONDS = 40.0  #: of wall time that making one small may take


def smallest(data: bytes, same: Callable[[bytes], bool], seconds: float = _SECONDS) -> bytes:
    """The shortest text found that still shows the fault: parts of halving size are left out in turn."""
    end, size = time.monotonic() + seconds, max(len(data) // 2, 1)
    while time.monotonic() < end:
        at, shorter = 0, False
        while at < len(data) and time.monotonic() < end:
            without = data[:at] + data[at + size :]
            if same(without):
                data, shorter = without, True
            else:
                at += size
        if size == 1 and not shorter:
            break
        size = size if shorter and size <= 4 else max(size // 2, 1)
    return data


def shrunk(finding: Finding, data: bytes) -> bytes:
    """The finding's input, as short as it gets without another sign."""
    return smallest(data, lambda shorter: hands.alone(finding.reader, shorter) == finding.sign)


def keep(finding: Finding, data: bytes, seed: int) -> Path:
    """Write an input as text: a remark, then one JSON string whose signs are the bytes (latin-1)."""
    sign = re.sub(r"[^a-z0-9]+", "-", finding.sign.lower()).strip("-")[:60]
    path = KEPT / f"{finding.reader}-{sign}.txt"
    remark = f"# {finding.sign}; reader {finding.reader}, seed {seed}, number {finding.number}\n"
    path.write_text(remark + json.dumps(data.decode("latin-1")) + "\n", encoding="ascii")
    return path


def kept(path: Path) -> tuple[str, bytes]:
    """Reader and input of a kept finding."""
    remark, text = path.read_text(encoding="ascii").split("\n", 1)
    match = re.search(r"; reader ([a-z-]+)", remark)
    assert match, f"{path.name}: the first line names no reader"
    return match[1], json.loads(text).encode("latin-1")
