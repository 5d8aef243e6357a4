"""Exports of a crawled archive, judged by the tools of those who defined the formats."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey import Yard, newsroom
from tests.replay.checking import compare
from tests.replay.tools import closed, run, wayback

pytestmark = [pytest.mark.pywb, pytest.mark.xdist_group("pywb")]


@pytest.fixture(scope="module")
def yard(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """A crawled archive of eight releases, one of them taken down."""
    with (
        newsroom(releases=8, wires=2, seed=3) as wire,
        Yard(tmp_path_factory.mktemp("exported")) as found,
    ):
        assert found.configure(wire.config(), processes=1).crawl().code == 0
        ended = found.run("takedown", "2", "--reason", "Asked for", "--yes", "--raw")
        assert ended.code == 0, ended.err
        yield found


def test_wacz_validate_passes_and_pywb_replays_what_is_in_it(yard: Yard, tools: Path, tmp_path: Path) -> None:
    out = tmp_path / "all.wacz"
    told = yard.run("export", "wacz", str(out), "--json").json
    articles = yard.rows("SELECT count(*) AS n FROM articles WHERE revision > 0")[0]["n"]
    assert (told["articles"], told["pages"], told["broken"]) == (articles, articles - 1, [])
    checked = run(tools, "wacz", "validate", "-f", out)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "the passed WACZ is valid" in checked.stdout
    with zipfile.ZipFile(out) as package:
        package.extractall(tmp_path / "in")
    warcs = sorted((tmp_path / "in" / "archive").iterdir())
    assert run(tools, "warcio", "check", *warcs).stdout == ""
    (tmp_path / "pywb").mkdir()
    with wayback(tools, tmp_path / "pywb", warcs) as served:
        found = compare(served, warcs)
        assert (found.wrong, found.answers > 6) == ([], True)
        pages = [json.loads(line) for line in (tmp_path / "in/pages/pages.jsonl").read_text().splitlines()]
        for page in pages[1:]:
            stamp = "".join(sign for sign in page["ts"] if sign.isdigit())[:14]
            assert served.raw(page["url"], stamp)[0] == 200


def test_bagit_validates_a_bag(yard: Yard, tools: Path, tmp_path: Path) -> None:
    ended = yard.run("export", "bagit", str(tmp_path / "bag"), "--article", "1", "--article", "2")
    assert ended.code == 0, ended.err
    checked = run(tools, "bagit.py", "--validate", tmp_path / "bag")
    assert checked.returncode == 0, checked.stderr
    file = next((tmp_path / "bag" / "data" / "content").rglob("*.md"))
    file.write_bytes(file.read_bytes() + b" ")
    assert run(tools, "bagit.py", "--validate", tmp_path / "bag").returncode != 0


def test_every_page_of_a_crawl_replays_as_it_was_sent(yard: Yard, tools: Path, tmp_path: Path) -> None:
    with wayback(tools, tmp_path, closed(yard.archive)) as served:
        found = compare(served, closed(yard.archive))
    assert found.wrong == []
    assert found.answers > 10
