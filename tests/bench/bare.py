"""Contestant: bare trafilatura over a folder of files on all cores; results are only counted.

``python -m tests.bench.bare FOLDER OUT``; OUT gets a line for each page.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from pathlib import Path

from trafilatura import bare_extraction


def read(path: Path) -> tuple[str, bool, float]:
    """The page's name, whether an article was found in it, and when that was known."""
    url = f"https://wire.example/{path.name}"
    found = bare_extraction(path.read_bytes(), url=url, with_metadata=True, include_comments=False)
    return path.name, found is not None, time.time()


def main(folder: Path, out: Path) -> None:
    """Read all pages; forked processes share what is imported already, which is best for them."""
    paths = sorted(folder.iterdir())
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool, out.open("w") as lines:
        for name, found, at in pool.imap_unordered(read, paths, chunksize=2):
            lines.write(json.dumps({"page": name, "found": found, "at": at}) + "\n")
        pool.close()
        pool.join()  # so that their CPU time is counted


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
