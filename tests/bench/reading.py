"""Processor time of reading pages, beside bare trafilatura over the same pages in the same run.

The two take turns page by page, so that a busy machine slows both alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from trafilatura import bare_extraction

from crawler.errors import NoArticle
from crawler.extract import Effort, extract
from crawler.model import Page, sha256

EFFORTS: tuple[Effort, ...] = ("fast", "balanced", "best")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Seconds of processor time by contestant, page by page."""

    bare: list[float]
    ours: dict[Effort, list[float]]


def run(folder: Path) -> Reading:
    """Read all pages of ``folder``."""
    found = Reading(bare=[], ours={effort: [] for effort in EFFORTS})
    for path in sorted(folder.iterdir()):
        body, url = path.read_bytes(), f"https://wire.example/{path.name}"
        found.bare.append(_seconds(_bare, body, url))
        for effort in EFFORTS:
            found.ours[effort].append(_seconds(_ours, body, url, effort))
    return found


def _bare(body: bytes, url: str) -> None:
    bare_extraction(body, url=url, with_metadata=True, include_comments=False)


def _ours(body: bytes, url: str, effort: Effort) -> None:
    page = Page(
        url=url, final_url=url, status=200, headers={}, body=body, digest=sha256(body), fetched_at=datetime.now(UTC)
    )  # fmt: skip
    try:
        extract(page, effort=effort)
    except NoArticle:
        return


def _seconds(read: Callable[..., None], *given: object) -> float:
    start = time.process_time()
    read(*given)
    return time.process_time() - start


def report(found: Reading) -> str:
    """A line for each effort: its whole time as a multiple of trafilatura's, and the median page's."""
    whole = sum(found.bare)
    lines = [f"{len(found.bare)} pages; trafilatura {1000 * whole / max(1, len(found.bare)):.1f} ms a page"]
    for effort, spent in found.ours.items():
        ratios = [own / bare for own, bare in zip(spent, found.bare, strict=True) if bare]
        lines.append(
            f"{effort:9} {sum(spent) / whole:.2f} of trafilatura's; median page {median(ratios):.2f}"
        )
    return "\n".join(lines)
