"""Measured against real pages whose text is known; the figures are the project's promise."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.extract import extract
from crawler.model import Entry
from crawler.quality import judge
from tests.extract.pages import page

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
PAGES = SHARED / "data" / "pages"


@pytest.mark.no_cover
@pytest.mark.shared
def test_releases_in_real_frames_are_read_nearly_perfectly(tmp_path: Path) -> None:
    if not PAGES.is_dir():
        pytest.skip("the measuring data are not beside the project")
    evaluate = [sys.executable, SHARED / "tools" / "extraction" / "evaluate.py", PAGES / "wire"]
    subprocess.run(
        [
            *evaluate,
            "--cmd",
            f"{ROOT / 'scripts' / 'read-pages'} 2>/dev/null",
            "--json",
            tmp_path / "figures",
        ],
        check=True,
    )
    figures = json.loads((tmp_path / "figures").read_text())
    assert figures["F1pg"] >= 0.99
    assert figures["title"] >= 0.95
    assert figures["date"] >= 0.95


@pytest.mark.no_cover
@pytest.mark.shared
def test_real_articles_are_hardly_ever_refused() -> None:
    if not PAGES.is_dir():
        pytest.skip("the measuring data are not beside the project")
    golds = [json.loads(line) for line in (PAGES / "gold.jsonl").read_text().splitlines()][::6]
    refused = []
    for gold in golds:
        body = gzip.decompress((PAGES / gold["html"]).read_bytes())
        found = extract(page(body, content_type="", url=gold["url"]), want_date=False)
        verdict = judge(found, Entry(key="k", position=0, title=gold.get("title")), 200)
        if not verdict.ok:
            refused.append((gold["id"], verdict.reasons))
    assert len(refused) <= len(golds) / 100, refused
