"""The real way: a stand serves feeds and pages full of hostile bodies, the crawler crawls them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

from tests.journey import Yard
from tests.journey.stand import Answer, Stand, stand
from tests.xss.bodies import BODIES
from tests.xss.ways import TITLE, WAYS, Way, as_bytes, feed

Parcel = tuple[Way, str]  #: a way and the name of the body that comes by it


def every() -> list[Parcel]:
    """Every body by every way."""
    return [(way, name) for way in WAYS for name in BODIES]


def rotating() -> list[Parcel]:
    """Every body by one way, every way by many bodies."""
    return [(way, name) for way, name in zip(itertools.cycle(WAYS), BODIES, strict=False)]


def crawl(folder: Path, parcels: Iterable[Parcel], *, seconds: float = 120) -> Yard:
    """A yard whose archive holds what came of the parcels; a feed for each way."""
    by_way: dict[str, list[Parcel]] = {}
    for way, name in parcels:
        by_way.setdefault(way.name, []).append((way, name))
    yard = Yard(folder)
    with yard, stand() as opened:
        tables = [_serve(opened, mine) for mine in by_way.values()]
        yard.configure("\n".join(tables))
        ended = yard.crawl(seconds=seconds)
        assert ended.code in {0, 1}, ended.err
    return yard


def _serve(opened: Stand, parcels: list[Parcel]) -> str:
    """Feed and pages of one way; the feed's table in the configuration."""
    way, items = parcels[0][0], []
    for _, name in parcels:
        path, title = f"/{way.name}/{name}", f"{TITLE} {way.name} {name}"
        items.append(way.item(BODIES[name], f"{opened.url}{path}", title))
        if way.page:
            opened.answers[path] = Answer(as_bytes(way.page(BODIES[name], title)))
    kind, data = feed(way.format, items, base=opened.url)
    opened.answers[f"/feed/{way.name}"] = Answer(data, type=kind)
    return opened.table(f"/feed/{way.name}", name=way.name)
