"""Who an entry is, from one poll to the next."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.feeds import identity
from crawler.model import Entry
from tests.feeds.samples import atom, keys, only, read, rss


def entry(
    link: str | None = None, guid: str | None = None, title: str | None = None, summary: str | None = None
) -> Entry:
    return Entry(key="", position=0, link=link, source_link=link, guid=guid, title=title, summary=summary)


def assigned(*entries: Entry) -> list[str]:
    return [named.key for named in identity.assign(entries, "brightwater")]


#: Releases as a wire numbers them: every link its own.
RELEASES = st.lists(st.integers(min_value=1, max_value=10**6), unique=True, min_size=1, max_size=12)
TRACKING = st.sampled_from(
    ["", "?utm_source=rss", "?feedref=abc==", "?tc=eml", "?utm_medium=feed&utm_campaign=x"]
)
DRESS = st.sampled_from(
    ["https://wire.example", "http://wire.example", "https://www.wire.example", "http://WWW.Wire.Example:80"]
)
GUIDS = st.one_of(st.none(), st.text(max_size=20))


@st.composite
def polls(draw: st.DrawFn) -> tuple[dict[int, Entry], dict[int, Entry]]:
    """The same releases at two polls: in other orders, otherwise dressed, under other guids."""
    numbers = draw(RELEASES)

    def poll() -> dict[int, Entry]:
        return {
            number: entry(
                f"{draw(DRESS)}/news/{number}{draw(TRACKING)}", draw(GUIDS), draw(GUIDS), draw(GUIDS)
            )
            for number in draw(st.permutations(numbers))
        }

    return poll(), poll()


@pytest.mark.no_cover
@given(polls())
def test_entries_of_their_own_links_keep_their_keys_whatever_else_changes(
    both: tuple[dict[int, Entry], dict[int, Entry]],
) -> None:
    first, second = (dict(zip(poll, assigned(*poll.values()), strict=True)) for poll in both)
    assert first == second
    assert len(set(first.values())) == len(first)


ENTRIES = st.lists(
    st.builds(
        entry,
        st.sampled_from(
            [None, "https://wire.example/", "https://wire.example/news", "https://wire.example/a#v1"]
        ),
        st.sampled_from([None, "1", "2", "t3_x", "g" * 600]),
        st.sampled_from([None, "Plant opens", "Plant closes"]),
        st.sampled_from([None, "One", "Two"]),
    ),
    max_size=10,
)


@given(ENTRIES)
def test_entries_that_say_different_things_have_different_keys(entries: list[Entry]) -> None:
    named = assigned(*entries)
    said = [(one.title, one.summary) for one in entries]
    for key, words in zip(named, said, strict=True):
        assert {other for twin, other in zip(named, said, strict=True) if twin == key} == {words}


@given(ENTRIES)
def test_an_entry_alone_in_its_feed_has_one_key_and_keeps_it(entries: list[Entry]) -> None:
    kept = identity.distinct(identity.assign(entries, "brightwater"))
    assert len({one.key for one in kept}) == len(kept)
    for one in entries:
        assert assigned(one) == assigned(one, one)[:1] == assigned(one, entry(title="Another"))[:1]


def test_a_link_is_the_key_whatever_scheme_www_tracking_and_guid() -> None:
    assert assigned(
        entry("http://www.wire.example/news/1?utm_source=feed", "a"),
        entry("https://wire.example/news/2/", "a"),
    ) == ["url:wire.example/news/1", "url:wire.example/news/2"]


def test_twins_are_one_and_the_first_is_kept() -> None:
    twins = [
        entry("https://wire.example/news/1", "a", "Plant"),
        entry("http://wire.example/news/1", "b", "Plant"),
    ]
    named = identity.assign(twins, "brightwater")
    assert [one.key for one in named] == ["url:wire.example/news/1"] * 2
    assert identity.distinct(named) == named[:1]


def test_items_that_all_link_to_one_page_are_told_apart_by_guid() -> None:
    page = "https://wire.example/halts"
    assert assigned(entry(page, "1", "Halted: BWP"), entry(page, "2", "Halted: QRX")) == [
        "url:wire.example/halts#guid:1",
        "url:wire.example/halts#guid:2",
    ]


def test_items_of_one_page_without_guids_are_told_apart_by_headline_then_summary() -> None:
    page = "https://wire.example/halts"
    by_headline = assigned(entry(page, None, "A"), entry(page, None, "B"))
    assert len(set(by_headline)) == 2
    by_summary = assigned(entry(page, "1", "A", "One"), entry(page, "1", "A", "Two"), entry(page, "2", "B"))
    assert len(set(by_summary)) == 3
    assert by_summary[2] == "url:wire.example/halts#guid:2"
    assert all(key.count("#") == 3 for key in by_summary[:2])


def test_one_that_repeats_among_those_that_share_follows_the_first_ones_guid() -> None:
    page = "https://wire.example/halts"
    named = assigned(entry(page, "1", "A"), entry(page, "2", "B"), entry(page, "3", "A"))
    assert named[0] == named[2] != named[1]


def test_the_guid_decides_where_the_link_is_the_front_page_or_missing() -> None:
    assert assigned(entry("https://wire.example/", "bw-1"), entry(None, "bw-2")) == [
        "guid:brightwater:bw-1",
        "guid:brightwater:bw-2",
    ]


def test_one_guid_on_two_items_without_links_is_two_entries() -> None:
    named = assigned(entry(None, "bw-1", "A"), entry(None, "bw-1", "B"))
    assert len(set(named)) == 2
    assert all(key.startswith("guid:brightwater:bw-1#") for key in named)


def test_a_guid_too_long_for_an_identifier_is_its_digest() -> None:
    first, second = assigned(entry(None, "g" * 501), entry(None, "g" * 502))
    assert first != second
    assert len(first) == len(second) == len("guid:brightwater:") + 16
    assert assigned(entry(None, "g" * 500)) == ["guid:brightwater:" + "g" * 500]


def test_without_link_and_guid_an_entry_is_what_it_says() -> None:
    first, same, other, untitled, content = assigned(
        entry(title="A", summary="One"),
        entry(title="A", summary="One"),
        entry(title="B"),
        entry(summary="One"),
        replace(entry(), content="One"),
    )
    assert first == same
    assert len({first, other, untitled}) == 3
    assert all(key.startswith("text:brightwater:") for key in (first, other, untitled, content))


def test_an_anchor_is_part_of_the_address_unless_it_is_tracking() -> None:
    def key(fragment: str) -> str:
        return assigned(
            replace(entry("https://wire.example/changes"), link=f"https://wire.example/changes#{fragment}")
        )[0]

    assert key("v2") == "url:wire.example/changes#v2"
    for tracking in ("", " ", "utm_source=rss", "rss", "feed", "from-rss", "xtor.atom", "!/page"):
        assert key(tracking) == "url:wire.example/changes", tracking
    root = replace(entry("https://wire.example/", "bw-1"), link="https://wire.example/#v2")
    assert assigned(root)[0] == "url:wire.example#v2"


def test_blank_is_what_has_nothing_to_find_or_show() -> None:
    assert identity.is_blank(replace(entry(), published_raw="2024-05-01", author="Press desk"))
    assert not identity.is_blank(entry(guid="1"))
    assert not identity.is_blank(replace(entry(), content="One"))


def test_new_guids_at_each_poll_bring_no_new_entries() -> None:
    polled = [
        "<item><title>P{0}</title><link>https://wire.example/news/{0}</link><guid>{1}</guid></item>"
    ] * 3
    before = [text.format(number, number * 7) for number, text in enumerate(polled)]
    after = [text.format(number, number * 11) for number, text in enumerate(polled)]
    assert keys(rss(*before)) == keys(rss(*after))


def test_a_relative_guid_is_never_joined_to_an_address() -> None:
    document = atom(
        "<entry><id>t3_x</id><title>P</title></entry>", attributes=" xml:base='https://wire.example/deep/'"
    )
    moved = read(document, url="https://moved.example/feed").entries[0]
    assert only(document).guid == moved.guid == "t3_x"
    assert only(document).key == moved.key == "guid:brightwater:t3_x"
