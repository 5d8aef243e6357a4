"""Where a run can be hurt: every system call of its write path, found by tracing it once with strace."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: System call → the faults that make sense for it.
FAULTS: dict[str, tuple[str, ...]] = {
    "openat": ("KILL", "EIO", "ENOSPC", "EMFILE"),
    "write": ("KILL", "EIO", "ENOSPC"),
    "pwrite64": ("KILL", "EIO", "ENOSPC"),
    "writev": ("KILL", "EIO", "ENOSPC"),
    "fsync": ("KILL", "EIO", "ENOSPC"),
    "fdatasync": ("KILL", "EIO", "ENOSPC"),
    "rename": ("KILL", "EIO", "ENOSPC"),
    "renameat": ("KILL", "EIO", "ENOSPC"),
    "renameat2": ("KILL", "EIO", "ENOSPC"),
    "ftruncate": ("KILL", "EIO"),
    "fallocate": ("KILL", "EIO", "ENOSPC"),
    "unlink": ("KILL", "EIO"),
    "unlinkat": ("KILL", "EIO"),
    "mkdir": ("KILL", "EIO", "ENOSPC"),
    "mkdirat": ("KILL", "EIO", "ENOSPC"),
    "rmdir": ("KILL", "EIO"),
    "linkat": ("KILL", "EIO", "ENOSPC"),
    "copy_file_range": ("KILL", "EIO", "ENOSPC"),
    "flock": ("KILL", "EIO"),
    "fcntl": ("KILL", "EIO"),
    "close": ("KILL",),
}
ALL_FAULTS = ("KILL", "EIO", "ENOSPC", "EMFILE")
_CALL = re.compile(r"^(?:(\d+) +)?(\w+)\((.*)$")
_WRITES = re.compile(r"O_CREAT|O_WRONLY|O_RDWR")
_LOCKS = re.compile(r"F_(?:OFD_)?SETLK")


#: What a run does, in this order but for the second and the third.
STAGES = ("opening", "work", "rotation", "closing")
_ROTATION = re.compile(r"\.cdxj|\.warc\.gz\.open\W.*(?:O_CREAT|\.warc\.gz\W)")


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """The ``k``-th call of one kind in a thread, and what is done to it."""

    fault: str
    call: str
    k: int
    stage: str = field(compare=False)  #: opening (with the migration), work, rotation of a raw file, closing

    @property
    def key(self) -> str:
        """Its name in the results."""
        return f"{self.fault} {self.call} {self.k}"

    def option(self) -> str:
        """As strace takes it."""
        done = "signal=KILL" if self.fault == "KILL" else f"error={self.fault}"
        return f"inject={self.call}:{done}:when={self.k}"


def missing() -> str | None:
    """Why nothing can be traced here; None if it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True)
    return f"ptrace is not allowed here: {tried.stderr.strip()}" if tried.returncode else None


def attach(pid: int, *options: str, out: Path) -> subprocess.Popen[str]:
    """Trace a process that stands still, and let it go when every call is seen."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-p", str(pid), "-o", str(out), *options], stderr=subprocess.PIPE, text=True
    )
    assert tracer.stderr is not None
    line = tracer.stderr.readline()
    if "attached" not in line:
        tracer.kill()
        tracer.wait()
        raise RuntimeError(f"strace: {line.strip()}")
    return tracer


def trace_options() -> tuple[str, ...]:
    """To see every call that can be hurt."""
    return ("-y", "-e", f"trace={','.join(FAULTS)}")


def found(
    trace: Path, places: Sequence[Path], faults: Iterable[str] = ALL_FAULTS, *, staged: bool = True
) -> Iterator[Point]:
    """The points of a traced run: those calls that have to do with ``places``; all of one stage if not ``staged``."""
    counts: Counter[tuple[str, str]] = Counter()
    wanted, seen = frozenset(faults), set()
    lines = trace.read_text(encoding="utf-8", errors="replace").splitlines()
    begin = next((at for at, line in enumerate(lines) if "/warc/" in line), 0)
    end = max((at for at, line in enumerate(lines) if "/content/" in line), default=len(lines))
    for at, line in enumerate(lines):
        read = _CALL.match(line)
        if read is None or read[2] not in FAULTS:
            continue
        thread, call, told = read[1] or "", read[2], read[3]
        counts[thread, call] += 1
        k = counts[thread, call]
        if not any(str(place) in told for place in places) or (call == "fcntl" and not _LOCKS.search(told)):
            continue
        stage = "opening" if at < begin else "closing" if at > end else "work"
        stage = "rotation" if stage == "work" and _ROTATION.search(told) else stage
        stage = stage if staged else "work"
        for fault in FAULTS[call]:
            harmless = call == "openat" and fault != "EMFILE" and not _WRITES.search(told)
            if fault in wanted and not harmless and (call, fault, k) not in seen:
                seen.add((call, fault, k))
                yield Point(fault, call, k, stage)
