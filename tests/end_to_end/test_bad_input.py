"""Bad input: one clear line that says what, where and what to do; the right exit code; nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.journey import ROOT, Ended, Stand, Yard, differences, stand
from tests.journey.forked import template

TITLE = "Halvorsen Tidal opens a second workshop"


@pytest.fixture
def at() -> Iterator[Stand]:
    with stand() as opened:
        yield opened


@pytest.fixture
def yard(at: Stand, tmp_path: Path) -> Iterator[Yard]:
    """A yard whose feed has one good release; tests spoil what they like."""
    at.feed("/feed", at.item(TITLE, "/release"))
    at.page("/release", TITLE)
    with Yard(tmp_path / "yard") as yard:
        yield yard.configure(at.table(), web="attempts = 1", processes=1)


# --------------------------------------------------------------------------- configuration and usage


def started(*arguments: str, cwd: Path) -> Ended:
    """``crawler`` as a person runs it somewhere."""
    ended = subprocess.run(
        [sys.executable, "-m", "crawler", *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def command(*arguments: str, cwd: Path) -> Ended:
    """The same without the start of an interpreter."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        code = template().fork("crawler", arguments, folder=cwd, out=out, err=err).wait(60)
        return Ended(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


CONFIGURATIONS = {
    "no TOML": ('[web\ndelay = "0s"', "crawler.toml: not valid TOML: "),
    "an unknown key": ('[web]\ndelai = "1s"', 'crawler.toml: web.delai: unknown key; did you mean "delay"?'),
    "an unknown table": ("[webb]\n", 'crawler.toml: webb: unknown key; did you mean "web"?'),
    "a wrong length of time": ('[web]\ndelay = "soon"', 'crawler.toml: web.delay = "soon": '),
    "a feed without an address": ('[[feeds]]\nname = "a"\nsource = "A"', 'feeds["a"].url: is missing; add it'),
    "two feeds of one name": (
        '[[feeds]]\nname = "a"\nsource = "A"\nurl = "http://a.example/"\n' * 2, 'two feeds are named "a"',
    ),
    "an include that is not there": ('include = ["gone.toml"]', "gone.toml: cannot be read: "),
    "the address of a file": (
        '[[feeds]]\nname = "a"\nsource = "A"\nurl = "file:///etc/hosts"', 'feeds["a"].url = "file:///etc/hosts": ',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_configuration_that_cannot_be_used_is_one_line_and_2(tmp_path: Path, name: str) -> None:
    text, told = CONFIGURATIONS[name]
    (tmp_path / "crawler.toml").write_text(text)
    ended = command("--config", "crawler.toml", "crawl", "--since", "7d", cwd=tmp_path)
    assert ended.code == 2
    [line] = ended.lines
    assert line.startswith("crawler: ")
    assert told in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crawler.toml"]


def test_no_configuration_is_one_line_and_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = started("crawl", "--since", "7d", cwd=tmp_path)
    assert ended.code == 2
    [line] = ended.lines
    assert "no configuration: config/crawler.toml does not exist here" in line
    assert "--config PATH" in line
    monkeypatch.setenv("CRAWLER_CONFIG", "elsewhere.toml")
    named = command("crawl", "--since", "7d", cwd=tmp_path)
    assert (named.code, len(named.lines)) == (2, 1)
    assert '$CRAWLER_CONFIG = "elsewhere.toml": there is no such file; mend it' in named.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("crawl", "--since", "yesterday"), '"yesterday" is neither a date or time'),
        (("crawl", "--since", "2025-02-30"), '"2025-02-30" is neither a date or time'),
        (("crawl", "--since", "1d", "--until", "2d"), "is not after --since"),
        (("crawl",), "missing option '--since'"),
        (("crawl", "--since", "7d", "--feed", "stant"), 'no feed is named "stant"; did you mean "stand"?'),
        (("inspect", "show", "42"), "crawler.db"),
        (("fly",), "no such command 'fly'"),
    ],
)
def test_wrong_usage_says_so_in_its_last_line(yard: Yard, arguments: tuple[str, ...], told: str) -> None:
    ended = yard.run(*arguments)
    assert ended.code == (1 if arguments[0] == "inspect" else 2)
    assert told in ended.lines[-1]
    assert not yard.archive.exists()


# --------------------------------------------------------------------------- feeds


FEEDS = {
    "an unreachable host": ("http://127.0.0.1:9/feed", "Unreachable", "127.0.0.1:9"),
    "a host that is none": ("http://no-such-host.invalid/feed", "Unreachable", "no-such-host.invalid/feed"),
    "a private address": ("http://192.168.7.7/feed", "Refused", "192.168.7.7"),
    "HTML": ("/html", "NotAFeed", "HTML page titled"),
    "an empty body": ("/nothing", "NotAFeed", "empty"),
    "an error": ("/error", "BadStatus", "500"),
}

PLAIN = {
    "Unreachable": "unreachable",
    "Refused": "refused by us",
    "NotAFeed": "not a feed",
    "BadStatus": "HTTP error",
}


def test_feeds_that_cannot_be_read_are_told_one_by_one_and_the_others_are_read(at: Stand, yard: Yard) -> None:
    at.page("/html", "Welcome to our newsroom")
    at.page("/error", "", status=500)
    at.feed("/nothing")
    at.answers["/nothing"].body = b""
    tables = [
        at.table("", name=name).replace(at.url, at.url * address.startswith("/") + address)
        for name, (address, _, _) in FEEDS.items()
    ]
    ended = yard.configure("\n".join([*tables, at.table()]), web="attempts = 1", processes=1).crawl()
    assert ended.code == 1
    assert yard.count() == 1
    table = {line.split("\t")[0]: line.split("\t")[-1] for line in ended.out.splitlines()}
    failures = {row["feed"]: row for row in yard.run("inspect", "failures", "--json").json}
    assert set(failures) == set(FEEDS)
    for name, (_, kind, told) in FEEDS.items():
        [line] = [line for line in ended.lines if name in line]
        assert line.startswith("event=poll feed=")
        assert "outcome=failed" in line
        assert told in line
        assert table[name] == f"feed {PLAIN[kind]}"
        assert (failures[name]["kind"], failures[name]["error_kind"]) == ("feed", kind)
        assert told in failures[name]["error"]


def test_an_empty_feed_is_no_failure(at: Stand, yard: Yard) -> None:
    at.feed("/feed")
    ended = yard.crawl()
    assert (ended.code, yard.count()) == (0, 0)


def test_a_feed_that_lies_for_a_while_loses_nothing(at: Stand, yard: Yard) -> None:
    assert yard.crawl().code == 0
    before = yard.files()
    at.page("/feed", "Welcome to our newsroom")
    for status in (200, 503):
        at.answers["/feed"].status = status
        assert yard.crawl().code == 1
        assert differences(before, yard.files()) == []
    at.feed("/feed", at.item("Halvorsen Tidal hires a third shift", "/second"), at.item(TITLE, "/release"))
    at.page("/second", "Halvorsen Tidal hires a third shift")
    assert yard.crawl().code == 0
    assert len(yard.files()) == 2 * len(before)
    assert before.items() <= yard.files().items()


# --------------------------------------------------------------------------- items


def test_an_item_without_a_link_is_archived_from_the_feed_or_told(at: Stand, yard: Yard) -> None:
    at.feed("/feed", at.item(TITLE, None, own=True), at.item("Only a headline and nothing else", None))
    ended = yard.crawl("--json")
    assert ended.code == 1
    [read] = yard.documents().values()
    assert (read.title, read.source_link) == (TITLE, f"{at.url}/")
    [failed] = ended.json["failures"]
    assert (failed["error"], failed["retry"]) == ("the item has no usable link", "never")


DATES = ("", "some day", "Sat, 01 Jan 2072 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT")


def test_items_whose_date_cannot_be_are_dated_when_they_were_first_seen(at: Stand, yard: Yard) -> None:
    for number in range(len(DATES)):
        at.page(f"/release/{number}", f"{TITLE} number {number}")
    items = (at.item(f"{TITLE} number {n}", f"/release/{n}", date=date) for n, date in enumerate(DATES))
    at.feed("/feed", *items)
    assert yard.run("crawl", "--since", "1d").code == 0
    rows = {row["title"]: row for row in yard.rows("SELECT title, first_seen, published_raw FROM feed_items")}
    assert {row["published_raw"] for row in rows.values()} == {None, *DATES[1:]}
    assert {read.title: read.date for read in yard.documents().values()} == {
        title: f"{row['first_seen'][:19]}Z" for title, row in rows.items()
    }


def test_long_and_hostile_titles_become_harmless_files(at: Stand, yard: Yard) -> None:
    titles = [
        "Größenwahn über Ätzkalk " * 15,
        '"""\n+++\ndraft = true\n+++\n{{< evil >}}',
        "../../../../etc/passwd",
        "\u202eeurt si gnihton\u202c \x1b[31mred\x1b[0m",
        "/",
    ]
    for number, title in enumerate(titles):
        at.page(f"/release/{number}", title)
    at.feed("/feed", *(at.item(title, f"/release/{number}") for number, title in enumerate(titles)))
    ended = yard.crawl()
    assert ended.code == 0, ended.err
    documents = yard.documents()
    assert len(documents) == len(titles)
    for path, read in documents.items():
        assert path == f"content/standwire/2026/03/{read.url}.md"
        assert len(path.rpartition("/")[2]) <= 200
        assert not read.draft
    shown = yard.run("inspect", "articles")
    assert "\x1b" not in shown.out
    assert shown.out.count("\n") == 1 + len(titles)


def test_items_with_one_title_on_one_day_all_have_files(at: Stand, yard: Yard) -> None:
    for number in range(4):
        at.page(f"/release/{number}", TITLE)
    at.feed("/feed", *(at.item(TITLE, f"/release/{number}") for number in range(4)))
    assert yard.crawl().code == 0
    slug = "2026-03-03-halvorsen-tidal-opens-a-second-workshop"
    assert {read.url for read in yard.documents().values()} == {slug, f"{slug}-2", f"{slug}-3", f"{slug}-4"}


# --------------------------------------------------------------------------- the archive's place


def test_a_root_that_is_a_file_is_one_line_and_1(yard: Yard) -> None:
    yard.archive.write_text("not a folder")
    ended = yard.crawl()
    assert ended.code == 1
    [line] = ended.lines
    assert line.startswith("crawler: ")
    assert str(yard.archive) in line
    assert yard.archive.read_text() == "not a folder"


def test_a_database_of_another_program_is_left_alone(yard: Yard) -> None:
    yard.archive.mkdir()
    other = yard.archive / "crawler.db"
    yard.change("CREATE TABLE recipes (title TEXT)")
    ended = yard.crawl()
    assert ended.code == 1
    [line] = ended.lines
    assert f"{other}: a database of another program" in line
    assert yard.rows("SELECT name FROM sqlite_master") == [{"name": "recipes"}]


def test_a_file_that_stands_in_the_way_fails_its_item_alone(at: Stand, yard: Yard) -> None:
    at.feed(
        "/feed",
        at.item(TITLE, "/release"),
        at.item("In April", "/april", date="Wed, 01 Apr 2026 09:30:00 GMT"),
    )
    at.page("/april", "In April")
    (yard.archive / "content/standwire/2026").mkdir(parents=True)
    blocked = yard.archive / "content/standwire/2026/03"
    blocked.write_text("in the way")
    ended = yard.crawl("--json")
    assert ended.code == 1
    [failure] = ended.json["failures"]
    assert failure["stage"] == "archive"
    assert [read.title for read in yard.documents().values()] == ["In April"]
    blocked.unlink()
    yard.change("UPDATE feed_items SET due_at = '2026-01-01T00:00:00.000000Z' WHERE due_at IS NOT NULL")
    assert yard.crawl().code == 0
    assert yard.count() == 2
    [row] = yard.rows("SELECT captures FROM feed_items WHERE title = ?", TITLE)
    assert row["captures"] == 1  # a failure of ours is no visit
