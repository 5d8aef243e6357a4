"""The pages that all contestants read: plain ``.html`` files in one folder."""

from __future__ import annotations

from pathlib import Path

from tests.bench.process import BenchError
from tests.wire import SampleWire, page, read_folder


def lay_out(given: Path | None, folder: Path, *, limit: int | None) -> int:
    """Write the given folder's pages (or releases of the sample wire) to ``folder``; how many."""
    pages = _sample(limit or 200) if given is None else _given(given, limit)
    folder.mkdir()
    for name, body in pages.items():
        (folder / name).write_bytes(body)
    return len(pages)


def _given(given: Path, limit: int | None) -> dict[str, bytes]:
    if not given.is_dir():
        raise BenchError(f"{given}: no such folder; name one with *.html or *.html.gz files")
    pages = {path.strip("/").replace("/", "-"): body for path, body, _ in read_folder(given, limit=limit)}
    if not pages:
        raise BenchError(f"{given}: holds no *.html or *.html.gz files")
    return pages


def _sample(count: int) -> dict[str, bytes]:
    """Pages as twelve invented newsrooms lay them out; a release that several carry counts once."""
    wire = SampleWire(releases=count)
    firsts = [postings[0] for postings in wire.press.postings.values()]
    return {f"release-{number:05}.html": page.render(posting) for number, posting in enumerate(firsts, 1)}
