"""Findings as a person and a program are told of them."""

from __future__ import annotations

import io
import json

from rich.console import Console

from crawler.audit.codes import finding
from crawler.model import Mending
from crawler.report import verify
from crawler.report.bars import Pulse, bars
from crawler.report.listing import print_json, show
from crawler.report.verify import BYTES

ERROR = finding("F202", "the file of article 7 was altered", "content/a.md", article=7, wanted="1", found="2")
NOTICE = finding("F309", "no row knows it", "warc/a.warc.gz:9")
WARNING = finding("F210", "no row knows this file: \x1b[31m\u202e", "content/\x1b[2J.md")


def console(*, terminal: bool = False) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=terminal, width=160, highlight=False), out


def test_the_gravest_come_first_and_foreign_names_steer_no_terminal() -> None:
    listing = verify.listing([NOTICE, WARNING, ERROR])
    assert [row["code"] for row in listing.rows] == ["F202", "F210", "F309"]
    for terminal in (True, False):
        shown, out = console(terminal=terminal)
        show(listing, shown, as_json=False)
        assert "\x1b[2J" not in out.getvalue()
        assert "\u202e" not in out.getvalue()
        assert "F202" in out.getvalue()


def test_a_summary_counts_and_a_program_gets_all_of_it() -> None:
    counts = {"articles": 2, "files": 5, "records": 9, "raw bytes": 3_100_000}
    assert verify.summary(counts, []) == "verified 2 articles, 5 files, 9 raw records (3.1 MB): clean"
    assert verify.summary({"articles": 1, "records": 1, "leaves": 1}, []) == (
        "verified 1 article, 1 raw record, 1 leaf of the log: clean"
    )
    assert verify.summary({}, [NOTICE]) == "verified nothing: 1 notice"
    assert verify.summary(counts, [ERROR, ERROR, WARNING]).endswith(": 2 errors, 1 warning")
    told = verify.plain(counts, [ERROR, NOTICE])
    shown, out = console()
    print_json(told, shown)
    assert json.loads(out.getvalue()) == told
    assert (told["clean"], told["found"]) == (False, {"error": 1, "warning": 0, "notice": 1})
    assert told["codes"] == {"F202": 1, "F309": 1}
    assert verify.plain({}, [NOTICE])["clean"]
    assert set(told["findings"][0]) == {
        "code", "severity", "what", "where", "cure", "article", "wanted", "found",
    }  # fmt: skip


def test_what_was_mended_is_told_apart_from_what_would_be() -> None:
    done = [
        Mending(finding=ERROR, done=True, deed="put again"),
        Mending(finding=WARNING, done=False, deed="cannot"),
    ]
    assert verify.deeds(done, apply=True) == "2 findings: 1 mended, 1 cannot be"
    assert verify.deeds(done[:1], apply=False) == "1 finding: 1 would be mended"
    assert [row["done"] for row in verify.mendings(done, apply=False).rows] == ["no", "would be"]
    assert [row["done"] for row in verify.mendings(done, apply=True).rows] == ["no", "yes"]
    told = verify.mended(done, apply=True)
    assert (told["applied"], told["mended"], told["left"]) == (True, 1, 1)


def test_in_a_pipe_a_line_now_and_then_says_how_far_it_is() -> None:
    (out, _), (err, lines), at = console(), console(), [0.0]
    watch = verify.Watch(out=out, err=err, pulse=Pulse(lambda: at[0]))
    watch.begin("articles", 100)
    watch.begin("places", None)
    watch.begin(BYTES, 2_000_000)
    watch.advance("articles", 10)
    at[0] = 31.0
    watch.advance("articles", 10)
    watch.found(ERROR)
    at[0] = 62.0
    watch.advance("places", 5)
    at[0] = 93.0
    watch.advance(BYTES, 1_000_000)
    watch.advance("records", 5)
    assert lines.getvalue().splitlines() == [
        "crawler: 20 of 100 articles, nothing found",
        "crawler: 5 places, 1 error",
        "crawler: 1.0 MB of 2.0 MB raw, 1 error",
    ]
    quiet = verify.Watch(out=out, err=err, quiet=True)
    quiet.say("nothing")
    assert "nothing\n" not in lines.getvalue()


def test_on_a_terminal_bars_count_things_and_bytes() -> None:
    err, out = console(terminal=True)
    with bars(err, quiet=False) as progress:
        assert progress is not None
        watch = verify.Watch(out=err, err=err, progress=progress)
        watch.begin("articles", 100)
        watch.begin(BYTES, 2_000_000)
        watch.found(WARNING)
        watch.advance("articles", 50)
        watch.advance(BYTES, 1_000_000)
        watch.say("a line above")
        progress.refresh()
    assert "50/100" in out.getvalue()
    assert "1.0/2.0 MB" in out.getvalue()
    assert "1 warning" in out.getvalue()
    with bars(err, quiet=True) as none:
        assert none is None
    with bars(console()[0], quiet=False) as none:
        assert none is None
