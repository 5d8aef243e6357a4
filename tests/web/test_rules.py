from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.web.rules import parse

CHECKS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "robots" / "checks.jsonl"


def allows(text: str, path: str = "/a", product: str = "wire-crawler") -> bool:
    return parse(text, product).allows(f"https://wire.example{path}")


@pytest.mark.shared
@pytest.mark.skipif(not CHECKS.exists(), reason="the measuring data is not beside the project")
def test_every_check_of_the_reference_reading_is_met() -> None:
    checks = [json.loads(line) for line in CHECKS.read_text(encoding="utf-8").splitlines()]
    missed = [
        check
        for check in checks
        if parse(check["robots"], check["agent"]).allows(check["url"]) != check["allowed"]
    ]
    assert (len(checks), missed) == (142, [])


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/fish", "/fish.html", True), ("/fish", "/Fish", False), ("/fish/", "/fish", False),
        ("/*.php", "/folder/any.php?x=1", True), ("/*.php", "/", False),
        ("/*.php$", "/a.php", True), ("/*.php$", "/a.php?x", False), ("/*.php$", "/a.php/b.php", True),
        ("/fish*.php", "/fishheads/catfish.php?x=1", True), ("/a$", "/a", True), ("/a$", "/ab", False),
        ("*", "/", True), ("/*", "/x", True), ("/**a", "/ba", True), ("/*a*$", "/bab", True),
        ("/a*b*c$", "/abbc", True), ("/a*b*c$", "/acb", False), ("/aa*aa$", "/aaa", False),
        ("/caf\N{LATIN SMALL LETTER E WITH ACUTE}", "/caf%C3%A9", True), ("/%e3%83", "/%E3%83", True),
        ("/a?b=", "/a?b=1", True), ("/a?b=", "/a", False), ("a", "/a", False),
    ],
)  # fmt: skip
def test_a_pattern_matches_as_the_standard_says(pattern: str, path: str, matches: bool) -> None:
    assert allows(f"User-agent: *\nDisallow: {pattern}\n", path) is not matches


def test_the_longest_match_decides_and_allowing_wins_a_tie() -> None:
    text = "User-agent: *\nDisallow: /news\nAllow: /news/today\nDisallow: /news/today/draft\nAllow: /x\nDisallow: /x\n"
    assert not allows(text, "/news/old")
    assert allows(text, "/news/today/1")
    assert not allows(text, "/news/today/draft/1")
    assert allows(text, "/x")


def test_groups_of_one_name_are_one_and_others_do_not_count() -> None:
    text = (
        "User-agent: wire-crawler\nDisallow: /a\n\nUser-agent: other\nDisallow: /\n\n"
        "User-agent: *\nDisallow: /everyone\n\nUser-agent: another\nUser-agent: WIRE-CRAWLER/2.0\nDisallow: /b\n"
    )
    assert [allows(text, path) for path in ("/a", "/b", "/c", "/everyone")] == [False, False, True, True]
    assert [allows(text, path, "stranger") for path in ("/a", "/everyone")] == [True, False]


def test_rules_before_any_agent_and_empty_rules_say_nothing() -> None:
    assert allows("Disallow: /\nUser-agent: *\nDisallow:\n")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        ("0.25", 0.25),
        ("1e9", 0.0),
        ("nan", 0.0),
        ("-1", 0.0),
        ("", 0.0),
        ("9" * 30, 0.0),
        ("\u0663", 0.0),
    ],
)
def test_a_crawl_delay_is_a_plain_number(value: str, seconds: float) -> None:
    text = f"User-agent: other\nCrawl-delay: 77\nUser-agent: *\nCrawl-delay: {value}\nDisallow: /x\n"
    assert parse(text, "wire-crawler").delay == seconds


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"User-agent: b{i}\n" for i in range(3000))
        + "".join(f"Disallow: /{i}\n" for i in range(30000)),
        "User-agent: *\n" * 20000 + "Disallow: /x\n" * 20000,
        "User-agent: *\n" + "Disallow: /" + "*a" * 250_000 + "\n",
        "User-agent: *\n" + "Disallow: /a*b*c$\n" * 28_000,
        "User-agent: *\n" + ("Disallow: /" + "*a" * 8000 + "*b\n") * 31,
    ],
)
def test_a_hostile_file_costs_what_it_weighs(text: str) -> None:
    began = time.process_time()
    assert allows(text[:512_000], "/" + "a" * 3000)
    assert time.process_time() - began < 3


@given(
    text=st.text(alphabet="aA*$/:# \n\r-userallowdiy%2f\x00\ufeff", max_size=300), path=st.text(max_size=40)
)
def test_any_text_is_read(text: str, path: str) -> None:
    rules = parse(text, "a")
    assert isinstance(rules.allows("/" + path.replace("//", "/")), bool)
    assert rules.delay >= 0
