"""Configuration: what is read, and that every error names file, key, value and cure."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import config
from crawler.config import Config
from crawler.errors import ConfigError

REPOSITORY = Path(__file__).resolve().parents[1]


def written(tmp_path: Path, text: str, name: str = "crawler.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(written(tmp_path, text))
    return str(caught.value)


def test_the_shipped_configuration_loads_with_at_least_twenty_feeds() -> None:
    shipped = config.load(REPOSITORY / "config" / "crawler.toml")
    assert len(shipped.feeds) >= 20
    assert shipped.archive.root.resolve() == REPOSITORY / "archive"


def test_every_default_in_the_shipped_file_is_the_default() -> None:
    text = (REPOSITORY / "config" / "crawler.toml").read_text(encoding="utf-8")
    shown = re.sub(r"(?m)^#(\w+ = )", r"\1", text)
    shown = re.sub(
        r"(?m)^(media_url|url|root|include|ca_file|proxy|address_delay|callback|key|origin) = .*$", "", shown
    )
    assert Config.model_validate(tomllib.loads(shown)) == Config()


def test_every_setting_is_in_the_shipped_file() -> None:
    text = (REPOSITORY / "config" / "crawler.toml").read_text(encoding="utf-8")
    table = tomllib.loads(re.sub(r"(?m)^#(\w+ = )", r"\1", text))
    for name in ("archive", "store", "web", "workers", "poll"):
        section = Config.model_fields[name].annotation
        assert section is not None
        assert set(table[name]) == set(section.model_fields), name


def test_paths_start_at_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    written(tmp_path / "inner", '[archive]\nroot = "data"\n', "more.toml")
    loaded = config.load(
        written(tmp_path, 'include = ["inner/more.toml"]\n[store]\nurl = "sqlite:///x/c.db"\n')
    )
    assert loaded.archive.root == tmp_path / "inner" / "data"
    assert loaded.database == tmp_path / "x" / "c.db"


def test_the_database_lies_below_the_root_by_default() -> None:
    assert Config().database == Path("archive/crawler.db")


def test_feeds_of_several_files_are_joined(tmp_path: Path) -> None:
    written(tmp_path, '[[feeds]]\nname="b"\nurl="https://b.example/f"\nsource="B"\n', "more.toml")
    loaded = config.load(
        written(
            tmp_path, 'include=["more.toml"]\n[[feeds]]\nname="a"\nurl="https://a.example/f"\nsource="A"\n'
        )
    )
    assert [feed.name for feed in loaded.feeds] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[web]\ndelai = '1s'\n", ["web.delai", "unknown key", 'did you mean "delay"?']),
        ("[wep]\n", ["wep", "unknown key", 'did you mean "web"?']),
        ("[web]\nzzzzzz = 1\n", ["web.zzzzzz", "unknown key", "known here:", "user_agent"]),
        ("[web]\ndelay = 'soon'\n", ["web.delay", '"soon"', "length of time"]),
        ("[web]\ndelay = 5\n", ["web.delay", "5", "length of time"]),
        ("[web]\npage_limit = 'big'\n", ["web.page_limit", '"big"', "10MB"]),
        ("[web]\nattempts = 0\n", ["web.attempts", "0", "at least 1"]),
        ("[web]\nallow_private = ['localhost']\n", ["web.allow_private", "localhost", "127.0.0.0/8"]),
        ("[archive]\npublic_url = 'example.org'\n", ["archive.public_url", "example.org", "https://"]),
        ("[archive]\nqr_target = '{publik}'\n", ["archive.qr_target", "{publik}", "known:"]),
        ("[archive]\nraw_file_size = 'big'\n", ["archive.raw_file_size", '"big"', "10MB"]),
        ("[store]\nurl = 'postgresql://x'\n", ["store.url", "postgresql", "only SQLite"]),
        ("[poll]\nfloor = '2d'\n", ["poll", "floor ≤ initial ≤ ceiling", 'floor = "2d", initial = "15m", ceiling = "1d"']),
        ("[[feeds]]\nname='a'\nsource='A'\n", ['feeds["a"].url', "is missing"]),
        ("[[feeds]]\nurl='https://x.example'\nsource='A'\n", ["feeds[1].name", "is missing"]),
        ("[[feeds]]\nname='a'\nurl='ftp://x'\nsource='A'\n", ['feeds["a"].url', "ftp://x", "http"]),
        ("[[feeds]]\nname='a'\nurl='https://x.example'\nsource='日本'\n", ['feeds["a"].source', "Latin"]),
        ("[[feeds]]\nname='a'\nurl='https://x.example'\nsource='A'\nurll='y'\n", ["urll", 'did you mean "url"?']),
        (
            "[[feeds]]\nname='a'\nurl='https://x.example'\nsource='A'\n" * 2,
            ["feeds", 'two feeds are named "a"'],
        ),
        ("[banners]\nfallback='x'\n[[banners.topics]]\nname='y'\nimages=['z.svg']\n", ["banners", '"x"', "y"]),
        ("[banners]\n[[banners.topics]]\nname='y'\nimage=['z.svg']\n", ["image", "did you mean"]),
        ("web = [\n", ["not valid TOML", "line"]),
        ("include = ['absent.toml']\n", ["absent.toml: cannot be read", "mend include in", "crawler.toml"]),
        ("include = ['crawler.toml']\n", ["include", "includes itself"]),
    ],
)  # fmt: skip
def test_an_error_names_file_key_value_and_cure(tmp_path: Path, text: str, parts: list[str]) -> None:
    message = refusal(tmp_path, text)
    assert str(tmp_path) in message
    for part in parts:
        assert part in message


def test_an_error_names_the_included_file(tmp_path: Path) -> None:
    written(tmp_path, "[web]\ndelai = '1s'\n", "more.toml")
    assert "more.toml: web.delai" in refusal(tmp_path, "include = ['more.toml']\n")


def test_a_table_in_two_files_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "[web]\nattempts = 2\n", "more.toml")
    assert "already set in" in refusal(tmp_path, "include = ['more.toml']\n[web]\nattempts = 1\n")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "crawler.toml"
    path.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match="not UTF-8 at byte 5"):
        config.load(path)


def test_no_configuration_says_where_it_was_sought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CRAWLER_CONFIG", raising=False)
    with pytest.raises(ConfigError, match=r"config/crawler\.toml does not exist.*--config.*CRAWLER_CONFIG"):
        config.load()


def test_the_environment_names_a_file_when_none_lies_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRAWLER_CONFIG", str(written(tmp_path, "[web]\nattempts = 7\n", "mine.toml")))
    assert config.load().web.attempts == 7


def test_an_environment_that_names_no_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for odd in ("no\nwhere.toml", str(tmp_path)):
        monkeypatch.setenv("CRAWLER_CONFIG", odd)
        with pytest.raises(
            ConfigError, match=r"^\$CRAWLER_CONFIG = .*: there is no such file; mend it"
        ) as caught:
            config.load()
        assert "\n" not in str(caught.value)


def test_the_file_in_its_place_comes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").mkdir()
    written(tmp_path / "config", "[web]\nattempts = 2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRAWLER_CONFIG", "elsewhere.toml")
    assert config.load().web.attempts == 2


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("1.5s", 1.5), ("15m", 900), ("12h", 43200), ("7d", 604800), ("2w", 1209600), ("1h 30m", 5400), ("250ms", 0.25)],
)  # fmt: skip
def test_durations_are_text(text: str, seconds: float) -> None:
    assert config.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "7", "d", "7x", "-1s", "7d!", "999999999999999d", None, 7])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="length of time"):
        config.duration(text)


@pytest.mark.parametrize(("text", "count"), [("10MB", 10**7), ("512KiB", 524288), ("1.5kB", 1500), (12, 12)])
def test_sizes_are_text_or_bytes(text: object, count: int) -> None:
    assert config.size(text) == count


@given(st.text())
def test_a_folder_name_is_safe_whatever_the_source(source: str) -> None:
    assert re.fullmatch(r"[a-z0-9]{0,40}", config.source_key(source))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[web]\nattempts = "three"', 'web.attempts = "three": write a whole number, without quotes'),
        ("[web]\nattempts = 0", "web.attempts = 0: it must be at least 1"),
        ('[archive]\nraw_file_age = "0s"', 'archive.raw_file_age = "0s": it must be more than "0s"'),
        ('[web]\ndelay = "-5s"', 'web.delay = "-5s": a length of time cannot be negative'),
        ("web = 3", "web = 3: write a table here, such as [web] with its keys below"),
        ('[extract]\neffort = "good"', 'extract.effort = "good": write "fast", "balanced" or "best"'),
        ("feeds = 3", "feeds = 3: write each feed as a table of its own, below a line [[feeds]]"),
        (
            '[web]\nallow_private = "x"',
            'web.allow_private = "x": write a list in brackets, such as ["…", "…"]',
        ),
        ("[archive]\nroot = 3", 'archive.root = 3: write a path in quotes, "…"'),
        ("[web]\nattempts = inf", "web.attempts = inf: write a number that is not infinite"),
        (f"[web]\nattempts = {9**99}", f"web.attempts = {str(9**99)[:77]}…: it must be at most 10"),
        ("[web]\nports = [80, 'x']", 'web.ports.2 = "x": write a whole number, without quotes'),
        ("[web]\npage_limit = -1", "web.page_limit = -1: a size cannot be negative"),
        ('[web]\npage_limit = "-1MB"', 'web.page_limit = "-1MB": a size cannot be negative'),
        (f'[web]\npage_limit = "{"9" * 400}GB"', f'web.page_limit = "{"9" * 76}…: this size is too large'),
        ('[poll]\nceiling = "9999999d"', 'poll.ceiling = "9999999d": this length of time is too long'),
        ('[poll]\nrechecks = ["5s"]', 'poll.rechecks.1 = "5s": it must be at least "1m"'),
        ('[log]\nevery = "0s"', 'log.every = "0s": it must be more than "0s"'),
        ('[web]\nuser_agent = ["a"]', 'web.user_agent: write text in quotes, "…"'),
        ('[web]\ndelay = "a\\nb\\u0000"', r'web.delay = "a\nb\u0000": write a length of time as text, such as "0s", "1.5s", "15m", "12h" or "7d"'),
        ('[archive]\npublic_url = "http://[::1"', 'archive.public_url = "http://[::1": write a full address that begins with http:// or https://'),
        ('[archive]\npublic_url = "http://x:99999"', 'archive.public_url = "http://x:99999": write a full address that begins with http:// or https://'),
        ('[[feeds]]\nname = ""\nurl = "http://x"\nsource = "A"', 'feeds[1].name = "": write at least 1 letter'),
        ('[[feeds]]\nname = {a = 1}\nurl = "http://x"\nsource = "A"', 'feeds[1].name: write text in quotes, "…"'),
        (f'[[feeds]]\nname = "a"\nurl = "http://x"\nsource = "{"a" * 101}"', f'feeds["a"].source = "{"a" * 76}…: write at most 100 letters'),
        ('[[hosts]]\nhost = "a"\ncut_at = ["x"]', 'hosts["a"].cut_at.1 = "x": write at least 2 letters'),
        ('[[banners.topics]]\nname = "A B"\nimages = ["x"]', 'banners.topics.1.name = "A B": write a-z, 0-9 and - alone'),
        ('[[banners.topics]]\nname = "a"\nimages = []', "banners.topics.1.images: write at least 1 value"),
        ("include = 3", 'include = 3: write a list of files in brackets, such as ["feeds.toml"]'),
        ("include = [1]", 'include = [1]: write a list of files in brackets, such as ["feeds.toml"]'),
        ('include = ["\\u0000"]', "include = ['\\x00']: write a list of files in brackets, such as [\"feeds.toml\"]"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_told_in_words_of_toml(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "crawler.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert str(caught.value) == f"{path}: {told}"


ODD = [
    '"nonsense"', '""', '"a\\nb\\u0000"', '"-5m"', f'"{"9" * 400}d"', '"http://[::1"', "-1", "nan", f"{9**99}", "[1]",
    "[{a = 1}]", "2020-01-01",
]  # fmt: skip
#: How pydantic and Python speak of values.
FOREIGN = re.compile(
    r"input should|should (be|have|match)|valid (?!TOML)|pydantic|_error|value error|unable to|instance of|"
    r"\b(tuple|dict|str|int|float|timedelta|NoneType|character)s?\b|<class|literal|convert|\n",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    "section", [None, "archive", "log", "store", "web", "websub", "workers", "poll", "extract", "banners"]
)
def test_whatever_a_key_is_set_to_is_taken_or_refused_in_words_of_our_own_on_one_line(
    tmp_path: Path, section: str | None
) -> None:
    path = tmp_path / "crawler.toml"
    model = config.Config if section is None else type(getattr(config.Config(), section))
    for key in sorted(set(model.model_fields) - {"path"}):
        for odd in ODD:
            path.write_text(f"[{section}]\n{key} = {odd}\n" if section else f"{key} = {odd}\n")
            try:
                config.load(path)
            except ConfigError as error:
                said = str(error).removeprefix(f"{path}: ")
                assert (
                    said.startswith((f"{section}.{key}" if section else key, "not valid TOML"))
                    or section is None
                )
                assert not FOREIGN.search(said.removeprefix("not valid TOML")), said


@pytest.mark.parametrize("text", ['[archive]\nroot = "\\u0000"', '[store]\nurl = "sqlite:///\\u0000"'])
def test_a_path_that_no_file_can_have_is_refused(tmp_path: Path, text: str) -> None:
    said = refusal(tmp_path, text)
    assert said.endswith(": write a path without the sign U+0000: no file can be called so")
    assert "\0" not in said


# --------------------------------------------------------------------------- hosts

RULE = '[[hosts]]\nhost = "www.wire.example"\n'


def test_a_rule_for_a_host_is_read_with_its_selectors(tmp_path: Path) -> None:
    more = "body = 'div.release > p, #text'\nremove = ['aside']\ntitle = 'h1'\ncut_at = ['More news']\n"
    rule = config.load(written(tmp_path, RULE + more)).rules["www.wire.example"]
    assert rule.body is not None
    assert rule.title is not None
    assert [rule.body.css, rule.title.css] == ["div.release > p, #text", "h1"]
    assert [one.css for one in rule.remove] == ["aside"]
    assert rule.cut_at == ("More news",)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            RULE + 'body = "div:first"',
            ['hosts["www.wire.example"].body', '"div:first"', ':first"', "write tags"],
        ),
        (RULE + 'remove = ["p", "div >"]', ['hosts["www.wire.example"].remove', '"div >"', "cannot be read"]),
        (RULE + "title = 3", ['hosts["www.wire.example"].title', "= 3", "a selector is missing"]),
        (RULE, ['hosts["www.wire.example"]', "says nothing; add body"]),
        ('[[hosts]]\nhost = "https://wire.example/"\nbody = "p"', ["bare name of a host"]),
        (
            RULE + 'body = "p"\n' + RULE + 'body = "p"',
            ['two rules are for "www.wire.example"', "make them one"],
        ),
        (RULE + 'bodi = "p"', ['hosts["www.wire.example"].bodi', "unknown key"]),
    ],
)
def test_a_bad_rule_names_file_key_and_cure(tmp_path: Path, text: str, parts: list[str]) -> None:
    told = refusal(tmp_path, text)
    assert all(part in told for part in ["crawler.toml", *parts]), told


def test_rules_stand_in_files_of_their_own(tmp_path: Path) -> None:
    written(tmp_path, RULE + 'body = "["\n', "hosts.toml")
    assert f"{tmp_path / 'hosts.toml'}: hosts" in refusal(tmp_path, 'include = ["hosts.toml"]\n')


def test_the_examples_of_the_shipped_rules_can_be_used_as_they_stand(tmp_path: Path) -> None:
    text = (REPOSITORY / "config" / "hosts.toml").read_text(encoding="utf-8")
    shown = re.sub(r"(?m)^#(\[\[hosts\]\]|\w+ = )", r"\1", text)
    assert len(config.load(written(tmp_path, shown)).rules) == 2


def test_looks_at_archived_pages_are_a_row_of_lengths_or_none(tmp_path: Path) -> None:
    file = tmp_path / "crawler.toml"
    file.write_text('[poll]\nrechecks = ["30m", "2d"]\n')
    assert config.load(file).poll.rechecks == (timedelta(minutes=30), timedelta(days=2))
    file.write_text("[poll]\nrechecks = []\n")
    assert config.load(file).poll.rechecks == ()
    for wrong, why in (
        ('["1s"]', "it must be at least"),
        ('["soon"]', "write a length of time"),
        ('"1h"', "write a list"),
    ):
        file.write_text(f"[poll]\nrechecks = {wrong}\n")
        with pytest.raises(ConfigError, match=why):
            config.load(file)
