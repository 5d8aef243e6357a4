"""crawler.urls: canonical addresses, identities, hosts, slugs and short codes."""

from __future__ import annotations

import hashlib
import re
import time
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.document import parse
from crawler.urls import (
    _WORDS,
    LONGEST,
    canonical,
    dated_slug,
    identity,
    is_root,
    numbered,
    politeness_key,
    redacted,
    root,
    short_codes,
    slug,
    without_secrets,
)

SEED = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "seed"

# --------------------------------------------------------------------------- addresses

ANYTHING = st.text(st.characters())  # every code point, lone surrogates too
PIECES = st.sampled_from(
    "http://,HTTPS:,//,/,\\,..,.,%,%2e,%zz,%2F,?,#,#!,&,=,:,@,[,],::1,:80,:443,a.example,ü.example,WWW.,xn--,~,+,;,"
    " ,\t,\n,\x00,\u2028,\ud800,日本,utm_x=1,ref=rss,id=5,amp;".split(",")
)
ADDRESSES = st.one_of(
    ANYTHING,
    ANYTHING.map("https://wire.example/{}".format),
    ANYTHING.map("https://{}".format),
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(PIECES, max_size=12).map(lambda pieces: "https://wire.example/" + "".join(pieces)),
)
FORM = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?/[!-~]*")


@given(ADDRESSES, st.none() | ADDRESSES)
@example("http://[bad", None)
@example("x", "http://[bad")
@example("http://a.example:65536/", None)
@example("http://a.example\u2100/", None)
def test_whatever_comes_in_a_canonical_address_comes_out_or_nothing(url: str, base: str | None) -> None:
    address = canonical(url, base)
    assert address is None or (FORM.fullmatch(address) and len(address) <= LONGEST)


@given(ADDRESSES)
def test_a_canonical_address_is_its_own(url: str) -> None:
    address = canonical(url)
    if address is not None:
        assert canonical(address) == address
        assert canonical("other", address) is not None
        assert canonical(address, "https://other.example/") == address


@given(ADDRESSES)
def test_an_address_and_its_canonical_form_share_identity_host_and_root(url: str) -> None:
    address = canonical(url)
    if address is None:
        assert not politeness_key(url)
        assert not is_root(url)
    else:
        assert identity(address) == identity(url)
        assert politeness_key(address) == politeness_key(url) != ""
        assert is_root(address) == is_root(url)
    assert isinstance(identity(url), str)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Wire.EXAMPLE/News", "https://wire.example/News"),
        ("https://wire.example", "https://wire.example/"),
        ("http://wire.example:80/a", "http://wire.example/a"),
        ("https://wire.example:443/a", "https://wire.example/a"),
        ("https://wire.example:80/a", "https://wire.example:80/a"),
        ("https://wire.example:/a", "https://wire.example/a"),
        ("https://wire.example./a", "https://wire.example/a"),
        ("https://user:secret@wire.example/a", "https://wire.example/a"),
        ("https://bücher.example/ä?ö=ü", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),  # IDNA 2008: not strasse
        ("https://日本。example/", "https://xn--wgv71a.example/"),
        ("https://w%69re.example/", "https://wire.example/"),
        ("http://[2001:DB8:0::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("https://wire.example/a/./b/../c", "https://wire.example/a/c"),
        ("https://wire.example/../../a/..", "https://wire.example/"),
        ("https://wire.example/a/b/..", "https://wire.example/a/"),
        ("https://wire.example/a/%2E%2e/b", "https://wire.example/b"),
        ("https://wire.example/%7ejoe/%e4%bd%a0%2f", "https://wire.example/~joe/%E4%BD%A0%2F"),
        ("https://wire.example/100%/%2%41", "https://wire.example/100%25/%252A"),
        ("https://wire.example/a b|c", "https://wire.example/a%20b%7Cc"),
        ("https://wire.example/?a[]=1&q=%5b", "https://wire.example/?a%5B%5D=1&q=%5B"),
        ("https://wire.example/a?", "https://wire.example/a"),
        ("https://wire.example/a#top", "https://wire.example/a"),
        ("https://wire.example/a#:~:text=b", "https://wire.example/a"),
        ("https://wire.example/#!/news/5", "https://wire.example/#!/news/5"),
        ("\ufeff \t\r\nhttps://wire.example/a\u00a0\x00\n", "https://wire.example/a"),
        ("https://wire.example/news/\n      release-5", "https://wire.example/news/release-5"),
        ("https://wire.example/a\tb", "https://wire.example/ab"),
        ("https://wire.example\\a\\b?c\\d", "https://wire.example/a/b?c%5Cd"),
        ("https://wire.example\\@other.example/", "https://wire.example/@other.example/"),
        ("https:/wire.example/a", "https://wire.example/a"),
        ("https:////wire.example/a", "https://wire.example/a"),
        ("https://wire.example/\ud83d", "https://wire.example/%EF%BF%BD"),
        ("https://under_score.example/", "https://under_score.example/"),
        ("http://127.0.0.1:8001/r/1", "http://127.0.0.1:8001/r/1"),
    ],
)
def test_an_address_has_one_spelling(url: str, expected: str) -> None:
    assert canonical(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "news/5",
        "//wire.example/a",
        "www.wire.example/a",
        "javascript:alert(1)",
        "JavaScript://wire.example/%0aalert(1)",
        "data:text/html,hello",
        "mailto:press@wire.example",
        "ftp://wire.example/a",
        "urn:newsml:wire.example:5",
        "http://",
        "http:///",
        "https://wire..example/",
        "https://.wire.example/",
        "https://wire example/",
        "https://wire.example:port/",
        "https://wire.example:99999/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://[v1.x]/",
        "https://x[::1]/",
        "https://[::1]x:80/",
        "https://wire.exa%2Fmple/",
        "https://-ü-.example/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 130 + "example/",
        "https://" + "ü." * 60 + "example/",
        "https://wire.example/" + "a" * LONGEST,
        "https://wire.example/?utm_source=" + "a" * 8 * LONGEST,
    ],
)
def test_what_is_no_web_address_is_none(url: str) -> None:
    assert canonical(url) is None


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("news/5?p=1", "https://wire.example/feeds/all.xml", "https://wire.example/feeds/news/5?p=1"),
        ("/news/5", "https://wire.example/feeds/all.xml", "https://wire.example/news/5"),
        ("../news/5", "https://wire.example/feeds/all/x.xml", "https://wire.example/feeds/news/5"),
        ("//cdn.example/5", "https://wire.example/", "https://cdn.example/5"),
        ("?id=5", "https://wire.example/news", "https://wire.example/news?id=5"),
        ("https://other.example/5", "http://[broken", "https://other.example/5"),
        ("news/5", "http://[broken", None),
        ("news/5", "", None),
        ("news/5", "urn:x:y", None),
        ("mailto:press@wire.example", "https://wire.example/", None),
    ],
)
def test_a_relative_address_is_read_against_its_base(url: str, base: str, expected: str | None) -> None:
    assert canonical(url, base) == expected


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("utm_source=rss&utm_medium=feed&UTM_Campaign=x", ""),
        ("id=5&utm_source=rss&p=2", "?id=5&p=2"),
        ("b=2&a=1&b=1", "?b=2&a=1&b=1"),
        ("newsid=7&feedref=JjAwJuNHiystnCoBq_hl==", "?newsid=7"),
        ("fbclid=1&gclid=2&msclkid=3&mc_cid=4&mc_eid=5", ""),
        ("tc=eml_cleartime", ""),
        ("ref_src=twsrc%5Etfw&at_medium=RSS&at_campaign=rss&wt_mc=rss.a", ""),
        ("cmpid=1&ncid=2&maca=en-rss&traffic_source=rss", ""),
        ("utm%5Fsource=x&%75tm_medium=y", ""),
        ("a=1&amp;utm_source=x", "?a=1"),
        ("utm_source", ""),
        ("a&&b=&=c", "?a&&b=&=c"),
        ("tcid=5&ref_no=7&sources=3&p=utm_source", "?tcid=5&ref_no=7&sources=3&p=utm_source"),
    ],
)
def test_tracking_goes_and_what_may_choose_the_article_stays(query: str, left: str) -> None:
    assert canonical(f"https://wire.example/news?{query}") == f"https://wire.example/news{left}"


@pytest.mark.parametrize(
    ("pair", "stays"),
    [
        ("source=rss-b4981c59ffa5------2", False),
        ("ref=rss", False),
        ("ref=RSS_2", False),
        ("source=twitter", False),
        ("partner=rss&emc=rss", False),
        ("src=full_rss", False),
        ("ref=882114", True),
        ("source=globex", True),
        ("source=rssfoundation", True),
        ("ref=", True),
    ],
)
def test_an_ambiguous_name_goes_only_where_its_value_is_a_channel(pair: str, stays: bool) -> None:
    address = canonical(f"https://wire.example/news?{pair}")
    assert address == "https://wire.example/news" + (f"?{pair}" if stays else "")


TWINS = [
    "https://www.wire.example/news/5/?b=2&a=1",
    "http://wire.example/news/5?a=1&b=2&utm_source=rss",
    "HTTP://WWW.WIRE.EXAMPLE:80/news/./5/?a=1&&b=2#top",
]


def test_twins_by_scheme_www_slash_and_order_are_one() -> None:
    assert {identity(url) for url in TWINS} == {"wire.example/news/5?a=1&b=2"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://wire.example/news?id=1", "https://wire.example/news?id=2"),
        ("https://wire.example/News", "https://wire.example/news"),
        ("https://wire.example/a", "https://wire.example:8080/a"),
        ("https://en.wire.example/a", "https://wire.example/a"),
        ("https://wire.example/#!/a", "https://wire.example/#!/b"),
        ("https://wire.example/?a=1&a=2", "https://wire.example/?a=2&a=1"),
        ("urn:wire:1", "urn:wire:2"),
        ("https://www.example/", "https://example/"),  # a host of its own, not a dressed top-level domain
    ],
)
def test_different_releases_keep_different_identities(one: str, other: str) -> None:
    assert identity(one) != identity(other)


def test_what_is_no_address_is_its_own_identity() -> None:
    assert identity(" urn:wire:5\n") == "urn:wire:5"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Wire.example:8443/a", "news.wire.example"),
        ("http://news.wire.example./b", "news.wire.example"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("http://[::1]:8080/", "::1"),
        ("mailto:press@wire.example", ""),
    ],
)
def test_one_gate_for_each_host(url: str, host: str) -> None:
    assert politeness_key(url) == host


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://wire.example", True),
        ("https://wire.example/?utm_source=rss#top", True),
        ("https://wire.example/?p=5", False),
        ("https://wire.example/news", False),
        ("https://wire.example/#!/news", False),
        ("nonsense", False),
    ],
)
def test_a_front_page_is_told_from_a_release(url: str, root: bool) -> None:
    assert is_root(url) is root


@pytest.mark.no_cover
@pytest.mark.parametrize("filling", [" ", "\t \t", "\n ", "%", "../", "&", ".", "[", "ü."])
def test_long_input_is_read_in_time_that_grows_with_its_length(filling: str) -> None:
    url = "https://wire.example/a" + filling * (8 * LONGEST // len(filling) - 30) + "b"
    started = time.process_time()
    canonical(url)
    canonical("https://" + filling * LONGEST)
    assert time.process_time() - started < 1.0


# --------------------------------------------------------------------------- names

TITLES = st.text(st.characters(), max_size=300)
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SCRIPTS = [
    "東京の新製品",
    "أكمي تطلق منتجا",
    "Компания объявляет",
    "Νέα ανακοίνωση",
    "नई घोषणा",
    "ข่าวประชาสัมพันธ์",
]


@given(TITLES, st.integers(14, 200))
def test_a_slug_is_never_empty_never_long_and_of_the_safe_alphabet(title: str, limit: int) -> None:
    made = slug(title, limit)
    assert SLUG.fullmatch(made)
    assert len(made) <= limit


@given(TITLES)
def test_a_slug_is_its_own_slug(title: str) -> None:
    assert slug(slug(title, 60), 60) == slug(title, 60)


@given(st.text(max_size=100))
@example("Société Générale Übergröße が ﾞ")
def test_twins_in_unicode_normalisation_get_one_slug(title: str) -> None:
    made = {slug(unicodedata.normalize(form, title), 80) for form in ("NFC", "NFD")}
    assert len(made) == 1


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Acme’s Rock ’n’ Roll Robots", "acmes-rock-n-roll-robots"),
        ("Japan's Japan’s Japan‘s Japanʼs Japan′s Japan＇s Japan`s Japan´s", "-".join(["japans"] * 8)),
        ("  ACME® & Globex™: 50% more -- in 2026!  ", "acme-globex-50-more-in-2026"),
        ("Straße, Ångström, Łódź, œuvre", "strasse-angstrom-lodz-oeuvre"),
        ("🚀 Acme 🎉 launches", "acme-launches"),
        ("Ｆｕｌｌ ｗｉｄｔｈ", "full-width"),
        ("../../etc/passwd\x00.md", "etc-passwd-md"),
        ("a\u202egnp.exe", "agnp-exe"),
        ("объект", "obekt"),
    ],
)
def test_a_title_reads_well_as_a_slug(title: str, expected: str) -> None:
    assert slug(title, 180) == expected


@pytest.mark.parametrize("title", SCRIPTS)
def test_every_script_is_transliterated(title: str) -> None:
    made = slug(title, 180)
    assert SLUG.fullmatch(made)
    assert not made.startswith("release-")


@pytest.mark.parametrize("title", ["", "🚀🎉🇯🇵👍🏽", "—…!?", "\ud800", "\x00", "™"])
def test_a_title_without_letters_gets_a_stable_fallback(title: str) -> None:
    made = slug(title, 180)
    assert re.fullmatch(r"release-[0-9a-f]{6}", made)
    assert made == slug(title, 180)


def test_fallbacks_of_different_titles_differ() -> None:
    assert slug("🚀", 60) != slug("🎉", 60)


def test_a_slug_is_cut_at_a_word() -> None:
    assert slug("alpha beta gamma delta", 16) == "alpha-beta-gamma"
    assert slug("alpha beta gamma delta", 15) == "alpha-beta"


def test_a_word_without_end_is_cut_within() -> None:
    assert slug("x" * 300, 50) == "x" * 50
    assert slug("an " + "x" * 300, 50) == "an-" + "x" * 47


def test_a_title_of_a_megabyte_costs_little() -> None:
    started = time.process_time()
    assert len(slug("日本 " * 350_000, 180)) <= 180
    assert time.process_time() - started < 2.0


def test_a_dated_slug_begins_with_the_day_in_utc() -> None:
    late = datetime(2025, 2, 26, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert dated_slug(late, "Acme’s news", 60) == "2025-02-27-acmes-news"
    assert (
        dated_slug(datetime(2025, 2, 26, tzinfo=UTC).replace(tzinfo=None), "Acme’s news", 60)
        == "2025-02-26-acmes-news"
    )
    assert dated_slug(datetime(33, 1, 2, tzinfo=UTC), "x", 60) == "0033-01-02-x"


@given(TITLES, st.integers(40, 195))
def test_a_dated_slug_stays_within_its_limit(title: str, limit: int) -> None:
    made = dated_slug(datetime(2025, 2, 26, tzinfo=UTC), title, limit)
    assert re.fullmatch(r"2025-02-26(-[a-z0-9]+)+", made)
    assert len(made) <= limit


@given(TITLES, st.integers(2, 10**6), st.integers(40, 195))
def test_a_numbered_address_stays_within_its_limit(title: str, n: int, limit: int) -> None:
    wish = dated_slug(datetime(2025, 2, 26, tzinfo=UTC), title, limit)
    made = numbered(wish, n, limit)
    assert made.endswith(f"-{n}")
    assert SLUG.fullmatch(made)
    assert len(made) <= limit


def test_a_number_is_added_whole_where_there_is_room() -> None:
    assert numbered("2025-02-26-acme", 2, 40) == "2025-02-26-acme-2"


@pytest.mark.shared
def test_the_example_article_gets_the_address_it_has() -> None:
    if not SEED.is_dir():
        pytest.skip("the measuring data is not beside the project")
    for file in SEED.iterdir():
        document = parse(file.read_bytes())
        date = datetime.fromisoformat(document.date)
        assert dated_slug(date, document.title, 180) == document.url
        assert canonical(document.source_link) == document.source_link
        assert canonical(document.enclosure) == document.enclosure


# --------------------------------------------------------------------------- short codes


@given(st.text(st.characters()))
def test_codes_are_stable_and_endless(seed: str) -> None:
    codes = list(islice(short_codes(seed), 5))
    assert codes == list(islice(short_codes(seed), 5))
    assert len(set(codes)) == 5
    assert all(re.fullmatch(r"[a-z]{4}[0-9A-Za-z]{4}", code) and re.search(r"\d", code) for code in codes)


def test_codes_of_many_articles_rarely_meet_even_without_case() -> None:
    codes = [next(short_codes(f"wire.example/news/{number}")).lower() for number in range(20_000)]
    assert len(set(codes)) > 19_990


def test_the_words_are_many_and_of_four_letters() -> None:
    assert len(set(_WORDS)) == len(_WORDS) == 256
    assert all(re.fullmatch("[a-z]{4}", word) for word in _WORDS)


def test_codes_do_not_change_between_versions() -> None:
    digest = hashlib.sha256(" ".join(islice(short_codes("acme"), 50)).encode()).hexdigest()
    assert digest[:12] == "ca4898106ac7"


# --------------------------------------------------------------------------- secrets


@pytest.mark.parametrize(
    ("address", "front"),
    [
        ("https://user:canary@Wire.example:8443/feed?token=canary#x", "https://wire.example:8443/"),
        ("http://wire.example", "http://wire.example/"),
        ("http://user:canary@a b/x?token=canary", "http://a b/x"),
        ("", ""),
    ],
)
def test_a_front_page_has_nothing_of_the_path_and_no_secret(address: str, front: str) -> None:
    assert root(address) == front


@pytest.mark.parametrize(
    "key", ["token", "key", "apikey", "api_key", "auth", "password", "sig", "signature", "secret"]
)
def test_a_redacted_address_shows_stars_in_place_of_a_secret(key: str) -> None:
    shown = redacted(f"https://user:canary@wire.example/a?page=2&{key}=canary")
    assert shown == f"https://wire.example/a?page=2&{key}=***"


@given(st.text())
def test_whatever_is_redacted_is_one_short_printable_line(text: str) -> None:
    assert redacted(text * 50).isprintable()
    assert len(redacted(text * 50)) <= 300


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/go?next=https://b.example/?token=hunter2", "https://a.example/go?next=https://b.example/?token=***"),
        (
            "https://a.example/go?next=https%3A%2F%2Fb.example%2F%3Fid%3D1%26token%3Dhunter2",
            "https://a.example/go?next=https://b.example/?id=1%26token=***",
        ),
        ("https://a.example/go?next=https%3A%2F%2Fjo%3Ahunter2%40b.example%2F", "https://a.example/go?next=https://b.example/"),
        ("https://a.example/go?next=https%3A%2F%2Fb.example%2F%3Fid%3D1", "https://a.example/go?next=https%3A%2F%2Fb.example%2F%3Fid%3D1"),
        ("https://a.example/?a=b//c", "https://a.example/?a=b//c"),
    ],
)  # fmt: skip
def test_an_address_within_an_addresss_query_shows_no_secret_either(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


def test_what_is_nested_without_end_is_hidden_and_not_followed() -> None:
    nested = "https://a.example/" + "?u=https://a.example/" * 2000 + "?token=hunter2"
    assert "hunter2" not in without_secrets(nested)
    assert without_secrets(nested).endswith("=***")
