"""crawler.document: the file format, to the byte, whatever the values hold."""

from __future__ import annotations

import random
import time
import tomllib
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.document import (
    LONGEST,
    Document,
    compose,
    document_path,
    is_tombstone,
    parse,
    qrcode_path,
    qrcode_url,
    render,
    revision_path,
)
from crawler.errors import DocumentError
from crawler.model import Claim, Draft

SEED = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "seed"

EXAMPLE = """\
+++
title = "Acme Gear’s “quiet” \\"Model 5\\" reaches 1,000 dépôts"
date = "2026-03-09T08:05:00Z"
draft = false
summary = "<p>Acme Gear says its quiet gearbox now runs in 1,000 depots.</p>"
description = "Acme Gear's quiet gearbox: C:\\\\depot, 静かな歯車, النسخة الجديدة."
source_link = "https://wire.example/news/acme-gear-model-5-reaches-1000-depots-4711"
enclosure = "https://cdn.example/banners/industry-2.jpg"
article_id = 12
feed_item_id = 345
url = "2026-03-09-acme-gears-quiet-model-5-reaches-1000-depots"
qrcode = "https://cdn.example/examplewire/qrcode/263/9/lake7Qx2.webp"
source = "Example Wire"
+++

<p>Acme Gear said on Monday …</p><ul><li>one</li><li>two</li></ul>""".encode()

DOCUMENT = parse(EXAMPLE)
TEXTS = [
    field.name for field in fields(Document) if field.type == "str" and field.name not in {"date", "body"}
]
KEYS = [field.name for field in fields(Document) if field.name != "body"]

# What readers trip over: fences, quotes, escapes, line ends and their look-alikes, signs that turn text.
TRAPS = [
    "+++", "\n+++\n", "+++\n\n", '"""', "'''", '"', "\\", "\\u0041", "\\", "\n", "\r", "\r\n", "\x00", "\x1a", "\x1f",
    "\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\u202e", "\u2066", "\ufeff", "\ufffe", "\ud800", "\udfff", "\ud83d\ude00",
    "title = ", "draft = true", "#", "{{<", "{{%", "{{", "<p>", "</p>", "<pre>", "</pre>", "&#43;", "é", "日本", "🎉", "\t", " ", "",
    "e\u0301", "\U0010ffff", "---", "a",
]  # fmt: skip

trapped = st.lists(st.sampled_from(TRAPS) | st.text(st.characters(), max_size=5), max_size=8).map("".join)
integers = st.integers(-(2**63), 2**63 - 1)
dates = st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds") + "Z")
documents = st.builds(
    Document,
    date=dates,
    draft=st.booleans(),
    article_id=integers,
    feed_item_id=integers,
    body=trapped,
    **dict.fromkeys(TEXTS, trapped),
)


def assert_the_file_holds(document: Document) -> None:
    """The properties that hold for every document there is."""
    data = render(document)
    back = parse(data)
    assert back == document
    assert render(back) == data
    text = data.decode()
    lines = text.splitlines()  # splits at whatever any reader takes for a line's end
    assert len(lines) == 15 + bool(document.body)
    assert [number for number, line in enumerate(lines) if line.startswith("+++")] == [0, 13]
    read = tomllib.loads("\n".join(lines[1:13]))
    assert list(read) == KEYS
    assert read == {key: getattr(document, key) for key in KEYS}


# --------------------------------------------------------------------------- bytes


def test_a_file_of_ours_comes_back_to_the_byte() -> None:
    assert render(parse(EXAMPLE)) == EXAMPLE


@pytest.mark.shared
def test_the_example_file_comes_back_to_the_byte() -> None:
    if not SEED.is_dir():
        pytest.skip("the measuring data is not beside the project")
    files = list(SEED.iterdir())
    assert files
    for file in files:
        assert render(parse(file.read_bytes())) == file.read_bytes()


@pytest.mark.no_cover
@given(documents)
def test_what_is_written_is_what_is_read(document: Document) -> None:
    assert_the_file_holds(document)


@pytest.mark.no_cover
def test_ten_thousand_documents_full_of_traps_come_back() -> None:
    chance = random.Random(20260309)

    def text() -> str:
        return "".join(chance.choices(TRAPS, k=chance.randrange(7)))

    for number in range(10_000):
        assert_the_file_holds(
            replace(
                DOCUMENT,
                date=f"{chance.randrange(1, 9999):04}-0{chance.randrange(1, 9)}-2{chance.randrange(9)}T23:59:59Z",
                draft=bool(number % 2),
                article_id=number,
                body=text(),
                **{key: text() for key in TEXTS},
            )
        )


@pytest.mark.no_cover
def test_values_of_a_megabyte_come_back() -> None:
    assert_the_file_holds(replace(DOCUMENT, title='"\u2028' * 50_000, summary="é" * 10**6, body="+" * 10**6))


def test_what_a_reader_takes_for_a_line_end_or_a_control_is_escaped() -> None:
    title = '\x00\x07\b\t\n\f\r\x1b\x7f\x85\u2028\u2029\u202e\ufeff"\\'
    line = render(replace(DOCUMENT, title=title)).decode().splitlines()[1]
    assert line == (
        r'title = "\u0000\u0007\b\t\n\f\r\u001B\u007F\u0085\u2028\u2029\u202E\uFEFF\"\\"'
    )  # fmt: skip


def test_letters_of_every_script_and_emoji_stay_as_they_are() -> None:
    title = "Ünïcödé 日本語 العربية עברית हिन्दी 👩‍🚀 ’“”…\u00a0"
    assert f'title = "{title}"'.encode() in render(replace(DOCUMENT, title=title))


def test_a_lone_surrogate_becomes_the_replacement_sign() -> None:
    assert replace(DOCUMENT, title="a\ud800b", body="<p>\udfff</p>") == replace(
        DOCUMENT, title="a\ufffdb", body="<p>\ufffd</p>"
    )


@pytest.mark.parametrize(
    ("body", "written"),
    [
        ("<p>a</p>\n<p>b</p>\r\n", "<p>a</p> <p>b</p>"),
        ("a\u2028b\u0085c\vd", "a b c d"),
        ("\n\n+++\n", "&#43;++"),
        ("+++ a +++", "&#43;++ a +++"),
        ("  +++", "  &#43;++"),
        ("<p>a\n+++\nb</p>", "<p>a +++ b</p>"),
        ("<PRE>a\r\n  b\n</PRE>\n<p>c</p>", "<PRE>a&#10;  b&#10;</PRE> <p>c</p>"),
        ("<present>a\nb</present>", "<present>a b</present>"),
        ("a\x00b\x1bc\x7fd\ufffee", "a\ufffdb\ufffdc\ufffdd\ufffde"),
        (
            "<p>{{<b>a</b> {{% b %}} {{{< c {{ d }}</p>",
            "<p>&#123;{<b>a</b> &#123;{% b %}} {&#123;{< c {{ d }}</p>",
        ),
        (
            "{{__hugo_ctx pid=1}} __hdeferred/x__d= __h_pp_l1",
            "&#123;{__hugo_ctx pid=1}} &#95;_hdeferred/x__d= &#95;_h_pp_l1",
        ),
        ("HAHAHUGOSHORTCODE0s0HBHB HUGOMORE42 HUGO", "&#72;AHAHUGOSHORTCODE0s0HBHB &#72;UGOMORE42 HUGO"),
        ("", ""),
    ],
)
def test_a_body_is_one_line_that_is_no_fence_and_no_command(body: str, written: str) -> None:
    document = replace(DOCUMENT, body=body)
    assert document.body == written
    assert render(document).endswith(f"\n+++\n\n{written}".encode())
    assert_the_file_holds(document)


def test_c42_a_mark_that_stops_hugo_is_spelt_otherwise_in_every_text() -> None:
    """Hugo 0.128 and later panic at it, wherever a page shows it."""
    mark = "__hdeferred/0__d="
    document = replace(DOCUMENT, body=mark, **dict.fromkeys(TEXTS, mark))
    assert (document.body, document.summary) == ("&#95;_hdeferred/0__d=", "&#95;_hdeferred/0__d=")
    assert document.source_link == document.enclosure == document.qrcode == "%5F_hdeferred/0__d="
    assert document.title == document.description == document.source == "_＿hdeferred/0__d="
    assert mark.encode() not in render(document)
    assert_the_file_holds(document)


def test_a_file_mended_by_hand_is_read() -> None:
    lines = EXAMPLE.decode().split("\n")
    mended = [lines[0], *reversed(lines[1:13]), *lines[13:]]
    text = (
        "\n".join(mended)
        .replace("article_id = 12", "article_id=12 # ours")
        .replace('source = "Example Wire"', "source =\t'Example Wire'")
    )
    assert parse(f"{text}\n".encode()) == DOCUMENT


# --------------------------------------------------------------------------- bytes that are no file of ours


def _with(old: str, new: str) -> bytes:
    assert old in EXAMPLE.decode()
    return EXAMPLE.decode().replace(old, new, 1).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", 'line 1: is not "+++"'),
        (b"\xef\xbb\xbf" + EXAMPLE, 'line 1: is not "+++"'),
        (EXAMPLE.replace(b"\n", b"\r\n"), 'line 1: is not "+++"'),
        (b"<!doctype html><title>Not found</title>", 'line 1: is not "+++"'),
        (EXAMPLE[:300], "no end"),
        (EXAMPLE[:1], "line 1"),
        (_with("+++\n\n<p>", "+++\n<p>"), "no empty line"),
        (EXAMPLE.partition(b"\n<p>Acme")[0][:-1] + b"\n", "no empty line"),
        (b"+++\n+++\n\n", "title: is missing"),
        (_with('source = "Example Wire"\n', ""), "source: is missing"),
        (_with("draft = false", "draft = false\ndraft = true"), "line 5: draft: stands there twice"),
        (_with("draft = false", "draft = false\nweight = 5"), "line 5: weight: unknown key"),
        (_with("draft = false", 'draft = "false"'), "line 4: draft: must be true or false"),
        (_with("draft = false", "draft = 0"), "line 4: draft: must be true or false"),
        (_with("article_id = 12", "article_id = true"), "article_id: must be a whole number"),
        (_with("article_id = 12", "article_id = 12.0"), "article_id: must be a whole number"),
        (_with("article_id = 12", "article_id = " + "9" * 30), "article_id: must be a whole number of 64 bits"),
        (_with("article_id = 12", "article_id = 0x" + "f" * 9999), "article_id: must be a whole number of 64 bits"),
        (_with("article_id = 12", "article_id = " + "9" * 5000), "article_id: not TOML"),
        (_with('source = "Example Wire"', "source = 5"), "source: must be text"),
        (_with('source = "Example Wire"', 'source = "Example Wire'), "source: not TOML"),
        (_with('source = "Example Wire"', 'source = "Example" Wire'), "source: not TOML"),
        (_with('source = "Example Wire"', 'source = "\\ud800"'), "source: not TOML"),
        (_with('source = "Example Wire"', 'source = "a\x00b"'), "source: not TOML"),
        (_with('source = "Example Wire"', 'source = """Example Wire"""'), "line 13"),
        (_with('source = "Example Wire"', 'source = ["Example Wire"]'), "not a key and a value"),
        (_with('source = "Example Wire"', '[source]\nname = "Example Wire"'), "not a key and a value"),
        (_with("draft = false", "draft = false\n"), "line 5: '': not a key and a value"),
        (_with('"2026-03-09T08:05:00Z"', "2026-03-09T08:05:00Z"), "date: must be text"),
        (_with('"2026-03-09T08:05:00Z"', '"2026-03-09T08:05:00+00:00"'), "date: must be a time"),
        (_with('"2026-03-09T08:05:00Z"', '"2026-02-30T08:05:00Z"'), "date: must be a time"),
        (_with('"2026-03-09T08:05:00Z"', '"２026-03-09T08:05:00Z"'), "date: must be a time"),
        (_with("Acme Gear", "Acme\ud800Gear"), "not UTF-8"),
        (b"\xff\xfe+\x00", "byte 0: not UTF-8"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_file_of_ours_are_refused_with_what_and_where(data: bytes, says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(data)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_file_longer_than_any_article_is_refused_unread() -> None:
    with pytest.raises(DocumentError, match="no archived article has over"):
        parse(bytes(LONGEST + 1))


@given(st.data())
@example(None)
def test_damaged_bytes_are_read_or_refused_never_anything_else(data: st.DataObject | None) -> None:
    damaged = bytearray(EXAMPLE)
    if data is not None:
        for _ in range(data.draw(st.integers(1, 4))):
            start = data.draw(st.integers(0, len(damaged)))
            end = data.draw(st.integers(start, min(start + 40, len(damaged))))
            damaged[start:end] = data.draw(st.binary(max_size=6) | st.sampled_from(TRAPS).map(_encoded))
    try:
        document = parse(bytes(damaged))
    except DocumentError:
        return
    assert_the_file_holds(document)


def _encoded(trap: str) -> bytes:
    return trap.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    "line",
    [
        "title." + "a." * 200_000 + "a = 1",
        "title = " + "[" * 200_000,
        "title = " + "{a=" * 200_000,
        "title = " + '"' + "\\" * 399_999,
        "title = 1" + "_1" * 200_000,
        "title" + " " * 400_000,
        "\n" * 400_000,
        "+++" * 200_000,
    ],
    ids=lambda line: line[:12],
)
def test_hostile_front_matter_is_refused_in_short_time(line: str) -> None:
    started = time.process_time()
    with pytest.raises(DocumentError):
        parse(f"+++\n{line}\n+++\n\n".encode())
    assert time.process_time() - started < 2.0


# --------------------------------------------------------------------------- composing


def draft(**changes: object) -> Draft:
    values: dict[str, object] = {
        "title": "Acme Gear news",
        "date": datetime(2026, 3, 9, 8, 5, 0, 999_999, tzinfo=UTC),
        "draft": True,
        "summary": "<p>Short.</p>",
        "description": "Longer.",
        "source_link": "https://wire.example/news/5",
        "enclosure": "https://cdn.example/5.jpg",
        "source": "Example Wire",
        "source_key": "examplewire",
        "slug": "2026-03-09-acme-gear-news",
        "body": "<p>Body.</p>",
    }
    return Draft(**(values | changes))  # type: ignore[arg-type]


CLAIM = Claim(
    article_id=12,
    feed_item_id=345,
    url="2026-03-08-acme-gear-news-2",
    code="lake7Qx2",
    date=datetime(2026, 3, 8, tzinfo=UTC),
    source_key="examplewire",
    revision=2,
)


def test_an_article_is_composed_from_its_draft_and_its_claim() -> None:
    document = compose(draft(), CLAIM, "https://cdn.example/q.webp")
    assert document == Document(
        title="Acme Gear news",
        date="2026-03-09T08:05:00Z",
        draft=True,
        summary="<p>Short.</p>",
        description="Longer.",
        source_link="https://wire.example/news/5",
        enclosure="https://cdn.example/5.jpg",
        article_id=12,
        feed_item_id=345,
        url="2026-03-08-acme-gear-news-2",
        qrcode="https://cdn.example/q.webp",
        source="Example Wire",
        body="<p>Body.</p>",
    )
    assert_the_file_holds(document)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 9, 23, tzinfo=timezone(timedelta(hours=-5))), "2026-03-10T04:00:00Z"),
        (datetime(2026, 3, 9, 23, tzinfo=UTC).replace(tzinfo=None), "2026-03-09T23:00:00Z"),
        (datetime(33, 4, 3, tzinfo=UTC), "0033-04-03T00:00:00Z"),
    ],
)
def test_the_date_is_written_in_utc_with_four_digits_of_year(moment: datetime, text: str) -> None:
    document = compose(draft(date=moment), CLAIM, "")
    assert document.date == text
    assert parse(render(document)) == document


# --------------------------------------------------------------------------- places

MARCH = datetime(2026, 3, 9, tzinfo=UTC)


def test_a_tombstone_is_known_by_its_file_and_nothing_else_is_one() -> None:
    """What ``takedown`` writes; a release of which nothing is to be said has an empty paragraph as its summary."""
    left = replace(DOCUMENT, draft=True, summary="", description="", enclosure="", body="")
    assert is_tombstone(left)
    assert is_tombstone(replace(left, body="<p>This release was taken down.</p>"))
    assert not is_tombstone(replace(left, summary="<p></p>"))
    assert not any(
        is_tombstone(replace(left, **{name: getattr(DOCUMENT, name)}))
        for name in ("draft", "summary", "description", "enclosure")
    )


def test_files_lie_where_the_site_looks_for_them() -> None:
    assert (
        document_path("examplewire", MARCH, "2026-03-09-acme")
        == "content/examplewire/2026/03/2026-03-09-acme.md"
    )
    assert revision_path("examplewire", MARCH, "2026-03-09-acme", 1) == (
        "revisions/examplewire/2026/03/2026-03-09-acme/1.md"
    )


@pytest.mark.parametrize(
    ("date", "folders"),
    [
        (datetime(2025, 2, 26, tzinfo=UTC), "252/26"),
        (datetime(2025, 12, 6, tzinfo=UTC), "2512/6"),
        (datetime(2005, 1, 1, tzinfo=UTC), "051/1"),
    ],
)
def test_a_qr_image_lies_by_year_and_month_then_day(date: datetime, folders: str) -> None:
    path = qrcode_path("examplewire", date, "lake7Qx2")
    assert path == f"static/examplewire/qrcode/{folders}/lake7Qx2.webp"
    assert (
        qrcode_url("https://cdn.example/", path)
        == f"https://cdn.example/examplewire/qrcode/{folders}/lake7Qx2.webp"
    )
    assert qrcode_url("https://cdn.example/a", path).startswith("https://cdn.example/a/examplewire/")


def test_no_two_days_of_a_century_share_a_folder() -> None:
    days = [datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(36_525)]
    assert len({qrcode_path("x", day, "y") for day in days}) == len(days)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "a\x00", "-a", "a.b", "ä", "a" * 201, "a\n"]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    for make in (
        lambda: document_path("examplewire", MARCH, name),
        lambda: document_path(name, MARCH, "acme"),
        lambda: revision_path("examplewire", MARCH, name, 1),
        lambda: qrcode_path(name, MARCH, "lake7Qx2"),
        lambda: qrcode_path("examplewire", MARCH, name),
    ):
        with pytest.raises(DocumentError, match="part of a path"):
            make()
