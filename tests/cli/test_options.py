"""WHEN, and feeds by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import typer

from crawler.cli.inspect import key
from crawler.cli.options import known_feeds, moment
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
