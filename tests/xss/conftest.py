"""What came of the hostile bodies, once for all tests of this folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.document import Document
from tests.xss import site
from tests.xss.bodies import BODIES
from tests.xss.crawl import rotating
from tests.xss.passage import archived
from tests.xss.ways import WAYS


@pytest.fixture(scope="session")
def documents() -> dict[str, Document]:
    """Every body by its page, and by one of all ways in turn."""
    parcels = [*((WAYS[0], name) for name in BODIES), *rotating()]
    found = {f"{way.name}-{name}": archived(way, name, BODIES[name]) for way, name in parcels}
    return {name: replace(document, url=name) for name, document in found.items() if document}


@pytest.fixture(scope="session")
def public(documents: dict[str, Document], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of those articles that came by the ways in turn, each at the address that is its name."""
    return site.build(tmp_path_factory.mktemp("hostile"), site.files(documents))
