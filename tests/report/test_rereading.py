"""What re-extraction would change, as people and programs read it."""

from __future__ import annotations

import io
import json
from collections import Counter

from rich.console import Console
from rich.progress import Progress

from crawler.model import Difference, Rereading, Verdict
from crawler.report import rereading
from crawler.report.listing import show

WHOLE = Verdict(ok=True)
CHANGED = Rereading(
    article_id=42,
    title="Lumen Harbor opens \x1b[31mberth\x1b[0m nine",
    outcome="changed",
    before=WHOLE,
    after=WHOLE,
    difference=Difference(
        fields=("title", "body"),
        gone=3,
        come=1200,
        lines=(
            "@@ -1 +1 @@",
            "-old \x1b]0;owned\x07",
            "+new [bold]",
            " source_link: https://a.example/?token=c0ffee",
        ),
    ),
)
APPLIED = Rereading(
    article_id=43,
    title="Second",
    outcome="changed",
    before=Verdict(ok=False, reasons=("Unreachable: reset",)),
    after=WHOLE,
    difference=Difference(fields=("body",), gone=0, come=9),
    revision=2,
)
WORSE = Rereading(
    article_id=44,
    title="Third",
    outcome="worse",
    before=WHOLE,
    after=Verdict(ok=False, reasons=("consent page", "too short")),
)
MISSING = Rereading(
    article_id=45, title="Fourth", outcome="missing", before=WHOLE, why="no page of it was kept"
)
DOWN = Rereading(
    article_id=47,
    title="Sixth",
    outcome="taken down",
    before=WHOLE,
    why="it was taken down, and that is final",
)
SAME = Rereading(article_id=46, title="Fifth", outcome="unchanged", before=WHOLE, after=WHOLE)


def console(*, terminal: bool = False) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=terminal, width=100, color_system="standard" if terminal else None
    )


def written(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def watch(*found: Rereading, terminal: bool = False, progress: Progress | None = None) -> rereading.Watch:
    seen = rereading.Watch(out=console(terminal=terminal), err=console(), progress=progress)
    seen.begin(len(found))
    for one in found:
        seen.observe(one)
    return seen


def test_a_pipe_gets_a_line_an_article_of_which_something_is_to_be_said() -> None:
    seen = watch(CHANGED, APPLIED, WORSE, MISSING, SAME)
    show(rereading.listing(seen), seen.out, as_json=False)
    rows = [line.split("\t") for line in written(seen.out).splitlines()]
    assert rows[0] == ["article", "outcome", "fields", "characters gone", "characters come", "title", "why"]
    assert rows[1:] == [
        ["42", "changed", "title, body", "3", "1200", "Lumen Harbor opens \\x1b[31mberth\\x1b[0m nine", ""],
        ["43", "applied", "body", "0", "9", "Second", "its page is the article now"],
        ["44", "worse", "", "", "", "Third", "consent page, too short"],
    ]


def test_the_counts_name_only_what_there_was() -> None:
    seen = watch(CHANGED, APPLIED, WORSE, MISSING, SAME, SAME)
    assert rereading.summary(seen.counts) == (
        "6 articles read again: 2 unchanged, 1 would change, 1 changed, "
        "1 not the article any more, left as they are, 1 without a kept page (--json names them)"
    )
    assert rereading.summary(Counter()) == "0 articles read again"
    assert rereading.summary(Counter(unchanged=1)) == "1 article read again: 1 unchanged"


def test_what_was_taken_down_is_said_to_be_passed_over_and_is_no_trouble() -> None:
    seen = watch(DOWN, SAME)
    assert rereading.summary(seen.counts) == (
        "2 articles read again: 1 unchanged, 1 taken down, passed over for good"
    )
    show(rereading.listing(seen), seen.out, as_json=False)
    *_, row = written(seen.out).splitlines()
    assert row.split("\t") == [
        "47",
        "taken down",
        "",
        "",
        "",
        "Sixth",
        "it was taken down, and that is final",
    ]
    told = rereading.plain(seen)
    assert told["counts"] == {"unchanged": 1, "taken down": 1}
    assert (told["articles"][0]["outcome"], told["articles"][0]["why"]) == ("taken down", DOWN.why)
    assert not seen.troubled


def test_nothing_to_say_is_said() -> None:
    assert rereading.listing(watch(SAME)).empty == "nothing to change"
    assert rereading.listing(watch()).empty == "no article matches"


def test_trouble_is_what_could_not_be_read_or_is_no_article() -> None:
    assert not watch(CHANGED, APPLIED, SAME).troubled
    assert watch(WORSE).troubled
    assert watch(MISSING).troubled


def test_a_program_gets_verdicts_numbers_and_the_diff() -> None:
    seen = watch(CHANGED, APPLIED, SAME)
    told = json.loads(json.dumps(rereading.plain(seen)))
    assert told["counts"] == {"unchanged": 1, "changed": 1, "applied": 1}
    first, second = told["articles"]
    assert (first["article"], first["fields"], first["gone"], first["come"]) == (
        42,
        ["title", "body"],
        3,
        1200,
    )
    assert first["diff"].startswith("@@ -1 +1 @@\n-old")
    assert first["revision"] is None
    assert rereading.plain(watch(MISSING))["articles"][0]["why"] == "no page of it was kept"
    assert second["before"] == {"ok": False, "reasons": ["Unreachable: reset"]}
    assert (second["after"], second["revision"], "diff" in second) == ({"ok": True, "reasons": []}, 2, False)


def test_a_diff_in_a_pipe_is_plain_and_steers_no_terminal() -> None:
    out = console()
    rereading.print_diffs([SAME, CHANGED], out)
    assert written(out).splitlines() == [
        "--- article 42, archived: Lumen Harbor opens \\x1b[31mberth\\x1b[0m nine",
        "+++ article 42, read again",
        "@@ -1 +1 @@",
        "-old \\x1b]0;owned\\x07",
        "+new [bold]",
        " source_link: https://a.example/?token=***",
    ]


def test_a_diff_on_a_terminal_is_in_colour_and_foreign_text_steers_nothing() -> None:
    out = console(terminal=True)
    rereading.print_diffs([CHANGED], out)
    lines = written(out).splitlines()
    assert "\x1b[31m-old \\x1b]0;owned\\x07\x1b[0m" in lines
    assert "\x1b[32m+new [bold]\x1b[0m" in lines
    assert "\x1b[36m@@ -1 +1 @@\x1b[0m" in lines


def test_a_bar_counts_to_its_end() -> None:
    with Progress(
        "{task.completed}/{task.total} {task.fields[note]}", console=console(terminal=True)
    ) as progress:
        watch(SAME, CHANGED, SAME, progress=progress)
        [bar] = progress.tasks
        assert (bar.completed, bar.total) == (3, 3)
        assert bar.fields["note"] == "[dim]2 unchanged, 1 changed[/]"


def test_lines_are_said_above_the_bar_or_plainly() -> None:
    seen = watch()
    seen.say("stopping\x1b[0m")
    assert written(seen.err) == "stopping\\x1b[0m\n"
    terminal = console(terminal=True)
    with Progress(console=terminal) as progress:
        watch(progress=progress).say("stopping\x1b[2J [bold]")
    assert "stopping\\x1b[2J [bold]" in written(terminal)


def test_without_a_terminal_there_is_no_bar() -> None:
    for as_json in (True, False):
        with rereading.watching(as_json=as_json) as seen:
            assert seen.progress is None
