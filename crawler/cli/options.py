"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.errors import ConfigError

if TYPE_CHECKING:
    from crawler.config import Config


def filled(option: str, text: str | None) -> None:
    """Refuse an option that was given and says nothing."""
    if text is not None and not text.strip():
        raise typer.BadParameter("is empty", param_hint=option)


def configured(text: str) -> Path:
    """``--config``: an empty name is that of a variable that a script did not set."""
    filled("--config", text)
    return Path(text)


ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="PATH",
        parser=configured,
        show_default=False,
        help="Configuration file [default: config/crawler.toml, else $CRAWLER_CONFIG].",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Secrets = Annotated[
    bool, typer.Option("--secrets", help="With --json: addresses with their user names and tokens.")
]
FeedNames = Annotated[
    list[str] | None,
    typer.Option("--feed", "-f", metavar="NAME", help="Only this feed; may be repeated.", show_default=False),
]


def words(text: str) -> str:
    """A parser of what is looked up or kept: bytes that are no UTF-8 are neither."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise typer.BadParameter(f'"{shown(text)}" is not written in UTF-8') from None
    return text


OneArticle = Annotated[
    str,
    typer.Argument(metavar="ARTICLE", parser=words, help="Its number, its url, or its file's path."),
]
Decided = Annotated[str, typer.Option("--reason", metavar="TEXT", parser=words, help="Why; kept for good.")]
RequestedBy = Annotated[
    str | None,
    typer.Option(
        "--requested-by", metavar="TEXT", parser=words, help="Who asked for it.", show_default=False
    ),
]


def load(context: typer.Context, path: Path | None) -> Config:
    """The configuration a command was pointed at."""
    from crawler import config

    return config.load(path or context.obj)


def whole(least: int | None = None, most: int | None = None) -> Callable[[str], int]:
    """A parser of whole numbers within bounds: what it refuses is told in a sentence."""
    bounds = [
        f"{word} {bound}" for word, bound in (("at least", least), ("at most", most)) if bound is not None
    ]
    wanted = " of ".join(["write a whole number", *filter(None, [" and ".join(bounds)])])

    def number(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            raise typer.BadParameter(f'"{shown(text)}": {wanted}') from None
        if (least is not None and found < least) or (most is not None and found > most):
            raise typer.BadParameter(f'"{shown(text)}": {wanted}')
        return found

    return number


def shown(text: object) -> str:
    """What was given, as an error quotes it: on one line, and not without end."""
    from crawler.report.text import safe

    line = safe(text)
    return line if len(line) <= 80 else line[:77] + "…"


def moment(text: str, *, option: str, now: datetime) -> datetime:
    """WHEN: an ISO date or time (UTC unless it names a zone), or a length of time ago (``7d``)."""
    from crawler.config import duration

    try:
        return now - duration(text)
    except ValueError:
        pass
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
    try:
        when = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise typer.BadParameter(
            f'"{shown(text)}" is neither a date or time (2025-02-26, 2025-02-26T21:10:16Z) '
            "nor a length of time (7d, 12h)",
            param_hint=option,
        ) from None
    try:
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except OverflowError:  # the first or the last day of all
        return when.replace(tzinfo=UTC)


def span(since: str | None, until: str | None, *, now: datetime) -> tuple[datetime | None, datetime | None]:
    """``--since`` and ``--until``, each if it was given; nothing lies between them the other way round."""
    first = None if since is None else moment(since, option="--since", now=now)
    last = None if until is None else moment(until, option="--until", now=now)
    if first is not None and last is not None and last <= first:
        raise typer.BadParameter("is not after --since", param_hint="--until")
    return first, last


def place(name: str, what: str) -> Callable[[str], Path]:
    """A parser of where something is written; an empty name is that of a variable that a script did not set."""

    def named(text: str) -> Path:
        filled(name, text)
        if text == "-":
            raise typer.BadParameter(
                f"{what} does not go to standard output; name another place", param_hint=name
            )
        return Path(text)

    return named


def output(text: str) -> Path | None:
    """``--out``; None: standard output."""
    filled("--out", text)
    return None if text == "-" else Path(text)


def source(text: str) -> Path:
    """A file that is read; ``-``: standard input."""
    return Path("/dev/stdin" if text == "-" else text)


def plain(option: str, text: str | None) -> None:
    """Refuse control characters in what is meant to be one line."""
    import unicodedata

    if text is not None and any(unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for sign in text):
        raise typer.BadParameter("holds a line break or another control character", param_hint=option)


def require_feeds(config: Config) -> None:
    """Refuse a configuration with nothing to do."""
    if not any(feed.enabled for feed in config.feeds):
        raise ConfigError(f"{config.path}: feeds: no feed is configured or all are disabled; add [[feeds]]")


def known_feeds(config: Config, names: list[str] | None) -> frozenset[str] | None:
    """The wanted feeds, checked against the configuration; None for all."""
    import difflib

    if not names:
        return None
    known = [feed.name for feed in config.feeds]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
            hint = f'did you mean "{near[0]}"?' if near else "see `crawler feeds list`"
            raise ConfigError(f'{config.path}: feeds: no feed is named "{name}"; {hint}')
    return frozenset(names)
