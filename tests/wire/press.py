"""Who publishes what, where and when: releases → postings at their sites."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from tests.wire import prose
from tests.wire.release import Release
from tests.wire.wires import Posting, Site

_SYNDICATED = 12  #: one release in so many also goes to a second wire of its language


class Press:
    """Writes releases, or takes those from outside, and posts them."""

    def __init__(self, seed: int, sites: Sequence[Site]) -> None:
        self.seed = seed
        self.sites = tuple(sites)
        self.releases: list[Release] = []  #: in the order of publication
        self.postings: dict[str, list[Posting]] = {}  #: by the release's key

    def write(self, published: datetime) -> list[Posting]:
        """Write the next release for the site whose turn it is."""
        number = len(self.releases)
        site = self.sites[number % len(self.sites)]
        languages = site.wire.languages
        language = languages[number // len(self.sites) % len(languages)]
        release = prose.write(
            self.seed,
            number,
            wire=site.wire.name,
            language=language,
            published=published,
            stride=len(self.sites),
        )
        return self._post(release, site)

    def take(self, release: Release) -> list[Posting]:
        """Post a release from outside at the site of its wire's name."""
        named = [site for site in self.sites if site.wire.name == release.wire]
        return self._post(release, named[0] if named else self.sites[len(self.releases) % len(self.sites)])

    def _post(self, release: Release, home: Site) -> list[Posting]:
        rng = Random(f"{self.seed}:{release.key}:second")
        others = [
            site for site in self.sites if site is not home and site.wire.languages[0] == release.language
        ]
        twice = others and release.kind != "record" and rng.randrange(_SYNDICATED) == 0
        self.releases.append(release)
        posted = [home.post(release)]
        if twice:
            posted.append(rng.choice(others).post(release))
        self.postings[release.key] = posted
        return posted


def spread(newest: datetime, span: timedelta, count: int, seed: int) -> list[datetime]:
    """``count`` whole minutes up to ``newest``, oldest first, at uneven distances."""
    rng = Random(f"{seed}:dates")
    step = span / max(count, 1)
    dates = [newest - step * (count - 1 - number + 0.8 * rng.random()) for number in range(count - 1)]
    return [date.replace(second=0, microsecond=0) for date in [*dates, newest][:count]]
