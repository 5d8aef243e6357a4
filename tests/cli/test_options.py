"""WHEN, and feeds by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer

from crawler.cli.inspect import key
from crawler.cli.options import known_feeds, moment, whole
from crawler.cli.root import application
from crawler.config import ArchiveConfig, Config, FeedConfig
from crawler.errors import ConfigError

NOON = datetime(2025, 2, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", NOON - timedelta(days=7)),
        ("12h", NOON - timedelta(hours=12)),
        ("1d 12h", NOON - timedelta(days=1.5)),
        ("2025-02-20", datetime(2025, 2, 20, tzinfo=UTC)),
        ("2025-02-20T10:30", datetime(2025, 2, 20, 10, 30, tzinfo=UTC)),
        ("2025-02-20T10:30:05Z", datetime(2025, 2, 20, 10, 30, 5, tzinfo=UTC)),
        ("2025-02-20T10:30+02:00", datetime(2025, 2, 20, 10, 30, tzinfo=timezone(timedelta(hours=2)))),
        ("9999999d", datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_date_a_time_or_a_length_ago(text: str, expected: datetime) -> None:
    assert moment(text, option="--since", now=NOON) == expected


@pytest.mark.parametrize("text", ["yesterday", "7", "", "2025-13-01", "2025-02-30"])
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="7d, 12h"):
        moment(text, option="--since", now=NOON)


def test_what_was_given_is_quoted_on_one_line_and_not_without_end() -> None:
    with pytest.raises(typer.BadParameter) as refused:
        moment("a\nb\x1b[31m" + "9" * 400, option="--since", now=NOON)
    said = str(refused.value)
    assert said.startswith(r'"a b\x1b[31m999')
    assert len(said) < 250


@pytest.mark.parametrize(
    ("parse", "text", "said"),
    [
        (whole(), "x", '"x": write a whole number'),
        (whole(1), "0", '"0": write a whole number of at least 1'),
        (whole(1), "1.5", '"1.5": write a whole number of at least 1'),
        (whole(1, 9), "10", '"10": write a whole number of at least 1 and at most 9'),
        (whole(1, 9), "9" * 5000, f'"{"9" * 77}…": write a whole number of at least 1 and at most 9'),
    ],
)
def test_what_is_no_number_within_its_bounds_is_refused_with_them(
    parse: Callable[[str], int], text: str, said: str
) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        parse(text)
    assert str(refused.value) == said


def test_numbers_within_their_bounds_are_taken() -> None:
    assert [whole(1, 9)(text) for text in ("1", " 9 ", "+3")] == [1, 9, 3]
    assert whole()("-7") == -7


def test_no_option_is_read_by_typer_itself_which_would_tell_of_errors_in_the_words_of_pydantic() -> None:
    def options(of: typer.Typer) -> Iterator[tuple[str, Any]]:
        for command in of.registered_commands:
            assert command.callback is not None
            for name, hint in get_type_hints(command.callback, include_extras=True).items():
                yield f"{command.callback.__qualname__} {name}", hint
        for group in of.registered_groups:
            assert group.typer_instance is not None
            yield from options(group.typer_instance)

    read = [
        (name, hint.__origin__, hint.__metadata__[0])
        for name, hint in options(application)
        if hasattr(hint, "__metadata__")
    ]
    numbers = {name: told.parser for name, kind, told in read if {int, float} & {kind, *get_args(kind)}}
    assert len(numbers) >= 7
    assert [name for name, parser in numbers.items() if parser is None] == []


def test_a_misspelt_feed_gets_the_nearest_name() -> None:
    config = Config(feeds=(FeedConfig(name="acme-all", url="https://acme.example/f", source="Acme"),))
    assert known_feeds(config, None) is None
    assert known_feeds(config, ["acme-all"]) == {"acme-all"}
    with pytest.raises(ConfigError, match=r'no feed is named "acme-al"; did you mean "acme-all"\?'):
        known_feeds(config, ["acme-al"])
    with pytest.raises(ConfigError, match="crawler feeds list"):
        known_feeds(config, ["zzz"])


def test_a_file_of_the_archive_is_named_by_any_path_to_it_even_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = Config(archive=ArchiveConfig(root=tmp_path / "archive"))
    inside = "content/acme/2025/02/2025-02-26-a.md"
    assert key(f"archive/{inside}", config) == inside
    assert key(str(tmp_path / "archive" / inside), config) == inside
    assert key(inside, config) == inside
    assert key("42", config) == "42"
    assert key("2025-02-26-a", config) == "2025-02-26-a"
