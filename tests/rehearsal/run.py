"""Crawl a wire as a process, again, and again with kills; then judge what lies there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.journey import ENOUGH, Judgement, Yard, judge, newsroom, unnumbered
from tests.wire import Release, SampleWire

PATIENCE = 3600.0  #: seconds for one crawl


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """What a rehearsal found."""

    releases: int
    feeds: int
    seconds: float = 0.0  #: of the undisturbed crawl
    code: int = 0  #: its exit code
    judgement: Judgement = field(default_factory=Judgement)
    fallbacks: int = 0  #: articles from the feed's own content although every page is there
    again: int = 0  #: files that a second crawl changed or added
    kills: list[int] = field(default_factory=list)  #: articles that lay there at each kill
    differing: list[str] = field(default_factory=list)  #: paths at which the killed archive is another

    @property
    def bands(self) -> dict[str, int]:
        """How many bodies score how well."""
        edges = (1.0, 0.999, ENOUGH, 0.99, 0.98, 0.95, 0.0)
        left = sorted(self.judgement.scores.values())
        counts: dict[str, int] = {}
        for edge in edges:
            counts[f"≥ {edge:.1%}"] = sum(score >= edge for score in left)
            left = [score for score in left if score < edge]
        return counts

    def violations(self, *, torn: int = 0) -> int:
        """How much is not as it must be; ``torn`` bodies may be below the mark."""
        judged = self.judgement
        bodies = max(0, len(judged.torn) - torn)
        others = judged.faults - len(judged.torn)
        return others + bodies + self.fallbacks + self.again + len(self.differing) + (self.code != 0)


def sample(releases: Sequence[Release], limit: int | None) -> list[Release]:
    """At most ``limit`` releases, evenly over the file, so that every wire is heard.

    Records that break off ("[…]") are none: their pages are teasers, and told as such.
    """
    releases = [release for release in releases if not release.paragraphs[-1].rstrip(" ]").endswith("…")]
    if limit is None or limit >= len(releases):
        return list(releases)
    return [releases[int(number * len(releases) / limit)] for number in range(limit)]


def rehearse(
    releases: Sequence[Release], *, folder: Path, kills: int, seed: int, tell: Callable[[str], None]
) -> Rehearsal:
    """Three crawls of one wire: undisturbed, once more, and one that is killed and started again."""
    with newsroom(releases=releases, seed=seed) as wire, Yard(folder / "undisturbed") as yard:
        found = Rehearsal(releases=len(wire.postings), feeds=len(wire.feeds))
        tell(f"crawling {found.releases} releases in {found.feeds} feeds")
        _crawl(wire, yard, found)
        tell("crawling once more")
        files = yard.files()
        yard.crawl(seconds=PATIENCE)
        found.again = len(files.items() ^ yard.files().items())
        tell(f"crawling with {kills} kills")
        with Yard(folder / "killed") as other:
            _disturb(wire, other, found, kills, seed)
            ours, theirs = unnumbered(files), unnumbered(other.files())
        found.differing = sorted(
            path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)
        )
        return found


def _crawl(wire: SampleWire, yard: Yard, found: Rehearsal) -> None:
    began = time.monotonic()
    found.code = yard.configure(wire.config()).crawl(seconds=PATIENCE).code
    found.seconds = time.monotonic() - began
    found.judgement = judge(wire.postings, yard.documents())
    [row] = yard.rows("SELECT count(*) AS n FROM articles WHERE state <> 'archived'")
    found.fallbacks = row["n"]


def _disturb(wire: SampleWire, yard: Yard, found: Rehearsal, kills: int, seed: int) -> None:
    rng = Random(f"{seed}:kills")
    yard.configure(wire.config())
    for _ in range(kills):
        if yard.kill_after(rng.randrange(1, max(2, found.releases * 3 // (2 * kills)))):
            found.kills.append(yard.count())
    found.code = yard.crawl(seconds=PATIENCE).code or found.code
