"""C43: whatever a wire writes into titles, addresses, headers and errors, a terminal and a log are not steered by it."""

from __future__ import annotations

import ast
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from crawler import cli, report
from crawler.config import Config, FeedConfig
from crawler.errors import Bug, CrawlError, DocumentError
from crawler.model import (
    Change,
    Checked,
    Compared,
    Difference,
    DiffLine,
    FeedTally,
    Finding,
    Mending,
    PollCount,
    Rereading,
    Resting,
    Selection,
    Verdict,
)
from crawler.report import (
    article,
    bars,
    health,
    history,
    hosts,
    inspect,
    listing,
    log,
    logbook,
    progress,
    provenance,
    pushes,
    rebuilding,
    rereading,
    tally,
    verify,
)
from crawler.report.listing import Listing
from crawler.report.text import safe
from crawler.workers.child import describe
from tests.report import hostile
from tests.report.hostile import NOON, PAYLOADS, STAMP, STEERING, Screen

_FIELD = re.compile(r'(?:^| )([a-z0-9_]+)=("(?:[^"\\]|\\.)*"|[^ "=]*)')
payloads = pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
#: All at once, and those that a renderer may take for markup of its own.
TOGETHER = {
    "all": "".join(PAYLOADS.values()),
    "markup": PAYLOADS["markup"],
    "closing markup": PAYLOADS["closing markup"],
}
together = pytest.mark.parametrize("payload", TOGETHER.values(), ids=TOGETHER)
#: Any text, mostly of signs that steer.
texts = st.lists(
    st.sampled_from([*PAYLOADS.values(), *'\x1b\r\n\x9b\u202e\u2028\x00"\\ =[]/']) | st.text(max_size=4)
).map("".join)


def fields_of(line: str) -> list[tuple[str, str]]:
    """Names and values as a logfmt reader finds them; the whole line is read, or it is no logfmt."""
    found = [(match[1], match[2]) for match in _FIELD.finditer(line)]
    assert "".join(match[0] for match in _FIELD.finditer(line)) == line
    return [
        (name, re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value)
        for name, value in found
    ]


# --------------------------------------------------------------------------- the log


@payloads
def test_c43_every_outcome_is_one_log_line_with_no_forged_field(payload: str) -> None:
    stream = io.StringIO()
    written = log.Log(stream)
    for outcome in hostile.outcomes(payload):
        written.observe(outcome, PollCount(seen=1, new=1))
    written.write(**tally.page_event(hostile.older(payload, failed=True), PollCount()))
    written.trouble(payload, Bug.of(ValueError(payload)), 60.0)
    lines = stream.getvalue().split("\n")[:-1]
    assert len(lines) == 6
    assert written.lost == 0
    stream.getvalue().encode()
    for line, event in zip(lines, ["poll", "poll", "capture", "capture", "older", "trouble"], strict=True):
        assert not STEERING.search(line)
        assert len(line.splitlines()) == 1
        names = Counter(name for name, _ in fields_of(line.partition(" ")[2]))
        assert fields_of(line.partition(" ")[2])[0] == ("event", event)
        assert max(names.values()) == 1


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["feed", "url", "error", "host"]), texts, min_size=1))
def test_c43_a_log_line_is_read_back_field_by_field(fields: dict[str, str]) -> None:
    line = tally.line(fields)
    assert fields_of(line) == [(name, safe(value)) for name, value in fields.items()]


@payloads
def test_c43_an_event_in_json_is_one_line_with_the_same_values(payload: str) -> None:
    for outcome in hostile.outcomes(payload):
        told = tally.event(outcome, PollCount())
        line = json.dumps(told)
        assert len(line.splitlines()) == 1
        assert json.loads(line) == told


# --------------------------------------------------------------------------- listings


def listings(text: str) -> dict[str, Callable[[], Listing]]:
    """Everything that is shown as a table, lines or JSON, hostile in every text."""
    watch = rereading.Watch(out=Console(), err=Console(), found=[reread(text)], counts=Counter([text]))
    fresh = {"feed": text, "day": text, "items": 3, "p50": 1.0, "p90": 2.0, "p99": 3.0, "longest": 4.0}
    failure = {
        "kind": text,
        "id": 1,
        "feed": text,
        "title": text,
        "error": text,
        "visits": 2,
        "retry_at": STAMP,
        "url": text,
    }
    found = {"id": 1, "date": STAMP, "source": text, "title": text, "origin": text}
    numbers = {"article_bytes": 1, "fetched_bytes": 2, "sources": [{"source": text, "articles": 1}], "oldest": STAMP,
               "newest": STAMP, "last_run": {"command": text, "started_at": STAMP}}  # fmt: skip
    rule = {
        "host": text,
        "matched": 1,
        "matched_at": STAMP,
        "missed": 2,
        "missed_url": text,
        "missing": [text],
    }
    return {
        "health.feeds": lambda: health.feeds([hostile.feed_row(text)], NOON),
        "health.hosts": lambda: health.hosts([hostile.host_row(text)], NOON),
        "health.freshness": lambda: health.freshness([{"measure": "published to seen", **fresh}]),
        "pushes.subscriptions": lambda: pushes.subscriptions([hostile.subscription_row(text)], NOON),
        "inspect.articles": lambda: inspect.articles([found]),
        "inspect.failures": lambda: inspect.failures([failure], NOON),
        "inspect.stats": lambda: inspect.stats(numbers),
        "inspect.configured": lambda: inspect.configured(configured(text)),
        "tally.tally": lambda: tally.tally(
            [FeedTally(feed=text, why={text: 2})], [Resting(feed=text, until=NOON, why=text)]
        ),
        "rereading.listing": lambda: rereading.listing(watch),
        "hosts.furniture": lambda: hosts.furniture(
            [{"host": text, "stands_on": 7, "pages": 9, "line": text}]
        ),
        "hosts.rules": lambda: hosts.rules([rule], {text}, NOON),
    }


def configured(text: str) -> Config:
    one = FeedConfig.model_construct(name=text, source=text, url=text, enabled=True)
    return Config.model_construct(feeds=(one,))


def reread(text: str) -> Rereading:
    verdict = Verdict(ok=False, reasons=(text,))
    difference = Difference(fields=("title",), gone=1, come=2, lines=(f"+{text}", f"-{text}", text))
    return Rereading(
        article_id=1,
        title=text,
        outcome="worse",
        before=verdict,
        after=verdict,
        difference=difference,
        why=text,
    )


@pytest.mark.parametrize("name", listings(""))
@together
def test_c43_a_listing_is_inert_as_table_lines_and_json(name: str, payload: str) -> None:
    told = listings(payload)[name]()
    table, lines, program = Screen(terminal=True), Screen(terminal=False), Screen(terminal=False)
    listing.show(told, table.console, as_json=False)
    listing.show(told, lines.console, as_json=False)
    listing.show(told, program.console, as_json=True, secrets=True)
    for screen in (table, lines, program):
        screen.assert_inert()
    assert len(lines.text().splitlines()) == 1 + len(told.rows) + bool(told.total)
    assert json.loads(program.text()) == json.loads(json.dumps(list(told.rows), default=str))


def test_c43_json_tells_a_program_the_value_itself() -> None:
    screen = Screen(terminal=False)
    listing.print_json({"title": PAYLOADS["C1 control"] + "日本é"}, screen.console)
    assert json.loads(screen.text()) == {"title": PAYLOADS["C1 control"] + "日本é"}
    assert "日本é" in screen.text()


# --------------------------------------------------------------------------- an article, its provenance


@together
@pytest.mark.parametrize("terminal", [True, False])
def test_c43_provenance_is_inert(payload: str, terminal: bool) -> None:
    screen = Screen(terminal=terminal)
    provenance.print_chain(hostile.chain(payload), screen.console)
    screen.assert_inert()
    plain = Screen(terminal=terminal)
    provenance.print_chain(hostile.chain("a"), plain.console)
    if not terminal:
        assert len(screen.text().splitlines()) == len(plain.text().splitlines())


@together
@pytest.mark.parametrize("terminal", [True, False])
def test_c43_an_article_is_inert(payload: str, terminal: bool) -> None:
    screen = Screen(terminal=terminal)
    keys = {"title": payload, "date": payload, "source": payload, "source_link": payload, "draft": True}
    body = f"<h2>{payload}</h2><p><a href='{payload}'>{payload}</a><img alt='{payload}'></p><ol><li>{payload}</ol><table><tr><td>{payload}</table>"
    facts = {"origin": payload, "feed": payload, "path": payload, "revision": payload}
    inspect.print_article(facts, {**keys, "body": body}, screen.console)
    screen.assert_inert()


@together
def test_c43_a_link_of_an_article_cannot_leave_its_escape_sequence(payload: str) -> None:
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=True, color_system="truecolor", width=100, legacy_windows=False
    )
    console.print(
        article.prose(f"<p>a <a href='https://wire.example/{payload.replace(chr(39), '')}'>link</a> b</p>")
    )
    opened = re.findall(r"\x1b\]8;([^\x1b]*)\x1b\\", stream.getvalue())
    rest = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", stream.getvalue())
    assert len(opened) % 2 == 0
    assert not any(STEERING.search(one) for one in opened)
    assert not STEERING.search(rest)


@together
def test_c43_what_re_extraction_shows_is_inert(payload: str) -> None:
    for terminal in (True, False):
        screen = Screen(terminal=terminal)
        rereading.print_diffs([reread(payload)], screen.console)
        screen.assert_inert()
        rereading.Watch(out=screen.console, err=screen.console).say(payload)
        screen.assert_inert()


@together
def test_c43_what_changed_in_an_article_is_inert(payload: str) -> None:
    difference = {"fields": [payload], "words_added": 1, "words_removed": 1, "kept": 0.5, "returns_to": 1}
    revision = {
        "number": 1, "done_at": STAMP, "created_at": STAMP, "at": STAMP, "reason": payload, "notice": payload,
        "path": payload, "on_disk": payload, "draft": True, "title": payload, "source": payload, "article": 1,
        "revision": 2, "difference": difference, "decided": payload, "decided_by": f"requested by {payload}",
    }  # fmt: skip
    related = [
        {"kind": payload, "side": side, "article": number, "title": payload, "told": payload}
        for side in ("says", "is said")
        for number in (1, None)
    ]
    looks = {"next": STAMP, "churn": 1, "latest": [{"at": STAMP, "outcome": payload, "error": payload}]}
    chronicle = {"article": {"notice": payload}, "revisions": [revision], "related": related, "looks": looks}
    lines = [DiffLine(mark="+", parts=((payload, True), (payload, False)))]
    assert payload in history.changed(difference)
    told = history.plain_diff(1, revision, revision, Change(reason=payload), lines)
    for terminal in (True, False):
        screen = Screen(terminal=terminal)
        history.print_history(chronicle, NOON, screen.console)
        history.print_diff(1, revision, revision, lines, screen.console)
        for shown in (history.revisions([revision]), history.changes([revision])):
            listing.show(shown, screen.console, as_json=False)
        listing.print_json(told, screen.console)
        screen.assert_inert()


@together
def test_c43_what_verify_and_repair_show_is_inert(payload: str) -> None:
    found = Finding(
        code="F210",
        severity="warning",
        what=payload,
        where=payload,
        cure=payload,
        wanted=payload,
        found=payload,
    )
    done = [Mending(finding=found, done=False, deed=payload)]
    assert verify.deeds(done, apply=False)
    for terminal in (True, False):
        screen = Screen(terminal=terminal)
        listing.show(verify.listing([found]), screen.console, as_json=False)
        listing.show(verify.mendings(done, apply=terminal), screen.console, as_json=False)
        listing.print_json(verify.plain({}, [found]) | verify.mended(done, apply=True), screen.console)
        heard = verify.Watch(out=screen.console, err=screen.console)
        heard.say(payload)
        heard.found(found)
        heard.mended(done[0])
        heard.say(verify.interrupted(heard, remember=terminal))
        heard.say(verify.unmended(heard, apply=terminal))
        screen.assert_inert()
    screen = Screen(terminal=True)
    with bars.bars(screen.console, quiet=False) as shown:
        watch = verify.Watch(out=screen.console, err=screen.console, progress=shown)
        watch.begin("articles", 1)
        watch.found(found)
        watch.advance("articles", 1)
    assert payload not in screen.text()


@together
def test_c43_what_is_shown_of_the_log_is_inert(payload: str) -> None:
    facts = (
        "origin",
        "leaves",
        "head",
        "root",
        "head_at",
        "signed_by",
        "since_head",
        "waiting",
        "key",
        "publish",
    )
    for terminal in (True, False):
        screen = Screen(terminal=terminal)
        listing.show(
            logbook.state({**dict.fromkeys(facts, payload), "unchecked": [payload]}),
            screen.console,
            as_json=False,
        )
        screen.assert_inert()
    one = Checked(
        article=1, revision=1, reason=payload, title=payload, path=payload, sha256=payload, leaf=1, size=1,
        origin=payload, signatures="signed", signed_by=[payload], file="altered",
    )  # fmt: skip
    older = Compared(
        consistent=False, signatures="forged", origin=payload, older_size=1, older_root=payload, root=payload,
        size=1, checkpoint=payload, proof=[],
    )  # fmt: skip
    assert any(payload in line for line in logbook.checked(one))  # lines, which the command makes safe
    assert any(payload in line for line in logbook.compared(older))


@together
def test_c43_what_a_rebuild_tells_is_inert(payload: str) -> None:
    screen = Screen(terminal=False)
    watch = rebuilding.Watch(screen.console, screen.console)
    rows = dict.fromkeys(("articles", "revisions", "items", "feeds", "polls", "records"), 1)
    told = {
        "rows": rows,
        "added": False,
        "unchanged": False,
        "files": 1,
        "stated": 0,
        "lost": payload,
        "held": [1],
        "damage": [payload],
        "unreadable": [payload],
    }
    rebuilding.say_database(watch, told)
    files = {"revisions": 1, "whole": 1, "put": 0, "remade": 0, "other": [payload], "lost": [payload]}
    rebuilding.say_files(watch, files)
    rebuilding.say_held(watch, told)
    screen.assert_inert()


# --------------------------------------------------------------------------- a run that is watched


@together
def test_c43_bars_are_inert_and_markup_in_a_name_ends_no_run(payload: str) -> None:
    screen = Screen(terminal=True)
    columns = (TextColumn("{task.description:>8}"), BarColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=screen.console, auto_refresh=False) as bars:
        watch = progress.Watcher(out=screen.console, err=screen.console, progress=bars)
        watched(watch, payload)
        bars.refresh()
    screen.assert_inert()
    if payload == PAYLOADS["markup"]:
        assert payload.partition("forged")[0] in screen.text()


@together
def test_c43_the_lines_of_a_run_in_a_pipe_are_inert_and_one_each(payload: str) -> None:
    screen = Screen(terminal=False)
    watched(progress.Watcher(out=screen.console, err=screen.console, progress=None), payload)
    screen.assert_inert()
    assert len(screen.text().splitlines()) == 7  # a captured article is no line
    assert sum(line.startswith("event=") for line in screen.text().splitlines()) == 5


def watched(watch: progress.Watcher, payload: str) -> None:
    """A run of everything that can happen."""
    watch.begin(2, Selection())
    for outcome in hostile.outcomes(payload):
        watch.observe(outcome, PollCount(seen=1, new=1))
    watch.observe_page(hostile.older(payload, failed=True), PollCount())
    watch.observe_page(hostile.older(payload, failed=False), PollCount())
    watch.waiting(NOON)
    for line in tally.rests([Resting(feed=payload, until=NOON, why=payload)]):
        watch.say(line)


# --------------------------------------------------------------------------- errors


@together
@pytest.mark.parametrize("raised", [CrawlError, DocumentError, ValueError, OSError])
def test_c43_an_error_of_a_command_is_one_inert_line(
    payload: str, raised: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: list[str] | None) -> None:
        raise raised(payload)

    monkeypatch.setattr(cli, "_run", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main(["inspect"])
    assert ended.value.code == 1
    shown = capsys.readouterr().err
    assert shown.endswith("\n")
    assert len(shown.splitlines()) == 1
    assert not STEERING.search(shown)


@together
def test_c43_what_a_worker_says_of_an_error_is_one_inert_line(payload: str) -> None:
    told = describe(ValueError(payload))
    assert len(told.splitlines()) == 1
    assert not STEERING.search(told)


# --------------------------------------------------------------------------- nothing is left out


def test_c43_every_renderer_is_among_these() -> None:
    """A function of ``crawler/report`` that shows something is named in this file."""
    named = Path(__file__).read_text(encoding="utf-8")
    silent = {"ago", "length", "size", "instant", "row", "rest", "totals", "summary", "outcome", "again", "told", "screens", "watcher", "watching", "safe", "word", "counted", "begin",
              "print_plain", "json_text", "tree", "plain", "article"}  # fmt: skip
    for path in Path(report.__file__).parent.glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.FunctionDef)
                and not node.name.startswith("_")
                and node.name not in silent
            ):
                assert f"{path.stem}.{node.name}" in named, (
                    f"{path.stem}.{node.name} shows something; test it here"
                )
