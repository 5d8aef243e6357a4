"""The script that answers for the parser in JSON lines, as outside programs see it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.feeds.samples import item, rss

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def answers(tasks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the script says to these tasks."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/read-feeds"],
        input="".join(json.dumps(task) + "\n" for task in tasks),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_line_is_answered_and_what_is_no_feed_is_an_error(tmp_path: Path) -> None:
    feed, page = tmp_path / "feed.xml", tmp_path / "page.html"
    date = "<pubDate>Tue, 05 Mar 2024 10:30 BST</pubDate>"
    feed.write_text(
        rss(item(1, date), item(1, date), item(2, "<guid>/2</guid>")).replace("https://wire.example", "")
    )
    page.write_text("<!DOCTYPE html><html><title>Just a moment...</title></html>")
    good, bad, gone = answers(
        {"id": name, "path": str(path), "headers": None, "base": "https://wire.example/feeds/all.xml"}
        for name, path in (("a", feed), ("b", page), ("c", tmp_path / "nothing"))
    )
    links = [entry["link"] for entry in good["entries"]]
    assert links == [f"https://wire.example/news/{number}" for number in (1, 1, 2)], (
        "every item, repeated ones too"
    )
    assert [entry["id"] for entry in good["entries"]] == [links[0], links[0], "/2"]
    assert good["entries"][0]["published"] == "2024-03-05 09:30:00+00:00"
    assert good["entries"][2]["published"] is None
    assert bad["id"] == "b"
    assert bad["error"].startswith("NotAFeed: the body is a bot wall")
    assert gone["error"].startswith("FileNotFoundError")


@pytest.mark.shared
def test_at_least_985_of_1000_feeds_are_read_wholly_as_asserted() -> None:
    if not (SHARED / "data/feeds/index.jsonl").exists():
        pytest.skip(f"no feed corpus at {SHARED / 'data/feeds'}")
    sys.path.insert(0, str(SHARED / "tools/feeds"))
    try:
        import evaluate  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    corpus = SHARED / "data/feeds"
    rows = [json.loads(line) for line in (corpus / "index.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if row.get("gold")]
    given = {answer["id"]: answer for answer in answers(
        {"id": row["id"], "path": str(corpus / row["file"]), "headers": row.get("headers"), "base": row.get("base")}
        for row in rows
    )}  # fmt: skip
    missed = [row["id"] for row in rows if evaluate.score(row["gold"], given[row["id"]])[1]]
    assert not [name for name in missed if name.startswith("wire-")]
    assert len(missed) <= 0.015 * len(rows), missed
