"""``python -m tests.replay TOOLS ARCHIVE PORT|check``: what ``scripts/replay`` does."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

from tests.replay.checking import compare
from tests.replay.tools import closed, run, wayback


def main(tools: Path, root: Path, what: str) -> int:
    """Serve until Ctrl-C, or compare every answer."""
    files = closed(root)
    if not files:
        print(f"scripts/replay: {root}/warc: no file is closed yet; stop the crawler first", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        if what != "check":
            with wayback(tools, Path(folder), files, int(what)) as served:
                print(f"http://127.0.0.1:{served.port}/wires/ shows what {root} kept; Ctrl-C ends it")
                try:
                    signal.pause()
                except KeyboardInterrupt:
                    return 0
            return 0
        checked = run(tools, "warcio", "check", *files)
        print(checked.stdout, end="")
        with wayback(tools, Path(folder), files) as served:
            found = compare(served, files)
    print(
        f"{found.answers} answers replayed from {len(files)} files, {len(found.wrong)} not as they were kept"
    )
    for line in found.wrong:
        print(f"  {line}")
    return 1 if found.wrong or checked.returncode or checked.stdout else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
